"""Legs and recordings, each folded from its own events, which come sorted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    LegEvent,
    LegKind,
    Phase,
    RecordingEvent,
    RecordingState,
)
from hub.core.calls.shapes import Leg, Recording

T = TypeVar("T")
E = TypeVar("E")

PERSONS: Final = (LegKind.AGENT, LegKind.FORWARD, LegKind.CALLEE)
"""Kinds of legs that lead to a person; the others are machines, and a machine never answers."""

# Whose voice makes a call answered. Outbound, the agent's own leg is up before the callee's.
_COUNTED = {
    Direction.INBOUND: PERSONS,
    Direction.OUTBOUND: (LegKind.CALLEE,),
    Direction.INTERNAL: PERSONS,
}
_TALKING = (Phase.ANSWERED, Phase.HELD, Phase.RESUMED)

# When a leg or a call was told to have ended in several ways: the most telling one, last wins.
_TELLING = (
    Ending.LOST_END,
    Ending.COMPLETED,
    Ending.FAILED,
    Ending.CANCELED,
    Ending.NO_ANSWER,
    Ending.UNAVAILABLE,
    Ending.LEFT,
    Ending.ABANDONED,
    Ending.BUSY,
    Ending.REJECTED,
    Ending.ELSEWHERE,
    Ending.TRANSFERRED,
)
_TELLS = {ending: rank for rank, ending in enumerate(_TELLING)}
_STATES = (
    RecordingState.PENDING,
    RecordingState.ABSENT,
    RecordingState.FAILED,
    RecordingState.READY,
)
_READINESS = {state: rank for rank, state in enumerate(_STATES)}


@dataclass(slots=True, kw_only=True)
class Thread:
    """A leg in the making: what its events say, before the call's own end is known."""

    id: str
    kind: LegKind
    events: list[LegEvent]
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ending: Ending | None
    measured: float | None

    @property
    def is_person(self) -> bool:
        """True for a leg that leads to one of our people, outside or to the callee."""
        return self.kind in PERSONS

    @property
    def is_open(self) -> bool:
        """True as long as no event tells of its end."""
        return self.ended_at is None

    @property
    def is_held(self) -> bool:
        """True when the last word about it was that it is on hold."""
        last = next((e.phase for e in reversed(self.events) if e.phase in _TALKING), None)
        return last is Phase.HELD

    def counts_in(self, direction: Direction) -> bool:
        """Whether an answer of this leg answers a call of that *direction*."""
        return self.answered_at is not None and self.kind in _COUNTED[direction]


def threads(events: Iterable[LegEvent]) -> list[Thread]:
    """The legs that *events* tell of, in the order of their first events."""
    return [_thread(found) for found in grouped(events, lambda event: event.leg_id)]


def grouped(items: Iterable[T], key: Callable[[T], str]) -> list[list[T]]:
    """Group *items* by *key*, keeping their order."""
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _thread(events: list[LegEvent]) -> Thread:
    # Judged event by event, so that a leg once answered stays so whatever else is said of it.
    talks = [event for event in events if event.phase in _TALKING and event.kind in PERSONS]
    ends = [event for event in events if event.phase is Phase.ENDED]
    started_at = next((e.at for e in events if e.phase is Phase.RINGING), events[0].at)
    answered_at = not_before(started_at, talks[0].at if talks else None)
    ended_at = not_before(started_at, end_of(ends, answered_at))
    measured = max((max(0.0, e.seconds) for e in ends if e.seconds is not None), default=None)
    if answered_at and ended_at and measured and answered_at >= ended_at:
        # The answer was told only with the end: it was as long before as the talk was measured.
        answered_at = max(started_at, ended_at - timedelta(seconds=measured))
    return Thread(
        id=events[0].leg_id,
        kind=(talks or events)[0].kind,
        events=events,
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        ending=most_telling(event.ending for event in ends),
        measured=measured,
    )


def end_of(ends: Sequence[CallEvent | LegEvent], since: datetime | None) -> datetime | None:
    """When it ended: the first real end at or after *since*, else the last one told.

    The same end is told by several messages, later ones by a later clock. An end closed by
    upkeep counts only if there is no other.
    """
    real = [event.at for event in ends if event.ending is not Ending.LOST_END]
    found = real or [event.at for event in ends]
    if not found or since is None:
        return found[0] if found else None
    return next((at for at in found if at >= since), found[-1])


def not_before(started_at: datetime, moment: datetime | None) -> datetime | None:
    """*moment*, but not before the beginning: one of a provider's two clocks may be slow."""
    return moment if moment is None else max(started_at, moment)


def most_telling(endings: Iterable[Ending | None]) -> Ending | None:
    """The ending that says most, of all that were told."""
    return max((e for e in endings if e is not None), key=_TELLS.__getitem__, default=None)


def leg_of(thread: Thread, *, until: datetime, closing: Ending | None, closed: bool) -> Leg:
    """The finished leg; *closed*: the call has ended at *until*, so every leg of it has."""
    ended_at = thread.ended_at or (until if closed else None)
    stop = ended_at or until
    waits = thread.measured or 0.0 if thread.kind is LegKind.QUEUE else 0.0
    return Leg(
        id=thread.id,
        kind=thread.kind,
        agent=first(event.agent for event in thread.events),
        number=first(event.number for event in thread.events),
        phase=_phase(thread, ended=ended_at is not None),
        ending=_ending(thread, closing) if ended_at else None,
        started_at=thread.started_at,
        answered_at=thread.answered_at,
        ended_at=ended_at,
        ring_seconds=_rang(thread, stop),
        talk_seconds=_talked(thread, stop),
        hold_seconds=held(thread.events, thread.started_at, stop),
        replaces=first(event.replaces for event in thread.events),
        transfer=first(event.transfer for event in thread.events),
        wait_seconds=waits,
    )


def _phase(thread: Thread, *, ended: bool) -> Phase:
    if ended:
        return Phase.ENDED
    if thread.answered_at is None:
        return Phase.RINGING
    return Phase.HELD if thread.is_held else Phase.ANSWERED


def _ending(thread: Thread, closing: Ending | None) -> Ending | None:
    if thread.ending or not thread.is_open:
        return thread.ending
    if closing is Ending.LOST_END:
        return Ending.LOST_END
    return Ending.COMPLETED if thread.answered_at else None


def _rang(thread: Thread, stop: datetime) -> float:
    return seconds(thread.started_at, thread.answered_at or stop) if thread.is_person else 0.0


def _talked(thread: Thread, stop: datetime) -> float:
    if thread.answered_at is None:
        return 0.0  # a measure without an answer is that of a machine: an agent's own voicemail
    if thread.measured is not None:
        return thread.measured
    return seconds(thread.answered_at, stop)


def held(events: Sequence[CallEvent | LegEvent], start: datetime, stop: datetime) -> float:
    """Seconds between each HELD and what came after it, from *start* up to *stop*."""
    total, since = 0.0, None
    for event in events:
        if since is not None and event.phase is not Phase.HELD:
            total += seconds(since, min(event.at, stop))
            since = None
        elif since is None and event.phase is Phase.HELD:
            since = max(start, event.at)
    return total + (seconds(since, stop) if since is not None else 0.0)


def seconds(start: datetime, end: datetime) -> float:
    """From *start* to *end*, never negative: two clocks may disagree."""
    return max(0.0, (end - start).total_seconds())


def first(values: Iterable[E | None]) -> E | None:
    """The first value that says something."""
    return next((value for value in values if value), None)


def recordings(events: Iterable[RecordingEvent]) -> tuple[Recording, ...]:
    """The files that *events* tell of."""
    found = grouped(events, lambda event: event.recording_id)
    return tuple(sorted((_recording(group) for group in found), key=lambda item: item.id))


def _recording(events: list[RecordingEvent]) -> Recording:
    events.sort(key=lambda event: -_READINESS[event.state])  # stable: best state, then earliest
    lengths = (event.seconds for event in events if event.seconds is not None)
    return Recording(
        id=events[0].recording_id,
        kind=events[0].kind,
        state=events[0].state,
        url=first(event.url for event in events),
        seconds=next(lengths, None),
        channels=first(event.channels for event in events),
        transcript=first(event.transcript for event in events),
    )
