"""The fold: from a set of events to the call; the theory is on top of the package."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    RoutingEvent,
    TalkEvent,
    Verdict,
)
from hub.core.calls.legs import (
    Thread,
    end_of,
    first,
    held,
    leg_of,
    most_telling,
    not_before,
    recordings,
    seconds,
    threads,
)
from hub.core.calls.missed import Evidence, has_message, missed_reason
from hub.core.calls.shapes import Call, Leg, Policy, Recording

_ORDER = {phase: rank for rank, phase in enumerate(Phase)}
_VERDICTS = {verdict: rank for rank, verdict in enumerate(Verdict)}
_DEFAULT = Policy()

# What an unanswered outbound call came to; the first that anything tells, else NO_ANSWER.
_OUTBOUND = {
    Ending.BUSY: Outcome.BUSY,
    Ending.REJECTED: Outcome.BUSY,
    Ending.NO_ANSWER: Outcome.NO_ANSWER,
    Ending.CANCELED: Outcome.CANCELED,
    Ending.ABANDONED: Outcome.CANCELED,
    Ending.UNAVAILABLE: Outcome.FAILED,
    Ending.FAILED: Outcome.FAILED,
    Ending.LOST_END: Outcome.FAILED,
}


def fold(events: Iterable[TalkEvent], policy: Policy = _DEFAULT) -> Call:
    """The call that *events* tell of. Order and repetition do not matter.

    Raises ValueError when *events* is empty or speaks of more than one call.
    """
    return _Tale.of(_canonical(events)).call(policy)


def _canonical(events: Iterable[TalkEvent]) -> list[TalkEvent]:
    kept: dict[tuple[str, str], TalkEvent] = {}
    for event in events:
        key = (event.KIND, event.id)
        other = kept.setdefault(key, event)
        if other is not event and other != event:
            kept[key] = min(other, event, key=lambda item: (item.at, repr(item)))
    return sorted(kept.values(), key=_place)


def _place(event: TalkEvent) -> tuple[datetime, int, str, str]:
    rank = _ORDER[event.phase] if isinstance(event, CallEvent | LegEvent) else 0
    return event.at, rank, event.KIND, event.id


@dataclass(slots=True, kw_only=True)
class _Tale:
    """A call's events sorted and told apart, and the first things that they say."""

    calls: list[CallEvent]
    legs: list[Thread]
    files: tuple[Recording, ...]
    verdict: Verdict | None
    id: str
    direction: Direction
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ending: Ending | None
    until: datetime

    @classmethod
    def of(cls, events: Sequence[TalkEvent]) -> "_Tale":
        if len({event.call_id for event in events}) != 1:
            raise ValueError("fold one call at a time: the events must share one call_id")
        calls = [event for event in events if isinstance(event, CallEvent)]
        legs = threads(event for event in events if isinstance(event, LegEvent))
        verdicts = (event.verdict for event in events if isinstance(event, RoutingEvent))
        direction = _direction(calls, legs)
        opening = (event.at for event in calls if event.phase is not Phase.ENDED)
        started_at = next(opening, events[0].at)
        ends = [event for event in calls if event.phase is Phase.ENDED]
        answers = (leg.answered_at for leg in legs if leg.counts_in(direction))
        answered_at = not_before(started_at, min((at for at in answers if at), default=None))
        ended_at = not_before(started_at, end_of(ends, answered_at))
        return cls(
            calls=calls,
            legs=legs,
            files=recordings(event for event in events if isinstance(event, RecordingEvent)),
            verdict=max(verdicts, key=_VERDICTS.__getitem__, default=None),
            id=events[0].call_id,
            direction=direction,
            started_at=started_at,
            answered_at=answered_at,
            ended_at=ended_at,
            ending=most_telling(event.ending for event in ends),
            until=ended_at or events[-1].at,
        )

    def call(self, policy: Policy) -> Call:
        """Everything that follows from what was told."""
        outcome, reason = self.outcome(policy)
        legs = self.finished()
        told = sorted(self.calls, key=lambda event: event.phase is not Phase.STARTED)
        return Call(
            id=self.id,
            direction=self.direction,
            caller=first(event.caller for event in told) or "",
            called=first(event.called for event in told) or "",
            caller_name=first(event.caller_name for event in told),
            phase=self.phase(),
            outcome=outcome,
            missed_reason=reason,
            ending=self.ending,
            agent=self.agent(),
            started_at=self.started_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            ring_seconds=self.rang(),
            wait_seconds=self.waited(),
            talk_seconds=self.talked(legs),
            hold_seconds=self.held(legs),
            total_seconds=max(seconds(self.started_at, self.until), self.measured() or 0.0),
            legs=legs,
            recordings=self.files,
            verdict=self.verdict,
        )

    def finished(self) -> tuple[Leg, ...]:
        closed = self.ended_at is not None
        return tuple(
            leg_of(leg, until=self.until, closing=self.ending, closed=closed) for leg in self.legs
        )

    # --- What came of it ---

    def outcome(self, policy: Policy) -> tuple[Outcome | None, MissedReason | None]:
        if self.ended_at is None:
            return None, None
        if self.answered_at is not None:
            return self.answered(), None
        if self.direction is not Direction.INBOUND:
            return self.unreached(), None
        if self.verdict is Verdict.BLOCKED:
            return Outcome.BLOCKED, None
        seen = Evidence(
            legs=tuple(self.legs),
            ending=self.ending,
            verdict=self.verdict,
            recordings=self.files,
            waited=self.known_wait(),
            policy=policy,
        )
        if self.failed() and not has_message(seen):
            return Outcome.FAILED, None
        return Outcome.MISSED, missed_reason(seen)

    def answered(self) -> Outcome:
        kinds = {leg.kind for leg in self.legs if leg.counts_in(self.direction)}
        forwarded = self.direction is Direction.INBOUND and kinds == {LegKind.FORWARD}
        return Outcome.FORWARDED if forwarded else Outcome.ANSWERED

    def unreached(self) -> Outcome:
        callee = most_telling(leg.ending for leg in self.legs if leg.kind is LegKind.CALLEE)
        others = most_telling(leg.ending for leg in self.legs if leg.is_person)
        told = (_OUTBOUND.get(ending) for ending in (callee, self.ending, others) if ending)
        return next((outcome for outcome in told if outcome), Outcome.NO_ANSWER)

    def failed(self) -> bool:
        """True of a call that broke before anything happened, or whose end nobody ever told."""
        if self.ending is Ending.LOST_END:
            persons = [leg for leg in self.legs if leg.is_person]
            return not persons or any(leg.ending in (None, Ending.LOST_END) for leg in persons)
        untouched = not self.legs and self.verdict in (None, Verdict.OPEN)
        return self.ending is Ending.FAILED and untouched

    def phase(self) -> Phase:
        if self.ended_at is not None:
            return Phase.ENDED
        if self.answered_at is None:
            return Phase.RINGING
        talking = [leg for leg in self.legs if leg.is_open and leg.counts_in(self.direction)]
        if talking:
            return Phase.HELD if all(leg.is_held for leg in talking) else Phase.ANSWERED
        return Phase.RINGING if self.rings_again(self.answered_at) else Phase.ANSWERED

    def rings_again(self, answered_at: datetime) -> bool:
        """True while a transfer rings the next person."""
        waiting = (leg for leg in self.legs if leg.is_person and leg.is_open)
        return any(leg.answered_at is None and leg.started_at > answered_at for leg in waiting)

    def agent(self) -> str | None:
        talked = [leg for leg in self.legs if leg.answered_at and leg.is_person]
        talked.sort(key=lambda leg: (leg.ended_at or self.until, leg.answered_at, leg.id))
        named = (first(event.agent for event in leg.events) for leg in reversed(talked))
        if self.direction is Direction.INBOUND:
            return first(named)
        # Whoever dialled stays responsible for a call that nobody took.
        return first(named) or first(e.agent for leg in self.legs for e in leg.events)

    # --- Seconds, each from the right leg ---

    def measured(self) -> float | None:
        """The provider's own length of the caller's leg; a zero is no measure."""
        ends = (event.seconds for event in self.calls if event.phase is Phase.ENDED)
        return max((found for found in ends if found and found > 0), default=None)

    def queued(self) -> float:
        """Measured seconds in queues before the answer."""
        before = self.answered_at or self.until
        return sum(
            leg.measured or 0.0
            for leg in self.legs
            if leg.kind is LegKind.QUEUE and leg.started_at <= before
        )

    def rang(self) -> float:
        kinds = LegKind.CALLEE if self.direction is Direction.OUTBOUND else None
        legs = [leg for leg in self.legs if leg.is_person and kinds in (None, leg.kind)]
        if not legs:
            return 0.0
        stop = self.answered_at or max(leg.ended_at or self.until for leg in legs)
        return seconds(max(self.started_at, min(leg.started_at for leg in legs)), stop)

    def known_wait(self) -> float | None:
        """How long the unanswered caller waited, or None if neither measure nor clock can tell."""
        measured, queued = self.measured(), self.queued()
        if measured is not None:
            return max(measured, queued)
        if queued and all(leg.kind is not LegKind.MENU for leg in self.legs):
            return queued
        if all(event.phase is Phase.ENDED for event in self.calls):
            return None
        return max(seconds(self.started_at, self.until), queued)

    def waited(self) -> float:
        if self.answered_at is not None:
            return max(seconds(self.started_at, self.answered_at), self.queued())
        known = self.known_wait() if self.ended_at else None
        return seconds(self.started_at, self.until) if known is None else known

    def talked(self, legs: Sequence[Leg]) -> float:
        counted = {leg.id for leg in self.legs if leg.counts_in(self.direction)}
        spans = [leg for leg in legs if leg.id in counted]
        longest = max((leg.talk_seconds for leg in spans), default=0.0)
        return max(longest, sum(leg.talk_seconds for leg in spans) - _overlap(spans, self.until))

    def held(self, legs: Sequence[Leg]) -> float:
        return sum(leg.hold_seconds for leg in legs) or held(
            self.calls, self.started_at, self.until
        )


def _direction(calls: Sequence[CallEvent], legs: Sequence[Thread]) -> Direction:
    told = sorted(calls, key=lambda event: event.phase is not Phase.STARTED)
    guess = any(leg.kind is LegKind.CALLEE for leg in legs)
    return first(event.direction for event in told) or (
        Direction.OUTBOUND if guess else Direction.INBOUND
    )


def _overlap(legs: Sequence[Leg], until: datetime) -> float:
    """Seconds in which two legs talked at once, as in an attended transfer."""
    total, reached = 0.0, None
    for leg in sorted(legs, key=lambda leg: leg.answered_at or until):
        start, stop = leg.answered_at or until, leg.ended_at or until
        if reached is not None:
            total += seconds(start, min(reached, stop))
        reached = stop if reached is None else max(reached, stop)
    return total
