"""Sends one message, once.

    queued --intent committed--> sending --the vendor answers--> accepted, failed
                                    |
             no answer, or the process died: look it up, then send again, or ask a person

The intent is durable before the request leaves. So whoever finds a message in `sending` knows
that it may have left, and asks the vendor (`seek`) before anything else; a status callback that
carries our id settles it too. Where the vendor cannot tell, the message is `unknown`: a person
decides. Nobody is texted twice (`docs/exactly-once.md`).
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hub.contract.connectors import OutgoingMessage, Receipt, Template
from hub.contract.errors import RemoteRefused, RemoteUnavailable, RemoteUncertain
from hub.contract.events import MessageStatus
from hub.core.rules import Verdict
from hub.crypto import Safe
from hub.db import Work
from hub.flow import messages
from hub.house import House
from hub.jobs.doors import Door, Doors
from hub.jobs.followups import judge, plain
from hub.lines import hook_urls
from hub.metrics import EFFECTS
from hub.models import FollowUp, FollowUpState, Line, Message, now
from hub.queue import Claimed, Later, put_again

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
        if message is None or message.status not in _OPEN or message.connection_id is None:
            return
        door = await self._doors.open(job.workspace_id, message.connection_id)
        if message.status == MessageStatus.SENDING:
            await self._look_up(door, message)
        else:
            await self._send(door, message)

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
            raise Later(self._later(door)) from None
        except RemoteUnavailable as error:
            await write(put_back, message.workspace_id, message.id, str(error))
            raise
        except RemoteRefused as error:
            await write(refuse, message.workspace_id, message.id, error)
            EFFECTS.labels(message.channel, "refused").inc()
            return
        await write(accept, message.workspace_id, message.id, receipt)
        EFFECTS.labels(message.channel, "sent").inc()

    async def _look_up(self, door: Door, message: Message) -> None:
        """It may have left: nothing is sent before the vendor has been asked."""
        write = self._house.db.write
        since = (message.tried_at or now()) + self._patience(door)
        if since > now():
            raise Later(since)
        try:
            receipt = await door.connector.seek(await self._outgoing(message))
        except RemoteUncertain as error:
            await write(give_up, message.workspace_id, message.id, str(error))
            return
        if receipt is not None:
            await write(accept, message.workspace_id, message.id, receipt)
            return
        await write(put_back, message.workspace_id, message.id, "it never arrived at the vendor")
        raise Later(now())

    def _patience(self, door: Door) -> timedelta:
        """How long the vendor's own lists may lag behind what it has taken."""
        lag = max(door.manifest.seek_after, self._house.settings.reconcile_seconds)
        return timedelta(seconds=lag)

    def _later(self, door: Door) -> datetime:
        return now() + self._patience(door)

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
            tried_at=message.tried_at,
        )

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
    return work.session.get_one(Message, (workspace_id, message_id), with_for_update=True)


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


def put_back(work: Work, workspace_id: str, message_id: str, why: str) -> None:
    """Surely not sent: it may be tried again."""
    row = _held(work, workspace_id, message_id)
    if row.status == MessageStatus.SENDING:
        row.status, row.reason, row.changed_at = MessageStatus.QUEUED, why[:500], now()


def refuse(work: Work, workspace_id: str, message_id: str, error: RemoteRefused) -> None:
    """Surely not sent, and never will be; its follow-up may find another way."""
    row = _held(work, workspace_id, message_id)
    row.status, row.code, row.reason = MessageStatus.FAILED, error.code, str(error)[:500]
    row.changed_at = now()
    messages.refused(work, row, error)


def give_up(work: Work, workspace_id: str, message_id: str, why: str) -> None:
    """Nobody can say whether it left: a person decides."""
    row = _held(work, workspace_id, message_id)
    if row.status == MessageStatus.SENDING:
        row.status, row.reason, row.changed_at = MessageStatus.UNKNOWN, why[:500], now()


def resolve(work: Work, workspace_id: str, message_id: str, *, went_out: bool) -> None:
    """A person says what became of an unknown message: it went out, or is to be sent now."""
    row = _held(work, workspace_id, message_id)
    if row.status != MessageStatus.UNKNOWN:
        return
    row.status = MessageStatus.ACCEPTED if went_out else MessageStatus.QUEUED
    row.changed_at = now()
    if not went_out:
        put_again(work, workspace_id, "send", message_id)
