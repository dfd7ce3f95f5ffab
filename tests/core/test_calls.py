"""The life of a call, told as phone systems tell it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    LegEvent,
    LegKind,
    MissedReason,
    Outcome,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
    RoutingEvent,
    TalkEvent,
    Transfer,
    Verdict,
)
from hub.core.calls import MISSED_RULES, Call, Policy, fold

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALLER, CALLED = "+12025550142", "+12025550100"
A, F, C = LegKind.AGENT, LegKind.FORWARD, LegKind.CALLEE
MENU, QUEUE, BOX = LegKind.MENU, LegKind.QUEUE, LegKind.VOICEMAIL
R, E = MissedReason, Ending


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def came(direction: Direction = Direction.INBOUND) -> CallEvent:
    return CallEvent(
        id="came",
        call_id="c",
        at=START,
        phase=Phase.STARTED,
        direction=direction,
        caller=CALLER,
        called=CALLED,
    )


def over(
    second: float, ending: Ending | None = E.COMPLETED, measured: float | None = None
) -> CallEvent:
    return CallEvent(
        id=f"over-{ending}",
        call_id="c",
        at=at(second),
        phase=Phase.ENDED,
        ending=ending,
        seconds=measured,
    )


def leg(
    name: str,
    kind: LegKind,
    *,
    rang: float | None = None,
    answered: float | None = None,
    held: float | None = None,
    resumed: float | None = None,
    ended: float | None = None,
    ending: Ending | None = None,
    measured: float | None = None,
    transfer: Transfer | None = None,
    replaces: str | None = None,
) -> list[TalkEvent]:
    moments = {
        Phase.RINGING: rang,
        Phase.ANSWERED: answered,
        Phase.HELD: held,
        Phase.RESUMED: resumed,
        Phase.ENDED: ended,
    }
    return [
        LegEvent(
            id=f"{name}-{phase}",
            call_id="c",
            leg_id=name,
            at=at(second),
            phase=phase,
            kind=kind,
            agent=name if kind is A else None,
            ending=ending if phase is Phase.ENDED else None,
            seconds=measured if phase is Phase.ENDED else None,
            transfer=transfer,
            replaces=replaces,
        )
        for phase, second in moments.items()
        if second is not None
    ]


def message(
    measured: float | None, state: RecordingState = RecordingState.READY
) -> RecordingEvent:
    return RecordingEvent(
        id=f"message-{state}",
        call_id="c",
        recording_id="m",
        at=at(60),
        kind=RecordingKind.VOICEMAIL,
        state=state,
        url="https://media.example/m",
        seconds=measured,
    )


def said(verdict: Verdict) -> RoutingEvent:
    return RoutingEvent(id=f"said-{verdict}", call_id="c", at=START, verdict=verdict)


def told(*parts: TalkEvent | Sequence[TalkEvent]) -> Call:
    events: list[TalkEvent] = []
    for part in parts:
        events.extend(part if isinstance(part, Sequence) else [part])
    return fold(events)


# Each row of the decision table: how it is told, and why the call was missed.
MISSED = {
    "nobody answers; the parent completes, because a machine spoke": (
        [came(), *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER), over(30, measured=29)],
        R.NO_ANSWER,
    ),
    "all are busy": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.BUSY),
            *leg("bob", A, rang=1, ended=2, ending=E.BUSY),
            over(9, measured=8),
        ],
        R.BUSY,
    ),
    "one is busy, one does not answer": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.BUSY),
            *leg("bob", A, rang=1, ended=21, ending=E.NO_ANSWER),
            over(22),
        ],
        R.NO_ANSWER,
    ),
    "one is busy, one is offline": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.BUSY),
            *leg("bob", A, rang=1, ended=2, ending=E.UNAVAILABLE),
            over(22),
        ],
        R.BUSY,
    ),
    "every phone is offline or a bad number": (
        [
            came(),
            *leg("ann", A, rang=1, ended=2, ending=E.UNAVAILABLE),
            *leg("bob", A, rang=1, ended=2, ending=E.FAILED),
            over(22),
        ],
        R.NO_AGENT,
    ),
    "an agent's mailbox picks up and does not press 1": (
        [came(), *leg("ann", A, rang=1, ended=20, ending=E.COMPLETED, measured=8), over(30)],
        R.NO_ANSWER,
    ),
    "somebody rejects": (
        [came(), *leg("ann", A, rang=1, ended=6, ending=E.REJECTED), over(12)],
        R.REJECTED,
    ),
    "somebody rejects, somebody else is rung to the end": (
        [
            came(),
            *leg("ann", A, rang=1, ended=6, ending=E.REJECTED),
            *leg("bob", A, rang=1, ended=21, ending=E.NO_ANSWER),
            over(22),
        ],
        R.NO_ANSWER,
    ),
    "the caller hangs up after 15 seconds of ringing": (
        [came(), *leg("ann", A, rang=1, ended=15, ending=E.CANCELED), over(15, E.CANCELED)],
        R.NO_ANSWER,
    ),
    "the caller hangs up after 4 seconds of ringing": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(4, E.CANCELED)],
        R.SHORT_ABANDON,
    ),
    "the same, and the parent completes": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(4, measured=4)],
        R.SHORT_ABANDON,
    ),
    "the same, and only the end of the call is told": (
        [came(), *leg("ann", A, rang=1), over(4)],
        R.SHORT_ABANDON,
    ),
    "hung up by a measure of 4 seconds, told half a minute late": (
        [came(), *leg("ann", A, rang=1, ended=4, ending=E.CANCELED), over(34, measured=4)],
        R.SHORT_ABANDON,
    ),
    "ended after 4 seconds by a phone that was busy": (
        [came(), *leg("ann", A, rang=1, ended=3, ending=E.BUSY), over(4)],
        R.BUSY,
    ),
    "hung up in the queue after 42 seconds": (
        [
            came(),
            *leg("q", QUEUE, rang=1, ended=2, ending=E.ABANDONED, measured=42),
            over(3, measured=43),
        ],
        R.ABANDONED_IN_QUEUE,
    ),
    "hung up in the queue at once": (
        [came(), *leg("q", QUEUE, rang=1, ended=9, ending=E.ABANDONED, measured=5), over(30)],
        R.SHORT_ABANDON,
    ),
    "hung up in the queue, while phones rang in vain": (
        [
            came(),
            *leg("q", QUEUE, rang=1, ended=50, ending=E.ABANDONED, measured=49),
            *leg("ann", A, rang=2, ended=22, ending=E.NO_ANSWER),
            over(50),
        ],
        R.ABANDONED_IN_QUEUE,
    ),
    "hung up in the queue, which nobody tells": (
        [came(), *leg("q", QUEUE, rang=1), over(50, measured=50)],
        R.ABANDONED_IN_QUEUE,
    ),
    "hung up in the queue after a long menu": (
        [
            came(),
            *leg("m", MENU, rang=0, ended=40, ending=E.COMPLETED),
            *leg("q", QUEUE, rang=40, ended=44, ending=E.ABANDONED, measured=4),
            over(44),
        ],
        R.ABANDONED_IN_QUEUE,
    ),
    "the queue is full, and nobody was rung": (
        [came(), *leg("q", QUEUE, rang=1, ended=30, ending=E.LEFT, measured=29), over(31)],
        R.NO_AGENT,
    ),
    "the queue times out, phones rang in vain": (
        [
            came(),
            *leg("q", QUEUE, rang=1, ended=60, ending=E.LEFT, measured=59),
            *leg("ann", A, rang=2, ended=22, ending=E.NO_ANSWER),
            over(70),
        ],
        R.NO_ANSWER,
    ),
    "hung up in the menu": (
        [came(), *leg("m", MENU, rang=0, ended=20, ending=E.ABANDONED), over(20)],
        R.ABANDONED_IN_IVR,
    ),
    "hung up in the menu, and only the end of the call is told": (
        [came(), *leg("m", MENU, answered=0), over(20, measured=20)],
        R.ABANDONED_IN_IVR,
    ),
    "the menu leads to nobody": (
        [
            came(),
            said(Verdict.NO_AGENT),
            *leg("m", MENU, rang=0, ended=20, ending=E.COMPLETED),
            over(20),
        ],
        R.NO_AGENT,
    ),
    "closed": ([came(), said(Verdict.CLOSED), over(15, measured=15)], R.CLOSED),
    "closed, and hung up at once": (
        [came(), said(Verdict.CLOSED), over(2, E.CANCELED)],
        R.CLOSED,
    ),
    "closed, rejected with a busy tone": (
        [came(), said(Verdict.CLOSED), over(1, E.BUSY)],
        R.CLOSED,
    ),
    "closed, with a message": ([came(), said(Verdict.CLOSED), message(21), over(50)], R.VOICEMAIL),
    "a message after the phones": (
        [
            came(),
            *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER),
            *leg("box", BOX, answered=22, ended=60, ending=E.COMPLETED, measured=21),
            message(21),
            over(60, measured=60),
        ],
        R.VOICEMAIL,
    ),
    "a message that is not ready yet": (
        [came(), message(21, RecordingState.PENDING), over(60)],
        R.VOICEMAIL,
    ),
    "a message whose length nobody knows": ([came(), message(None), over(60)], R.VOICEMAIL),
    "a message of a second is silence": (
        [
            came(),
            *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER),
            *leg("box", BOX, answered=22, ended=30, ending=E.COMPLETED, measured=1),
            message(1),
            over(30),
        ],
        R.NO_ANSWER,
    ),
    "a message that failed is none": (
        [came(), *leg("box", BOX, answered=2), message(21, RecordingState.FAILED), over(60)],
        R.NO_AGENT,
    ),
    "nobody on duty, and hung up during the greeting": (
        [came(), said(Verdict.NO_AGENT), *leg("box", BOX, answered=1), over(6, measured=6)],
        R.NO_AGENT,
    ),
    "told without legs: nobody answered": ([came(), over(25, E.NO_ANSWER)], R.NO_ANSWER),
    "told without legs: busy": ([came(), over(25, E.BUSY)], R.BUSY),
    "told without legs: rejected": ([came(), over(25, E.REJECTED)], R.REJECTED),
    "told without legs: no phone": ([came(), over(25, E.UNAVAILABLE)], R.NO_AGENT),
    "told without legs: given up": ([came(), over(25, E.CANCELED)], R.NO_ANSWER),
    "told without legs: given up soon": ([came(), over(5, E.CANCELED)], R.SHORT_ABANDON),
    "given up, and nobody knows when it began": ([over(5, E.CANCELED)], R.NO_ANSWER),
    "the end of the call is lost, but every phone told its own": (
        [came(), *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER), over(9_000, E.LOST_END)],
        R.NO_ANSWER,
    ),
    "the end of the call is lost, but a message is there": (
        [came(), *leg("ann", A, rang=1), message(21), over(9_000, E.LOST_END)],
        R.VOICEMAIL,
    ),
}


@pytest.mark.parametrize(("events", "reason"), MISSED.values(), ids=MISSED)
def test_a_call_is_missed_for_one_reason(events: list[TalkEvent], reason: MissedReason) -> None:
    call = fold(events)

    assert (call.outcome, call.missed_reason) == (Outcome.MISSED, reason)


TAKEN = {
    "an agent answers": (
        [came(), *leg("ann", A, rang=1, answered=9, ended=99), over(100)],
        Outcome.ANSWERED,
    ),
    "the call is canceled after an agent has answered": (
        [came(), *leg("ann", A, rang=1, answered=9), over(100, E.CANCELED)],
        Outcome.ANSWERED,
    ),
    "only the hold is told": ([came(), *leg("ann", A, held=9), over(30)], Outcome.ANSWERED),
    "closed, but an agent takes it": (
        [came(), said(Verdict.CLOSED), *leg("ann", A, answered=9), over(30)],
        Outcome.ANSWERED,
    ),
    "answered, then a message after all": (
        [came(), *leg("ann", A, answered=9, ended=20), message(21), over(60)],
        Outcome.ANSWERED,
    ),
    "a number outside takes it": (
        [
            came(),
            *leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER),
            *leg("out", F, rang=22, answered=30, ended=60),
            over(60),
        ],
        Outcome.FORWARDED,
    ),
    "an agent answers, then passes it on outside": (
        [
            came(),
            *leg("ann", A, rang=1, answered=9, ended=20, ending=E.TRANSFERRED),
            *leg("out", F, rang=20, answered=30, ended=60),
            over(60),
        ],
        Outcome.ANSWERED,
    ),
    "blocked": ([came(), said(Verdict.BLOCKED), over(1, E.BUSY)], Outcome.BLOCKED),
    "broken before anything": ([came(), over(1, E.FAILED)], Outcome.FAILED),
    "the end is lost": (
        [came(), *leg("ann", A, rang=1), over(9_000, E.LOST_END)],
        Outcome.FAILED,
    ),
    "the end is lost, but an agent had answered": (
        [came(), *leg("ann", A, rang=1, answered=9), over(9_000, E.LOST_END)],
        Outcome.ANSWERED,
    ),
}


@pytest.mark.parametrize(("events", "outcome"), TAKEN.values(), ids=TAKEN)
def test_an_inbound_call_that_is_not_missed(events: list[TalkEvent], outcome: Outcome) -> None:
    call = fold(events)

    assert (call.outcome, call.missed_reason) == (outcome, None)


@pytest.mark.parametrize("kind", [MENU, QUEUE, BOX])
def test_a_machine_never_answers(kind: LegKind) -> None:
    call = told(came(), leg("x", kind, answered=1, ended=30, measured=29), over(30, measured=30))

    assert call.outcome is Outcome.MISSED
    assert (call.answered_at, call.talk_seconds) == (None, 0.0)
    assert (call.legs[0].answered_at, call.legs[0].talk_seconds) == (None, 0.0)


def test_the_caller_s_own_leg_says_nothing_about_an_answer() -> None:
    picked_up = CallEvent(id="up", call_id="c", at=at(1), phase=Phase.ANSWERED)

    assert told(came(), picked_up, over(60, measured=59)).outcome is Outcome.MISSED


@pytest.mark.parametrize("direction", [Direction.OUTBOUND, Direction.INTERNAL])
@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (E.NO_ANSWER, Outcome.NO_ANSWER),
        (E.BUSY, Outcome.BUSY),
        (E.REJECTED, Outcome.BUSY),
        (E.CANCELED, Outcome.CANCELED),
        (E.FAILED, Outcome.FAILED),
        (E.UNAVAILABLE, Outcome.FAILED),
        (E.COMPLETED, Outcome.NO_ANSWER),
    ],
)
def test_an_outbound_call_is_never_missed(
    direction: Direction, ending: Ending, outcome: Outcome
) -> None:
    call = told(came(direction), leg("x", C, rang=2, ended=20, ending=ending), over(21))

    assert (call.outcome, call.missed_reason) == (outcome, None)


def test_an_outbound_call_is_answered_by_the_callee_and_not_by_the_agent() -> None:
    agent = leg("ann", A, rang=1, answered=3)

    unanswered = told(came(Direction.OUTBOUND), agent, leg("x", C, rang=4), over(30, E.CANCELED))
    answered = told(came(Direction.OUTBOUND), agent, leg("x", C, rang=4, answered=9), over(30))

    assert (unanswered.outcome, unanswered.agent) == (Outcome.CANCELED, "ann")
    assert (answered.outcome, answered.agent) == (Outcome.ANSWERED, "ann")
    assert (answered.ring_seconds, answered.wait_seconds, answered.talk_seconds) == (5, 9, 21)


def test_an_unanswered_outbound_call_whose_end_is_lost_has_failed() -> None:
    call = told(came(Direction.OUTBOUND), leg("x", C, rang=4), over(9_000, E.LOST_END))

    assert call.outcome is Outcome.FAILED


def test_a_real_end_replaces_a_lost_one() -> None:
    ringing = leg("ann", A, rang=1, ended=21, ending=E.NO_ANSWER)

    call = told(came(), ringing, over(9_000, E.LOST_END), over(25))

    assert (call.outcome, call.ended_at) == (Outcome.MISSED, at(25))
    assert call.ending is E.COMPLETED


def test_a_call_in_a_ring_group_is_one_call_and_the_losers_miss_nothing() -> None:
    call = told(
        came(),
        leg("ann", A, rang=1, ended=9, ending=E.ELSEWHERE),
        leg("bob", A, rang=1, answered=9, ended=69, ending=E.COMPLETED, measured=60),
        leg("cid", A, rang=1, ended=9, ending=E.CANCELED),
        over(70, measured=69),
    )

    assert (call.outcome, call.agent) == (Outcome.ANSWERED, "bob")
    assert [found.agent for found in call.legs] == ["ann", "bob", "cid"]
    assert (call.ring_seconds, call.wait_seconds, call.talk_seconds) == (8, 9, 60)


def test_a_blind_transfer_adds_up_and_ends_with_the_second_agent() -> None:
    call = told(
        came(),
        leg("ann", A, rang=1, answered=5, ended=35, ending=E.TRANSFERRED),
        leg("bob", A, rang=35, answered=40, ended=100, replaces="ann", transfer=Transfer.BLIND),
        over(100),
    )

    assert (call.outcome, call.agent, call.talk_seconds) == (Outcome.ANSWERED, "bob", 90)
    assert call.legs[0].ending is E.TRANSFERRED
    assert (call.legs[1].replaces, call.legs[1].transfer) == ("ann", Transfer.BLIND)


def test_an_attended_transfer_does_not_count_the_overlap_twice() -> None:
    call = told(
        came(),
        leg("ann", A, rang=1, answered=10, held=30, ended=50, ending=E.TRANSFERRED),
        leg("bob", A, rang=30, answered=35, ended=95, replaces="ann", transfer=Transfer.ATTENDED),
        over(95),
    )

    assert (call.talk_seconds, call.hold_seconds, call.agent) == (85, 20, "bob")


def test_a_transfer_that_nobody_takes_leaves_the_call_answered() -> None:
    call = told(
        came(),
        leg("ann", A, rang=1, answered=5, ended=35, ending=E.TRANSFERRED),
        leg("bob", A, rang=35, ended=55, ending=E.NO_ANSWER, replaces="ann"),
        over(60),
    )

    assert (call.outcome, call.agent, call.talk_seconds) == (Outcome.ANSWERED, "ann", 30)


def test_what_the_provider_measured_outweighs_the_clocks() -> None:
    call = told(
        came(),
        leg("q", QUEUE, rang=0, ended=1, ending=E.COMPLETED, measured=33),
        leg("ann", A, rang=1, answered=2, ended=3, measured=95),
        over(4, measured=130),
    )

    assert (call.wait_seconds, call.talk_seconds, call.total_seconds) == (33, 95, 130)


def test_an_unanswered_caller_waited_to_the_end() -> None:
    ringing = leg("ann", A, rang=2, ended=22, ending=E.NO_ANSWER)

    call = told(came(), ringing, over(40))

    assert (call.ring_seconds, call.wait_seconds, call.total_seconds) == (20, 40, 40)


def test_hold_is_counted_from_each_hold_to_what_follows() -> None:
    call = told(came(), leg("ann", A, answered=10, held=20, resumed=35, ended=60), over(60))

    assert (call.hold_seconds, call.talk_seconds) == (15, 50)


def test_clocks_that_disagree_never_make_negative_times() -> None:
    call = told(came(), leg("ann", A, rang=-5, answered=-9, held=-9, ended=-30), over(-60))

    times = (call.ring_seconds, call.wait_seconds, call.talk_seconds, call.hold_seconds)
    assert times == (0, 0, 0, 0)


def test_a_call_goes_on_until_its_own_end_is_told() -> None:
    ringing = [came(), *leg("ann", A, rang=1)]
    talking = [*ringing, *leg("ann", A, answered=9)]
    held = [*talking, *leg("ann", A, held=12)]
    resumed = [*held, *leg("ann", A, resumed=20)]
    left = [*resumed, *leg("ann", A, ended=30)]
    passed_on = [*left, *leg("bob", A, rang=31)]

    phases = [fold(events).phase for events in (ringing, talking, held, resumed, left, passed_on)]

    assert phases == [
        Phase.RINGING,
        Phase.ANSWERED,
        Phase.HELD,
        Phase.ANSWERED,
        Phase.ANSWERED,
        Phase.RINGING,
    ]
    assert fold(passed_on).outcome is None
    assert fold([*passed_on, over(60)]).phase is Phase.ENDED


def test_a_phone_of_the_group_that_never_tells_its_end_does_not_ring_on_after_an_answer() -> None:
    group = [*leg("ann", A, rang=1), *leg("bob", A, rang=1, answered=9, ended=30)]

    assert told(came(), group).phase is Phase.ANSWERED


def test_with_the_call_every_leg_has_ended() -> None:
    call = told(came(), leg("ann", A, rang=1), leg("bob", A, rang=1, answered=9), over(30))

    assert [(found.phase, found.ended_at) for found in call.legs] == [(Phase.ENDED, at(30))] * 2
    assert [found.ending for found in call.legs] == [None, E.COMPLETED]


def test_an_empty_value_never_wins_over_a_known_one() -> None:
    poor = CallEvent(
        id="0", call_id="c", at=at(-3), phase=Phase.RINGING, caller="", called="x", caller_name=""
    )
    named = CallEvent(id="9", call_id="c", at=at(3), phase=Phase.RINGING, caller_name="Ann Lee")

    call = told(poor, came(), named)

    assert (call.caller, call.called, call.caller_name) == (CALLER, CALLED, "Ann Lee")


def test_without_a_word_on_its_direction_a_callee_tells_it() -> None:
    assert told(leg("x", C, rang=1)).direction is Direction.OUTBOUND
    assert told(leg("ann", A, rang=1)).direction is Direction.INBOUND


def test_a_recording_keeps_the_best_that_was_told_of_it() -> None:
    words = RecordingEvent(
        id="words",
        call_id="c",
        recording_id="m",
        at=at(90),
        kind=RecordingKind.VOICEMAIL,
        state=RecordingState.PENDING,
        transcript="Please call me back.",
    )

    [found] = told(came(), words, message(21)).recordings

    assert (found.state, found.seconds) == (RecordingState.READY, 21)
    assert found.transcript == "Please call me back."


def test_a_workspace_sets_its_own_limits() -> None:
    events = [came(), *leg("ann", A, rang=1), over(15, E.CANCELED), message(5)]

    strict = fold(events, Policy(short_abandon=20, shortest_voicemail=6))
    lax = fold(events, Policy(short_abandon=20, shortest_voicemail=5))

    assert strict.missed_reason is R.SHORT_ABANDON
    assert lax.missed_reason is R.VOICEMAIL


def test_folding_nothing_or_two_calls_is_refused() -> None:
    other = CallEvent(id="o", call_id="d", at=START, phase=Phase.STARTED)

    for events in ([], [came(), other]):
        with pytest.raises(ValueError, match="one call"):
            fold(events)


def test_the_docs_list_exactly_the_rules_in_their_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "missed.md").read_text()

    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", page, flags=re.MULTILINE)

    assert rows == [(rule.reason.value, rule.sentence) for rule in MISSED_RULES]


def test_each_reason_has_one_rule() -> None:
    reasons = [rule.reason for rule in MISSED_RULES]

    assert sorted(reasons) == sorted(MissedReason)
