"""Gathers what a follow-up decision looks at: the state of the world around one missed call."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from hub.contract import phone
from hub.contract.events import Channel, Consent, Direction, MessageStatus
from hub.core import hours
from hub.core.matching import Identity
from hub.core.rules import Facts, Person
from hub.models import Call, ConsentRow, Contact, Line, Message, Missed, User, Workspace

_GONE = (MessageStatus.FAILED, MessageStatus.CANCELED)
_WINDOW = timedelta(hours=24)


def gather(
    session: Session,
    call: Call,
    *,
    channels: Collection[Channel],
    at: datetime,
    but: str | None = None,
) -> Facts:
    """The facts about *call* at *at*; *but* is the follow-up whose own messages do not count."""
    line = session.get_one(Line, (call.workspace_id, call.line_id))
    workspace = session.get_one(Workspace, call.workspace_id)
    caller = phone.read(call.caller, region=line.region)
    contact = _contact(session, call)
    reach = _Reach(session, call, caller.e164, contact)
    handled = reach.handled()
    return Facts(
        direction=call.direction,
        outcome=call.outcome,
        missed_reason=call.missed_reason,
        line_id=call.line_id,
        started_at=call.started_at,
        ended_at=call.ended_at,
        kind=caller.kind,
        e164=caller.e164,
        internal=_internal(session, call),
        line_type=phone.line_type(caller.e164 or ""),
        country=phone.country(caller.e164) if caller.e164 else "",
        zones=_zones(caller.e164, contact, workspace),
        person=_person(contact),
        reached_at=reach.reached(),
        called_again_at=reach.called_again(),
        wrote_at=reach.wrote(),
        handled_at=handled.handled_at if handled else None,
        handled_by=reach.who(handled),
        followed_up_at=reach.sent(Message.call_id == call.id, but=but),
        opted_out=reach.opted_out(),
        consented=reach.consented(),
        last_texted_at=reach.sent(Message.follow_up_id.is_not(None), but=but),
        channels=frozenset(channels),
        whatsapp_window_open=reach.window(at),
        language=line.language or workspace.language,
        names=_names(line, workspace, contact, caller),
    )


class _Reach:
    """What happened between us and one caller since one call."""

    def __init__(
        self, session: Session, call: Call, number: str | None, contact: Contact | None
    ) -> None:
        self._session = session
        self._call = call
        emails = [email.casefold() for email in contact.emails] if contact else []
        self._addresses = [*([number] if number else []), *emails]

    def reached(self) -> datetime | None:
        """When somebody last talked with the caller, after this call began."""
        ways = (Call.caller == self._call.caller, Call.called == self._call.caller)
        found = [
            self._newest(Call.answered_at, way, Call.answered_at > self._call.started_at)
            for way in ways
            if self._call.caller
        ]
        return max((moment for moment in found if moment), default=None)

    def called_again(self) -> datetime | None:
        """When the caller last tried again without being answered (yet)."""
        if not self._call.caller:
            return None
        return self._newest(
            Call.started_at,
            Call.caller == self._call.caller,
            Call.direction == Direction.INBOUND,
            Call.started_at > self._call.started_at,
            Call.answered_at.is_(None),
        )

    def wrote(self) -> datetime | None:
        """When the caller last wrote to us."""
        return self._message(Direction.INBOUND, Message.sender.in_(self._addresses))

    def sent(self, which: ColumnElement[bool], *, but: str | None) -> datetime | None:
        """When *which* of our messages last went to the caller and did not surely fail."""
        return self._message(
            Direction.OUTBOUND,
            Message.recipient.in_(self._addresses),
            Message.status.not_in(_GONE),
            which,
            Message.follow_up_id.is_distinct_from(but) if but else which,
        )

    def window(self, at: datetime) -> bool:
        """Whether WhatsApp's 24 hours since the caller's last message are running."""
        last = self._message(
            Direction.INBOUND,
            Message.sender.in_(self._addresses),
            Message.channel == Channel.WHATSAPP,
        )
        return last is not None and last > at - _WINDOW

    def handled(self) -> Missed | None:
        """The entry of the missed-call inbox that somebody closed by hand since."""
        return self._session.scalar(
            select(Missed)
            .where(
                Missed.workspace_id == self._call.workspace_id,
                Missed.caller == self._call.caller,
                Missed.line_id == self._call.line_id,
                Missed.handled_how == "by_hand",
                Missed.handled_at > self._call.started_at,
            )
            .limit(1)
        )

    def who(self, handled: Missed | None) -> str:
        """The name of who closed it."""
        if handled is None or handled.handled_by is None:
            return ""
        user = self._session.get(User, (self._call.workspace_id, handled.handled_by))
        return (user.name or user.email) if user else ""

    def opted_out(self) -> frozenset[Channel]:
        """A STOP binds all channels of the person: who says stop does not mean "on SMS"."""
        return frozenset(Channel) if self._words(Consent.STOP) else frozenset()

    def consented(self) -> frozenset[Channel]:
        """Channels on which the person said that they want to be written to."""
        return self._words(Consent.START)

    def _words(self, word: Consent) -> frozenset[Channel]:
        return frozenset(
            self._session.scalars(
                select(ConsentRow.channel).where(
                    ConsentRow.workspace_id == self._call.workspace_id,
                    ConsentRow.address.in_(self._addresses),
                    ConsentRow.word == word,
                )
            )
        )

    def _message(self, direction: Direction, *where: ColumnElement[bool]) -> datetime | None:
        return self._session.scalar(
            select(Message.created_at)
            .where(
                Message.workspace_id == self._call.workspace_id,
                Message.direction == direction,
                *where,
            )
            .order_by(Message.created_at.desc())
            .limit(1)
        )

    def _newest(
        self,
        column: SQLColumnExpression[datetime] | SQLColumnExpression[datetime | None],
        *where: ColumnElement[bool],
    ) -> datetime | None:
        found: datetime | None = self._session.scalar(
            select(func.max(column)).where(
                Call.workspace_id == self._call.workspace_id, Call.id != self._call.id, *where
            )
        )
        return found


def _contact(session: Session, call: Call) -> Contact | None:
    if call.identity != Identity.KNOWN:
        return None
    if call.contact_id is None:
        return None
    return session.get(Contact, (call.workspace_id, call.contact_id))


def _person(contact: Contact | None) -> Person | None:
    if contact is None:
        return None
    return Person(
        name=contact.name,
        company=contact.company,
        language=contact.language,
        emails=tuple(contact.emails),
        owner=contact.owner,
    )


def _internal(session: Session, call: Call) -> bool:
    if not call.caller:
        return False
    ours = (
        select(User.id).where(User.workspace_id == call.workspace_id, User.number == call.caller),
        select(Line.id).where(Line.workspace_id == call.workspace_id, Line.number == call.caller),
    )
    return any(session.scalar(one.limit(1)) for one in ours)


def _zones(e164: str | None, contact: Contact | None, workspace: Workspace) -> tuple[str, ...]:
    if contact is not None and contact.time_zone and hours.zone(contact.time_zone):
        return (contact.time_zone,)
    found = phone.time_zones(e164) if e164 else ()
    return found or (workspace.time_zone,)


def _names(
    line: Line, workspace: Workspace, contact: Contact | None, caller: phone.Caller
) -> dict[str, object]:
    return {
        "caller.name": contact.name if contact else "",
        "caller.first_name": contact.name.split()[0] if contact and contact.name else "",
        "caller.company": contact.company if contact else "",
        "caller.number": caller.display,
        "line.name": line.name,
        "line.number": phone.read(line.number, region=line.region).display if line.number else "",
        "agent.name": contact.owner if contact else "",
        "workspace.name": workspace.name,
    }
