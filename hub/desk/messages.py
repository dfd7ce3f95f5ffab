"""Messages in and out, by the page."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.events import Channel, Consent, Direction, MessageStatus
from hub.db import Work
from hub.desk.errors import Conflict, NotFound
from hub.desk.page import LIMIT, MOST, Page, before, page
from hub.desk.signals import tell
from hub.desk.views import MessageView, message
from hub.flow.messages import said
from hub.live import Topic
from hub.models import Message, now
from hub.queue import put_again


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


def resolve(work: Work, workspace_id: str, message_id: str, *, went_out: bool) -> None:
    """A person says what became of a message of which nobody knows whether it left.

    It went out, or it is to be sent now. Raises NotFound, and Conflict when it is known by now.
    """
    row = _held(work, workspace_id, message_id)
    if row.status is not MessageStatus.UNKNOWN:
        raise Conflict("it is known by now what became of this message: look again")
    row.status = MessageStatus.ACCEPTED if went_out else MessageStatus.QUEUED
    row.changed_at = now()
    tell(work, workspace_id, Topic.MESSAGE, row.call_id or "")
    if not went_out:
        put_again(work, workspace_id, "send", message_id)


def stop(work: Work, workspace_id: str, message_id: str) -> str:
    """Whoever read this message wants no more of them; gives the address. Raises NotFound."""
    row = _held(work, workspace_id, message_id)
    source = f"message {row.id}"
    said(work, workspace_id, row.channel, row.recipient, Consent.STOP, source=source, at=now())
    return row.recipient


def _held(work: Work, workspace_id: str, message_id: str) -> Message:
    row = work.session.get(Message, (workspace_id, message_id), with_for_update=True)
    if row is None:
        raise NotFound(f"there is no message {message_id!r}")
    return row
