"""Messages in and out, by the page."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.events import Channel, Direction, MessageStatus
from hub.desk.page import LIMIT, MOST, Page, before, page
from hub.desk.views import MessageView, message
from hub.models import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilters:
    """All that are set must hold."""

    call_id: str = ""
    contact_id: str = ""
    channel: Channel | None = None
    direction: Direction | None = None
    status: MessageStatus | None = None


def find(
    session: Session,
    workspace_id: str,
    filters: MessageFilters,
    cursor: str = "",
    limit: int = LIMIT,
) -> Page[MessageView]:
    """Messages, newest first; raises BadPayload for a bad cursor."""
    names = ("call_id", "contact_id", "channel", "direction", "status")
    wanted = select(Message).where(
        Message.workspace_id == workspace_id,
        *(getattr(Message, name) == value for name in names if (value := getattr(filters, name))),
    )
    if cursor:
        wanted = wanted.where(before(Message.created_at, Message.id, cursor))
    limit = max(1, min(limit, MOST))
    newest = wanted.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit + 1)
    rows = page(
        session.scalars(newest).all(), limit, lambda row: (row.created_at.isoformat(), row.id)
    )
    return Page(items=tuple(message(row) for row in rows.items), next=rows.next)
