"""Rules that marketers write, their versions, and what each decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, now


class Rule(Owned, Row):
    """A rule has a draft; what runs is its published version (None: off)."""

    __tablename__ = "rule"

    name: Mapped[str]
    draft: Mapped[dict[str, Any]]
    published: Mapped[int | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[str] = mapped_column(default="")


class RuleVersion(Owned, Row):
    """A rule as it was published; never changed afterwards."""

    __tablename__ = "rule_version"
    __table_args__ = (
        UniqueConstraint("workspace_id", "rule_id", "number"),
        belongs("rule_id", "rule"),
    )

    rule_id: Mapped[str]
    number: Mapped[int]
    body: Mapped[dict[str, Any]]
    published_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[str] = mapped_column(default="")


class FollowUpState(StrEnum):
    """Where a decision stands."""

    WAITING = "waiting"
    SENT = "sent"  # handed to a message; the message has its own life
    SUPPRESSED = "suppressed"


class FollowUp(Owned, Row):
    """A rule's decision about one missed call; `trace` says why, step by step."""

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("workspace_id", "call_id", "rule_id"),
        Index(None, "workspace_id", "state", "due_at"),
        belongs("call_id", "call"),
        belongs("rule_id", "rule"),
    )

    call_id: Mapped[str] = mapped_column(String(26))
    rule_id: Mapped[str]
    rule_number: Mapped[int]
    state: Mapped[FollowUpState] = mapped_column(default=FollowUpState.WAITING)
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    trace: Mapped[list[Any]] = mapped_column(default=list)
    decided_at: Mapped[datetime | None]
