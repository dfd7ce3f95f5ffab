"""The life of a call, told as phone systems tell it."""

import re
from pathlib import Path

import pytest

from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    LegKind,
    MissedReason,
    Outcome,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
    Transfer,
)
from hub.core.calls import MISSED_RULES, Policy, fold
from hub.testing.tales import (
    BOX,
    CALLED,
    CALLER,
    MENU,
    QUEUE,
    START,
    A,
    C,
    E,
    R,
    at,
    came,
    leg,
    message,
    over,
    told,
)


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


def test_an_answer_told_only_with_the_end_is_as_long_before_as_the_talk_was() -> None:
    call = told(
        came(),
        leg("ann", A, rang=2, answered=70, ended=70, ending=E.COMPLETED, measured=60),
        over(71),
    )

    assert (call.outcome, call.wait_seconds, call.talk_seconds) == (Outcome.ANSWERED, 10, 60)


def test_nothing_ends_or_is_answered_before_it_began_though_a_clock_is_slow() -> None:
    ringing = CallEvent(id="late", call_id="c", at=at(5), phase=Phase.RINGING)
    call = told(leg("ann", A, rang=5, answered=4, ended=3), ringing, over(2))

    assert (call.started_at, call.answered_at, call.ended_at) == (at(5), at(5), at(5))
    assert [(one.answered_at, one.ended_at) for one in call.legs] == [(at(5), at(5))]
