"""What holds of every call, however its events come: in any order, twice, or not at all."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    LegEvent,
    LegKind,
    Outcome,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
    RoutingEvent,
    TalkEvent,
    Verdict,
)
from hub.core.calls import Call, EffectKind, effects, fold

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TAKEN = (Outcome.ANSWERED, Outcome.FORWARDED)

moments = st.integers(-30, 300).map(lambda second: START + timedelta(seconds=second))
lengths = st.none() | st.floats(-5, 300)
names = st.sampled_from(["", "ann", "bob"])
ids = st.uuids().map(str)
endings = st.none() | st.sampled_from(Ending)


def call_events(direction: Direction) -> st.SearchStrategy[TalkEvent]:
    """All events of a history agree on the direction, or do not tell it."""
    return st.builds(
        CallEvent,
        id=ids,
        call_id=st.just("c"),
        at=moments,
        phase=st.sampled_from(Phase),
        direction=st.sampled_from([None, direction]),
        caller=st.sampled_from([None, "", "+12025550142"]),
        ending=endings,
        seconds=lengths,
    )


leg_events = st.builds(
    LegEvent,
    id=ids,
    call_id=st.just("c"),
    leg_id=st.sampled_from(["l1", "l2", "l3"]),
    at=moments,
    phase=st.sampled_from(Phase),
    kind=st.sampled_from(LegKind),
    agent=names,
    ending=endings,
    seconds=lengths,
)
recording_events = st.builds(
    RecordingEvent,
    id=ids,
    call_id=st.just("c"),
    recording_id=st.sampled_from(["r1", "r2"]),
    at=moments,
    kind=st.sampled_from(RecordingKind),
    state=st.sampled_from(RecordingState),
    url=st.sampled_from([None, "https://media.example/1"]),
    seconds=lengths,
    transcript=st.sampled_from([None, "Hello?"]),
)
routing_events = st.builds(
    RoutingEvent, id=ids, call_id=st.just("c"), at=moments, verdict=st.sampled_from(Verdict)
)


@st.composite
def histories(draw: st.DrawFn) -> list[TalkEvent]:
    """Any events at all of one call: wilder than a phone system would ever tell."""
    direction = draw(st.sampled_from(Direction))
    some = call_events(direction) | leg_events | recording_events | routing_events
    found = draw(st.lists(some, min_size=1, max_size=14))
    opening = CallEvent(id="came", call_id="c", at=START, phase=Phase.STARTED, direction=direction)
    return [opening, *found] if draw(st.booleans()) else found


ends = st.builds(
    CallEvent,
    id=ids,
    call_id=st.just("c"),
    at=moments,
    phase=st.just(Phase.ENDED),
    ending=endings,
    seconds=lengths,
)


@given(histories(), st.randoms(use_true_random=False), st.integers(0, 5))
def test_order_and_repetition_do_not_matter(
    events: list[TalkEvent], random: Random, more: int
) -> None:
    mixed = [*events, *(random.choice(events) for _ in range(more))]
    random.shuffle(mixed)

    assert fold(mixed) == fold(events)


@given(histories(), moments, st.randoms(use_true_random=False))
def test_an_event_told_again_with_another_time_gives_one_call_in_any_order(
    events: list[TalkEvent], late: datetime, random: Random
) -> None:
    again = random.choice(events)
    told_late = _at(again, late)

    assert fold([*events, told_late]) == fold([told_late, *events])


def _at(event: TalkEvent, moment: datetime) -> TalkEvent:
    return dataclasses.replace(event, at=moment)


@given(histories(), st.data())
def test_with_any_events_missing_there_is_still_a_call(
    events: list[TalkEvent], data: st.DataObject
) -> None:
    kept = _some_of(events, data)

    _check(fold(kept))


def _some_of(events: Sequence[TalkEvent], data: st.DataObject) -> list[TalkEvent]:
    keep = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    return [event for event, kept in zip(events, keep, strict=True) if kept] or [events[0]]


def _check(call: Call) -> None:
    assert (call.outcome is None) == (call.phase is not Phase.ENDED)
    assert (call.missed_reason is not None) == (call.outcome is Outcome.MISSED)
    assert call.outcome is not Outcome.MISSED or call.direction is Direction.INBOUND
    assert (call.answered_at is not None) == (call.outcome in TAKEN) or call.outcome is None
    seconds = (
        call.ring_seconds,
        call.wait_seconds,
        call.talk_seconds,
        call.hold_seconds,
        call.total_seconds,
        *(leg.ring_seconds for leg in call.legs),
        *(leg.talk_seconds for leg in call.legs),
        *(leg.hold_seconds for leg in call.legs),
        *(leg.wait_seconds for leg in call.legs),
    )
    assert min(seconds) >= 0
    if call.phase is Phase.ENDED:
        assert all(leg.phase is Phase.ENDED for leg in call.legs)


@given(histories(), ends)
def test_a_call_whose_end_was_told_has_an_outcome(events: list[TalkEvent], end: CallEvent) -> None:
    call = fold([*events, end])

    _check(call)
    assert call.outcome is not None


@given(histories(), ends, st.data())
def test_an_answered_call_never_becomes_missed_again(
    events: list[TalkEvent], end: CallEvent, data: st.DataObject
) -> None:
    before = fold([*_some_of(events, data), end])
    after = fold([*events, end])

    assert before.outcome not in TAKEN or after.outcome is not Outcome.MISSED


@given(histories(), ends, st.data())
def test_once_its_direction_is_known_an_answered_call_stays_answered(
    events: list[TalkEvent], end: CallEvent, data: st.DataObject
) -> None:
    direction = fold(events).direction
    known = CallEvent(id="known", call_id="c", at=START, phase=Phase.STARTED, direction=direction)
    told = [event for event in events if getattr(event, "direction", None) in (None, direction)]
    if not told:
        told = [known]
    before = fold([known, *_some_of(told, data), end])
    after = fold([known, *told, end])

    assert before.outcome not in TAKEN or after.outcome in TAKEN
    assert before.outcome is not Outcome.ANSWERED or after.outcome is Outcome.ANSWERED


@given(histories(), st.data())
def test_effects_fit_the_call_that_they_follow_from(
    events: list[TalkEvent], data: st.DataObject
) -> None:
    before, after = fold(_some_of(events, data)), fold(events)
    kinds = {effect.kind for effect in effects(before, after)}

    assert effects(after, after) == ()
    assert EffectKind.SETTLE not in kinds or after.phase is Phase.ENDED
    assert EffectKind.SETTLE in kinds or after.outcome == before.outcome
    assert EffectKind.SHOW not in kinds or after.phase is not Phase.ENDED
    assert EffectKind.HIDE not in kinds or before.phase is not Phase.ENDED
    assert not {EffectKind.SHOW, EffectKind.HIDE} & kinds or Direction.INBOUND in (
        before.direction,
        after.direction,
    )
