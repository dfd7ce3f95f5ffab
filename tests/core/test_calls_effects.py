"""What has to be done because a call looks different now."""

from datetime import UTC, datetime, timedelta

from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    LegEvent,
    LegKind,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
    RoutingEvent,
    TalkEvent,
    Verdict,
)
from hub.core.calls import Effect, EffectKind, effects, fold

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOW, HIDE = Effect(kind=EffectKind.SHOW), Effect(kind=EffectKind.HIDE)
SETTLE = Effect(kind=EffectKind.SETTLE)
FETCH = Effect(kind=EffectKind.FETCH, recording_id="r")
NOTE = Effect(kind=EffectKind.NOTE, recording_id="r")


def call(phase: Phase, second: int, direction: Direction = Direction.INBOUND) -> CallEvent:
    return CallEvent(
        id=f"call-{phase}",
        call_id="c",
        at=START + timedelta(seconds=second),
        phase=phase,
        direction=direction,
    )


def leg(
    agent: str,
    phase: Phase,
    second: int,
    kind: LegKind = LegKind.AGENT,
    ending: Ending | None = None,
) -> LegEvent:
    return LegEvent(
        id=f"{agent}-{phase}",
        call_id="c",
        leg_id=agent,
        at=START + timedelta(seconds=second),
        phase=phase,
        kind=kind,
        agent=agent if kind is LegKind.AGENT else None,
        ending=ending,
    )


def file(
    state: RecordingState, *, words: str | None = None, kind: RecordingKind = RecordingKind.CALL
) -> RecordingEvent:
    return RecordingEvent(
        id=f"file-{state}-{words}",
        call_id="c",
        recording_id="r",
        at=START + timedelta(seconds=60),
        kind=kind,
        state=state,
        url="https://media.example/r",
        seconds=20,
        transcript=words,
    )


def following(*steps: TalkEvent) -> list[tuple[Effect, ...]]:
    """The effects of each event, as they come one after another."""
    found, before = [], None
    for count in range(1, len(steps) + 1):
        after = fold(steps[:count])
        found.append(effects(before, after))
        before = after
    return found


def test_a_call_is_shown_when_it_rings_hidden_when_it_ends_and_then_settles() -> None:
    steps = (call(Phase.STARTED, 0), leg("ann", Phase.RINGING, 1), call(Phase.ENDED, 20))

    assert following(*steps) == [(SHOW,), (SHOW,), (HIDE, SETTLE)]


def test_an_answer_refreshes_one_screen_and_clears_the_others() -> None:
    steps = (
        call(Phase.STARTED, 0),
        leg("ann", Phase.RINGING, 1),
        leg("bob", Phase.RINGING, 1),
        leg("bob", Phase.ANSWERED, 9),
    )

    assert following(*steps)[-1] == (SHOW, HIDE)


def test_the_pop_leaves_the_phone_that_has_stopped_ringing() -> None:
    steps = (
        call(Phase.STARTED, 0),
        leg("ann", Phase.RINGING, 1),
        leg("ann", Phase.ENDED, 21, ending=Ending.NO_ANSWER),
    )

    assert following(*steps)[-1] == (SHOW, HIDE)


def test_the_end_of_a_menu_takes_no_pop_away() -> None:
    steps = (
        call(Phase.STARTED, 0),
        leg("m", Phase.RINGING, 1, LegKind.MENU),
        leg("m", Phase.ENDED, 9, LegKind.MENU),
    )

    assert following(*steps)[-1] == (SHOW,)


def test_an_outbound_call_pops_nowhere() -> None:
    steps = (
        call(Phase.STARTED, 0, Direction.OUTBOUND),
        leg("x", Phase.ANSWERED, 5, LegKind.CALLEE),
        call(Phase.ENDED, 9, Direction.OUTBOUND),
    )

    assert following(*steps) == [(), (), (SETTLE,)]


def test_a_blocked_caller_pops_nowhere() -> None:
    blocked = RoutingEvent(id="v", call_id="c", at=START, verdict=Verdict.BLOCKED)

    assert effects(None, fold([call(Phase.STARTED, 0), blocked])) == ()


def test_a_call_first_heard_of_at_its_end_only_settles() -> None:
    assert effects(None, fold([call(Phase.ENDED, 9)])) == (SETTLE,)


def test_what_changes_an_ended_call_starts_its_delay_again() -> None:
    steps = (call(Phase.STARTED, 0), call(Phase.ENDED, 20), leg("ann", Phase.ANSWERED, 5))

    assert following(*steps)[-1] == (SETTLE,)


def test_a_recording_is_fetched_once_when_it_is_ready() -> None:
    steps = (
        call(Phase.STARTED, 0),
        call(Phase.ENDED, 50),
        file(RecordingState.PENDING),
        file(RecordingState.READY),
        file(RecordingState.READY),
    )

    assert following(*steps)[2:] == [(), (FETCH,), ()]


def test_a_message_that_changes_the_reason_settles_anew() -> None:
    message = file(RecordingState.READY, kind=RecordingKind.VOICEMAIL)
    steps = (call(Phase.STARTED, 0), call(Phase.ENDED, 50), message)

    assert following(*steps)[-1] == (SETTLE, FETCH)


def test_the_words_of_a_recording_are_noted_once() -> None:
    steps = (
        call(Phase.STARTED, 0),
        call(Phase.ENDED, 50),
        file(RecordingState.READY),
        file(RecordingState.PENDING, words="Hello?"),
        file(RecordingState.ABSENT, words="Hello?"),
    )

    assert following(*steps)[3:] == [(NOTE,), ()]
