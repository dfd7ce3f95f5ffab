"""A message came in, or one of ours moved on; and what people said about being written to."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.contract.errors import OptedOut, RemoteError
from hub.contract.events import Channel, Consent, Direction, MessageEvent, MessageStatus
from hub.contract.phone import read
from hub.core.matching import match
from hub.db import Work
from hub.lines import LineFacts
from hub.live import Signal, Topic
from hub.lookup import candidates
from hub.models import Connection, ConsentRow, Line, Message, new_id, now
from hub.queue import put_again
from hub.registry import connectors


def take(work: Work, line: LineFacts, event: MessageEvent) -> None:
    """Write *event* down: a new inbound message, or a step of one of ours."""
    if event.direction is Direction.INBOUND:
        _came_in(work, line, event)
    else:
        _moved_on(work, line, event)


def _came_in(work: Work, line: LineFacts, event: MessageEvent) -> None:
    sender = address(event.sender or event.identity or "", event.channel, line.region)
    caller = read(sender, region=line.region)
    who = match(caller, candidates(work.session, line.workspace_id, caller))
    row = {
        "workspace_id": line.workspace_id,
        "id": new_id(),
        "direction": Direction.INBOUND,
        "channel": event.channel,
        "status": MessageStatus.RECEIVED,
        "sender": sender,
        "recipient": address(event.recipient, event.channel, line.region),
        "subject": "",
        "text": event.text,
        "content": {"profile_name": event.profile_name} if event.profile_name else {},
        "media": [{"url": item.url, "media_type": item.media_type} for item in event.media],
        "contact_id": who.contact_id,
        "line_id": line.id,
        "provider_ref": event.message_id,
        "reason": "",
        "code": "",
        "created_at": event.at,
        "changed_at": now(),
    }
    work.add(Message, [row], "workspace_id", "line_id", "provider_ref")
    if event.consent in (Consent.STOP, Consent.START) and sender:
        words = (event.channel, sender, event.consent)
        said(work, line.workspace_id, *words, source=event.id, at=event.at)
    work.tell(Signal(workspace_id=line.workspace_id, topic=Topic.MESSAGE))


def said(
    work: Work,
    workspace_id: str,
    channel: Channel,
    who: str,
    word: Consent,
    *,
    source: str,
    at: datetime,
) -> None:
    """Keep the last word of *who* (E.164 or mail address) on *channel*; news may come late."""
    fresh = {
        "workspace_id": workspace_id,
        "id": new_id(),
        "channel": channel,
        "address": who,
        "word": word,
        "source": source,
        "at": at,
    }
    if work.add(ConsentRow, [fresh], "workspace_id", "channel", "address"):
        return
    row = work.session.scalars(
        select(ConsentRow)
        .where(
            ConsentRow.workspace_id == workspace_id,
            ConsentRow.channel == channel,
            ConsentRow.address == who,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.at <= at:
        row.word, row.source, row.at = word, source, at


def _moved_on(work: Work, line: LineFacts, event: MessageEvent) -> None:
    row = _ours(work, line, event)
    if row is None:
        return  # a message that another program sent through the same account
    if row.provider_ref is None:
        row.provider_ref = event.message_id
    step(work, row, event.status, code=event.error or "")


def _ours(work: Work, line: LineFacts, event: MessageEvent) -> Message | None:
    if event.ref:
        key = (line.workspace_id, event.ref)
        return work.session.get(Message, key, with_for_update=True, populate_existing=True)
    return work.session.scalar(
        select(Message)
        .where(
            Message.workspace_id == line.workspace_id,
            Message.provider_ref == event.message_id,
            Message.direction == Direction.OUTBOUND,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def step(work: Work, row: Message, status: MessageStatus, *, code: str = "") -> None:
    """Move *row* on to *status*; what comes late never takes it back.

    A failure is put into words, an opt-out is kept, and the follow-up looks for another way.
    """
    if status.rank <= row.status.rank:
        return
    row.status, row.changed_at = status, now()
    if status in (MessageStatus.FAILED, MessageStatus.UNDELIVERED):
        trouble = explain(work, row, code)
        row.code, row.reason = code, str(trouble)
        refused(work, row, trouble)
    work.tell(
        Signal(workspace_id=row.workspace_id, topic=Topic.MESSAGE, subject=row.call_id or "")
    )


def refused(work: Work, row: Message, trouble: RemoteError) -> None:
    """*row* surely did not arrive: keep an opt-out, and let its follow-up decide anew."""
    if isinstance(trouble, OptedOut):
        source = f"message {row.id}"
        words = (row.channel, row.recipient, Consent.STOP)
        said(work, row.workspace_id, *words, source=source, at=now())
    if row.follow_up_id and row.status is MessageStatus.FAILED:
        put_again(work, row.workspace_id, "follow_up", row.follow_up_id)


def explain(work: Work, row: Message, code: str) -> RemoteError:
    """What the vendor's *code* means, in the words of its connector."""
    connection = (
        work.session.get(Connection, (row.workspace_id, row.connection_id))
        if row.connection_id
        else None
    )
    module: Any = connectors().get(connection.system) if connection else None
    if module is not None and hasattr(module, "read_error"):
        found: RemoteError = module.read_error(code, row.channel)
        return found
    return RemoteError(f"the provider reports error {code or 'without a code'}", code=code)


def address(raw: str, channel: Channel, region: str) -> str:
    """E.164 where *raw* is a number, a folded mail address, else *raw* as it came."""
    if channel is Channel.EMAIL:
        return raw.strip().casefold()
    return read(raw, region=region).e164 or raw[:320]


def callback_line(work: Work, connection: Connection, sender: str) -> Line | None:
    """The line that hears what becomes of messages sent by *sender* through *connection*."""
    module = connectors().get(connection.system)
    provider = module.MANIFEST.webhook if module else ""
    alive = (Line.workspace_id == connection.workspace_id, Line.disabled_at.is_(None))
    named = work.session.scalar(
        select(Line).where(*alive, Line.provider == provider, Line.number == sender).limit(1)
    )
    if named is not None or connection.line_id is None:
        return named
    return work.session.get(Line, (connection.workspace_id, connection.line_id))
