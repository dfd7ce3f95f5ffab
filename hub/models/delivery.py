"""Deliveries (one webhook as it came) and the events that they told of."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Owned, Row, belongs


class DeliveryState(StrEnum):
    """What became of it. FAILED and UNREADABLE wait for a replay."""

    DONE = "done"
    FAILED = "failed"  # our bug: the request is sound, the work rolled back
    UNREADABLE = "unreadable"  # verified, but not to be parsed


class Delivery(Owned, Row):
    """One verified webhook, byte for byte, and what we answered: a redelivery gets the same."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("workspace_id", "line_id", "event_key"),
        Index(None, "workspace_id", "received_at"),
        Index(None, "workspace_id", "state", "received_at"),
        belongs("line_id", "line"),
    )

    line_id: Mapped[str]
    event_key: Mapped[str] = mapped_column(String(300))
    received_at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(8))
    url: Mapped[str]
    step: Mapped[str] = mapped_column(default="")
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.DONE)
    error: Mapped[str] = mapped_column(default="")
    call_key: Mapped[str | None] = mapped_column(String(200))
    reply_status: Mapped[int] = mapped_column(default=204)
    reply_type: Mapped[str] = mapped_column(default="")
    reply_body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    copies: Mapped[int] = mapped_column(default=1)  # times it was delivered
    simulated: Mapped[bool] = mapped_column(default=False)


class Event(Owned, Row):
    """One thing a provider told of a call; the call is the fold of its events."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("workspace_id", "line_id", "call_key", "event_key"),
        belongs("line_id", "line"),
    )

    line_id: Mapped[str]
    call_key: Mapped[str] = mapped_column(String(200))
    event_key: Mapped[str] = mapped_column(String(300))
    delivery_id: Mapped[str | None] = mapped_column(String(26))
    received_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]
