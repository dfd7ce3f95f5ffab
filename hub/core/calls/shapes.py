"""What a folded call looks like: the call, its legs and its recordings."""

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
    Transfer,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a workspace may tune, in seconds.

    An abandoned call shorter than *short_abandon* is a short one; a voicemail shorter than
    *shortest_voicemail* is silence and not a message.
    """

    short_abandon: float = 10.0
    shortest_voicemail: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One thing the caller was connected to.

    *answered_at* and *talk_seconds* are those of a person; a machine that picks up leaves them
    empty. *talk_seconds* includes *hold_seconds*. A queue's *wait_seconds* are the time in it.
    """

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
    wait_seconds: float = 0.0


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
    """The whole call as its events allow to see it. `outcome` is None while it goes on.

    While it goes on, its seconds are those up to the last event.
    """

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
    verdict: Verdict | None = None
