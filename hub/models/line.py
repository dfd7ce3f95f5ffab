"""Lines: a number or a phone system that tells us things."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, now


class Line(Owned, Row):
    """`key` is the public part of its hook's URL; `secrets` seals `{"current", "previous"}`.

    `settings` are the provider's plain settings; `plan` is the ring plan, read by
    `hub.lines.Plan`: agents (user ids, empty: all), strategy, seconds, record, announce, queue,
    voicemail, greeting, closed_text, screen, forward, transcribe.
    """

    __tablename__ = "line"
    __table_args__ = (
        UniqueConstraint("key"),
        belongs("site_id", "site", on_delete="RESTRICT"),
        belongs("calendar_id", "calendar", on_delete="RESTRICT"),
    )

    provider: Mapped[str]
    name: Mapped[str]
    number: Mapped[str | None] = mapped_column(String(32), index=True)
    region: Mapped[str] = mapped_column(String(2), default="US")
    language: Mapped[str] = mapped_column(default="")
    key: Mapped[str] = mapped_column(String(64))
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    site_id: Mapped[str | None]
    calendar_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]
