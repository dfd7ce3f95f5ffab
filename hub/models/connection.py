"""Connections (one CRM or message account) and what we made over there."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs, now


class Connection(Owned, Row):
    """`secrets` seals the secret settings. `line_id`: the line that hears its callbacks."""

    __tablename__ = "connection"
    __table_args__ = (belongs("line_id", "line", on_delete="RESTRICT"),)

    system: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    line_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="ok")  # ok, trouble, paused
    trouble: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class RemoteRef(Owned, Row):
    """What we wrote into a system for a call: unique, so that it is written once.

    `state`: intended (committed before the request leaves), written, failed, unknown.
    """

    __tablename__ = "remote_ref"
    __table_args__ = (
        UniqueConstraint("workspace_id", "connection_id", "call_id", "kind"),
        belongs("connection_id", "connection"),
        belongs("call_id", "call"),
    )

    connection_id: Mapped[str]
    call_id: Mapped[str] = mapped_column(String(26))
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="intended")
    remote_id: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)
