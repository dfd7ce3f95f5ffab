"""Workspaces (tenants), their sites and calendars."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, new_id, now


class Workspace(Row):
    """A tenant. `settings`: settle_seconds, short_abandon, blocked (numbers), texts ..."""

    __tablename__ = "workspace"

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    name: Mapped[str]
    region: Mapped[str] = mapped_column(String(2), default="US")
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Calendar(Owned, Row):
    """Opening hours: `hours` is what `hub.core.hours.Calendar.to_dict` gives."""

    __tablename__ = "calendar"

    name: Mapped[str]
    hours: Mapped[dict[str, Any]]


class Site(Owned, Row):
    """A place of the company: its lines share its region and, without own ones, its hours."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("workspace_id", "name"),
        belongs("calendar_id", "calendar", on_delete="RESTRICT"),
    )

    name: Mapped[str]
    region: Mapped[str] = mapped_column(String(2), default="US")
    calendar_id: Mapped[str | None]
