"""Messages in and out, and what people said about being written to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.contract.events import Channel, Consent, Direction, MessageStatus
from hub.models.base import Owned, Row, belongs, now


class Message(Owned, Row):
    """One message; outgoing ones are their own ledger.

    The row is committed as `sending` before the request leaves, so a crash leaves a question
    and never a second text.

    `sender` and `recipient` are E.164 or mail addresses. `content`: html, template, variables.
    `reason` says in plain words why it failed.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("workspace_id", "follow_up_id", "channel"),
        UniqueConstraint("workspace_id", "line_id", "provider_ref"),
        Index(None, "workspace_id", "created_at", "id"),
        Index(None, "workspace_id", "recipient", "created_at"),
        Index(None, "workspace_id", "sender", "created_at"),
        Index(None, "workspace_id", "call_id"),
        belongs("connection_id", "connection"),
        belongs("line_id", "line"),
    )

    direction: Mapped[Direction]
    channel: Mapped[Channel]
    status: Mapped[MessageStatus]
    sender: Mapped[str] = mapped_column(String(320), default="")
    recipient: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    media: Mapped[list[Any]] = mapped_column(default=list)
    call_id: Mapped[str | None] = mapped_column(String(26))
    contact_id: Mapped[str | None] = mapped_column(String(26))
    line_id: Mapped[str | None]
    connection_id: Mapped[str | None]
    follow_up_id: Mapped[str | None] = mapped_column(String(26))
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    tried_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ConsentRow(Owned, Row):
    """The last word of an address on a channel; `source` says how we know."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("workspace_id", "channel", "address"),)

    channel: Mapped[Channel]
    address: Mapped[str] = mapped_column(String(320))
    word: Mapped[Consent]
    source: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
