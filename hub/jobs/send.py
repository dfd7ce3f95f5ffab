"""Sends one message, once.

    queued --intent committed--> sending --the vendor answers--> accepted, failed
                                    |
             no answer, or the process died: look it up, then send again, or ask a person

The intent is durable before the request leaves. So whoever finds a message in `sending` knows
that it may have left, and asks the vendor (`seek`) before anything else; a status callback that
carries our id settles it too. Where the vendor cannot tell, the message is `unknown`: a person
decides. What a try learns is written only while the message is still in that very try. Nobody is
texted twice (`docs/exactly-once.md`).
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hub.contract.connectors import OutgoingMessage, Receipt, Template
from hub.contract.errors import (
    BadSetting,
    Misconfigured,
    RemoteRefused,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel, MessageStatus
from hub.core.rules import Verdict
from hub.crypto import Safe
from hub.db import Work
from hub.desk import connections
from hub.flow import messages
from hub.house import House
from hub.jobs.doors import Door, Doors
from hub.jobs.followups import judge, plain
from hub.lines import hook_urls
from hub.live import Signal, Topic
from hub.metrics import EFFECTS
from hub.models import FollowUp, FollowUpState, Line, Message, now
from hub.queue import Claimed, Later

_OPEN = (MessageStatus.QUEUED, MessageStatus.SENDING)


class Sender:
    """The job `send`; its key is the message's id."""

    def __init__(self, house: House, doors: Doors) -> None:
        """Send through *doors*."""
        self._house = house
        self._doors = doors

    async def __call__(self, job: Claimed) -> None:
        """Take the message one step on, from wherever it is."""
        message = await self._house.db.read(_load, job.workspace_id, job.key)
        if message is None or message.status not in _OPEN:
            return
        try:
            door = await self._doors.open(job.workspace_id, message.connection_id or "")
        except BadSetting as error:  # waiting does not bring a removed connection back
            await self._house.db.write(self.buried, job, str(error))
            return
        if message.status == MessageStatus.SENDING:
            await self._look_up(door, message)
        else:
            await self._send(door, message)

    def buried(self, work: Work, job: Claimed, error: str) -> None:
        """Nobody will try again: say so on the message, where a person looks."""
        row = _held(work, job.workspace_id, job.key)
        if row.status == MessageStatus.QUEUED:
            _fail(work, row, RemoteRefused(f"gave up: {error}"))
        elif row.status == MessageStatus.SENDING:
            _doubt(work, row, f"nobody could be asked whether it left: {error}")

    async def _send(self, door: Door, message: Message) -> None:
        """Commit the intent, then let the request leave."""
        write = self._house.db.write
        intent = await write(intend, self._house.safe, message.workspace_id, message.id)
        if isinstance(intent, datetime):
            raise Later(intent)
        if intent is None:
            return  # the world has changed since: the reason is on the follow-up
        try:
            receipt = await door.connector.send(await self._outgoing(intent))
        except RemoteUncertain:
            raise Later(self._known_at(door, intent)) from None
        except RemoteUnavailable as error:
            await write(put_back, intent, str(error))
            raise
        except RemoteRefused as error:
            await write(refuse, intent, error)
            EFFECTS.labels(message.channel, "refused").inc()
            return
        await write(accept, message.workspace_id, message.id, receipt)
        EFFECTS.labels(message.channel, "sent").inc()

    async def _look_up(self, door: Door, message: Message) -> None:
        """It may have left: nothing is sent before the vendor has been asked."""
        write = self._house.db.write
        if (known_at := self._known_at(door, message)) > now():
            raise Later(known_at)
        try:
            receipt = await door.connector.seek(await self._outgoing(message))
        except RemoteUncertain as error:
            await write(give_up, message, str(error))
            return
        if receipt is not None:
            await write(accept, message.workspace_id, message.id, receipt)
            return
        await write(put_back, message, "it never arrived at the vendor")
        raise Later(now())

    def _known_at(self, door: Door, message: Message) -> datetime:
        """From when on the vendor's lists tell the truth about the last try.

        A request may be under way for as long as we wait for its answer, also when whoever sent
        it is no more; and the vendor's lists lag behind what it has taken.
        """
        settings = self._house.settings
        lag = max(door.manifest.seek_after, settings.reconcile_seconds)
        return (message.tried_at or now()) + timedelta(seconds=settings.remote_timeout + lag)

    async def _outgoing(self, message: Message) -> OutgoingMessage:
        content = message.content
        template = content.get("template")
        return OutgoingMessage(
            ref=message.id,
            channel=message.channel,
            recipient=message.recipient,
            text=message.text,
            sender=message.sender,
            subject=message.subject,
            html=content.get("html", ""),
            template=Template(**template) if template else None,
            free_text=bool(content.get("free_text")),
            callback_url=await self._callback(message),
            unsubscribe_url=self._stop_url(message),
            tried_at=message.tried_at,
        )

    def _stop_url(self, message: Message) -> str:
        """Where a reader of a mail says stop; other channels have their words for it."""
        if message.channel is not Channel.EMAIL:
            return ""
        name = f"{message.workspace_id}.{message.id}"
        return f"{self._house.settings.public_url}/stop/{name}/{self._house.safe.proof(name)}"

    async def _callback(self, message: Message) -> str:
        line = await self._house.db.read(_line, message)
        if line is None:
            return ""
        public = self._house.settings.public_url
        return hook_urls(public, line.provider, line.key).message(message.id)


def _line(session: Session, message: Message) -> Line | None:
    """The line that hears what becomes of *message*."""
    return session.get(Line, (message.workspace_id, message.line_id or ""))


def _load(session: Session, workspace_id: str, message_id: str) -> Message | None:
    found = session.get(Message, (workspace_id, message_id))
    if found is not None:
        session.expunge(found)
    return found


def _held(work: Work, workspace_id: str, message_id: str) -> Message:
    key = (workspace_id, message_id)
    return work.session.get_one(Message, key, with_for_update=True, populate_existing=True)


def intend(
    work: Work, safe: Safe, workspace_id: str, message_id: str
) -> Message | datetime | None:
    """Mark the message as perhaps sent. Gives it to be sent, a time to wait for, or None to stop.

    A follow-up's rule is asked once more at this very moment: since the decision the caller may
    have said stop, called again, or night may have fallen.
    """
    row = _held(work, workspace_id, message_id)
    if row.status != MessageStatus.QUEUED:
        return None
    if row.follow_up_id is not None:
        follow_up = work.session.get_one(FollowUp, (workspace_id, row.follow_up_id))
        decision, _ = judge(work, safe, follow_up, but=set())
        if decision.verdict is Verdict.WAIT:
            return decision.until
        if decision.verdict is Verdict.SUPPRESS:
            follow_up.state, follow_up.reason = FollowUpState.SUPPRESSED, decision.reason
            follow_up.trace = plain(decision)
            messages.step(work, row, MessageStatus.CANCELED)
            return None
    row.status, row.tried_at, row.changed_at = MessageStatus.SENDING, now(), now()
    work.session.flush()
    work.session.expunge(row)
    return row


def accept(work: Work, workspace_id: str, message_id: str, receipt: Receipt) -> None:
    """The vendor has it; what a callback already said is not taken back."""
    row = _held(work, workspace_id, message_id)
    row.provider_ref = row.provider_ref or receipt.provider_ref
    messages.step(work, row, receipt.status)
    connections.mark(work, workspace_id, row.connection_id or "")


def _trying(work: Work, tried: Message) -> Message | None:
    """The message, ours until the commit, if it is still in the try that *tried* is a copy of."""
    row = _held(work, tried.workspace_id, tried.id)
    is_same = row.status == MessageStatus.SENDING and row.tried_at == tried.tried_at
    return row if is_same else None


def put_back(work: Work, tried: Message, why: str) -> None:
    """Surely not sent: it may be tried again."""
    if row := _trying(work, tried):
        row.status, row.reason, row.changed_at = MessageStatus.QUEUED, why[:500], now()


def refuse(work: Work, tried: Message, error: RemoteRefused) -> None:
    """Surely not sent, and never will be; its follow-up may find another way."""
    if row := _trying(work, tried):
        _fail(work, row, error)
        if isinstance(error, Misconfigured):
            connections.mark(work, row.workspace_id, row.connection_id or "", str(error))


def give_up(work: Work, tried: Message, why: str) -> None:
    """Nobody can say whether it left: a person decides."""
    if row := _trying(work, tried):
        _doubt(work, row, why)


def _fail(work: Work, row: Message, error: RemoteRefused) -> None:
    row.status, row.code, row.reason = MessageStatus.FAILED, error.code, str(error)[:500]
    row.changed_at = now()
    messages.refused(work, row, error)
    _tell(work, row)


def _doubt(work: Work, row: Message, why: str) -> None:
    row.status, row.reason, row.changed_at = MessageStatus.UNKNOWN, why[:500], now()
    _tell(work, row)


def _tell(work: Work, row: Message) -> None:
    subject = row.call_id or ""
    work.tell(Signal(workspace_id=row.workspace_id, topic=Topic.MESSAGE, subject=subject))
