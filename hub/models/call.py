"""Calls, their legs and recordings: the fold of events, kept for reading."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
)
from hub.core.matching import Identity
from hub.models.base import Owned, Row, belongs, now


class Call(Owned, Row):
    """One call, one row. Numbers: E.164 where they can be read, else as the provider gave them.

    `evidence`: {"why": sentence, "candidates": [...]}, best first. `audience`: ids of the users
    who get the pop. `changed_at` orders what open screens have missed.
    """

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("workspace_id", "line_id", "call_key"),
        Index(None, "workspace_id", "started_at", "id"),
        Index(None, "workspace_id", "caller", "started_at"),
        Index(None, "workspace_id", "called", "started_at"),
        Index(None, "workspace_id", "changed_at"),
        Index(None, "workspace_id", "phase", "started_at"),
        Index(None, "workspace_id", "contact_id", "started_at"),
        belongs("line_id", "line"),
    )

    line_id: Mapped[str]
    call_key: Mapped[str] = mapped_column(String(200))
    direction: Mapped[Direction]
    phase: Mapped[Phase]
    caller: Mapped[str] = mapped_column(String(200), default="")
    called: Mapped[str] = mapped_column(String(200), default="")
    caller_name: Mapped[str | None]
    outcome: Mapped[Outcome | None]
    missed_reason: Mapped[MissedReason | None]
    ending: Mapped[Ending | None]
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ring_seconds: Mapped[float] = mapped_column(default=0.0)
    wait_seconds: Mapped[float] = mapped_column(default=0.0)
    talk_seconds: Mapped[float] = mapped_column(default=0.0)
    hold_seconds: Mapped[float] = mapped_column(default=0.0)
    total_seconds: Mapped[float] = mapped_column(default=0.0)
    identity: Mapped[Identity] = mapped_column(default=Identity.UNKNOWN)
    contact_id: Mapped[str | None] = mapped_column(String(26))
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    agent_id: Mapped[str | None] = mapped_column(String(26))
    audience: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    disposition: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    counted: Mapped[bool] = mapped_column(default=False)  # in the missed-call inbox
    simulated: Mapped[bool] = mapped_column(default=False)


class Leg(Row):
    """One thing the caller was connected to; rewritten with its call."""

    __tablename__ = "leg"
    __table_args__ = (belongs("call_id", "call"),)

    workspace_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    leg_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[LegKind]
    agent_id: Mapped[str | None] = mapped_column(String(26))
    agent: Mapped[str | None] = mapped_column(String(200))  # the provider's word, when no user
    number: Mapped[str | None] = mapped_column(String(200))
    phase: Mapped[Phase]
    ending: Mapped[Ending | None]
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ring_seconds: Mapped[float] = mapped_column(default=0.0)
    talk_seconds: Mapped[float] = mapped_column(default=0.0)
    hold_seconds: Mapped[float] = mapped_column(default=0.0)
    replaces: Mapped[str | None] = mapped_column(String(200))
    transfer: Mapped[Transfer | None]


class Recording(Owned, Row):
    """A recorded conversation or a voicemail; `path` is set once we keep the file ourselves."""

    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("workspace_id", "call_id", "recording_key"),
        belongs("call_id", "call"),
    )

    call_id: Mapped[str] = mapped_column(String(26))
    recording_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[RecordingKind]
    state: Mapped[RecordingState]
    source_url: Mapped[str | None]
    seconds: Mapped[float | None]
    channels: Mapped[int | None]
    transcript: Mapped[str | None]
    path: Mapped[str | None]
    media_type: Mapped[str | None]
    size: Mapped[int | None]
    error: Mapped[str] = mapped_column(default="")


class Missed(Owned, Row):
    """The missed-call inbox: one open entry per caller and line, with a count.

    `open` is true or NULL, so that the unique constraint holds for open ones only.
    `handled_how`: by_hand, called_back, reached.
    """

    __tablename__ = "missed"
    __table_args__ = (
        UniqueConstraint("workspace_id", "line_id", "caller", "open"),
        Index(None, "workspace_id", "open", "last_at"),
        belongs("line_id", "line"),
    )

    line_id: Mapped[str]
    caller: Mapped[str] = mapped_column(String(200))
    open: Mapped[bool | None] = mapped_column(default=True)
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_call_id: Mapped[str] = mapped_column(String(26))
    contact_id: Mapped[str | None] = mapped_column(String(26))
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str | None] = mapped_column(String(26))
    handled_how: Mapped[str | None]
