"""Jobs: the table is the truth, whoever runs them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, now


class JobState(StrEnum):
    """READY and RUNNING are alive; DEAD waits for a person."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class Job(Owned, Row):
    """One thing to do, once per (kind, key). A runner holds it until `lease_until`."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "key"),
        Index(None, "state", "due_at"),
        Index(None, "state", "lease_until"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[JobState] = mapped_column(default=JobState.READY)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Attempt(Owned, Row):
    """One try of a job that did not simply succeed, kept for the person who looks."""

    __tablename__ = "attempt"
    __table_args__ = (belongs("job_id", "job"),)

    job_id: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    seconds: Mapped[float]
    outcome: Mapped[str]
    error: Mapped[str] = mapped_column(default="")
