"""The life of a call: a call is the fold of its set of events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.contract.events import (
    Direction,
    Ending,
    LegKind,
    MissedReason,
    Outcome,
    Phase,
    RecordingKind,
    RecordingState,
    TalkEvent,
    Transfer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a workspace may tune: seconds below which an abandoned call is short, and below
    which a voicemail is silence and not a message."""

    short_abandon: float = 10.0
    shortest_voicemail: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One thing the caller was connected to."""

    id: str
    kind: LegKind
    agent: str | None
    number: str | None
    phase: Phase  # RINGING, ANSWERED, HELD or ENDED
    ending: Ending | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    talk_seconds: float
    hold_seconds: float
    replaces: str | None
    transfer: Transfer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file that belongs to the call."""

    id: str
    kind: RecordingKind
    state: RecordingState
    url: str | None
    seconds: float | None
    channels: int | None
    transcript: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The whole call as its events allow to see it. `outcome` is None while it goes on."""

    id: str
    direction: Direction
    caller: str
    called: str
    caller_name: str | None
    phase: Phase  # RINGING, ANSWERED (somebody talks), HELD or ENDED
    outcome: Outcome | None
    missed_reason: MissedReason | None
    ending: Ending | None
    agent: str | None  # who talked last, else None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    total_seconds: float
    legs: tuple[Leg, ...]
    recordings: tuple[Recording, ...]


def fold(events: Iterable[TalkEvent], policy: Policy = Policy()) -> Call:
    """The call that *events* tell of. Order and repetition do not matter.

    Raises ValueError when *events* is empty or speaks of more than one call.
    """
    raise NotImplementedError
