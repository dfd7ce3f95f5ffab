"""Gathers what a follow-up decision looks at: the state of the world around missed calls.

The same for one call that is decided now and for hundreds that are looked back at: a fixed number
of questions to the database, whose answers carry their moments.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.contract import phone
from hub.contract.events import (
    Channel,
    Direction,
    MessageStatus,
    MissedReason,
    Outcome,
)
from hub.core import hours
from hub.core.matching import Identity
from hub.core.rules import Facts, Only, Person
from hub.desk.past import WINDOW, Again, Past, Word
from hub.models import Call, ConsentRow, Contact, Line, Message, Missed, User, Workspace

_GONE = (MessageStatus.FAILED, MessageStatus.CANCELED)
_LONGEST_CAP = timedelta(days=366)
_EVERY = Only()
R = TypeVar("R", Line, Contact)


def gather(
    session: Session,
    call: Call,
    *,
    channels: Collection[Channel],
    at: datetime,
    but: str | None = None,
    only: Only = _EVERY,
) -> Facts:
    """The facts about *call* at *at*; *but* is the follow-up whose own messages do not count.

    *only* are the calls that the rule is about: another one of the caller's has no follow-up.
    """
    (past,) = pasts(session, [call], channels=channels, but={but} if but else (), only=only)
    return past.now(at)


def pasts(
    session: Session,
    calls: Sequence[Call],
    *,
    channels: Collection[Channel],
    but: Collection[str] = (),
    only: Only = _EVERY,
) -> list[Past]:
    """What is known around *calls* of one workspace; messages of *but* do not count.

    *only* as in `gather`.
    """
    if not calls:
        return []
    world = _World(session, calls, frozenset(channels), frozenset(but), only)
    return [world.around(call) for call in calls]


class _Talk(NamedTuple):
    id: str
    caller: str
    direction: Direction
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    reason: MissedReason | None
    line_id: str


class _Sent(NamedTuple):
    at: datetime
    call_id: str | None
    follow_up_id: str | None


class _World:
    """Everything around some calls, read at once and kept by caller or address."""

    def __init__(
        self,
        session: Session,
        calls: Sequence[Call],
        channels: frozenset[Channel],
        but: frozenset[str],
        only: Only,
    ) -> None:
        self._session = session
        self._id = calls[0].workspace_id
        self._channels = channels
        self._but = but
        self._only = only
        self._since = min(call.started_at for call in calls)
        self._workspace = session.get_one(Workspace, self._id)
        self._lines = _rows(session, Line, self._id, {call.line_id for call in calls})
        self._contacts = _rows(
            session, Contact, self._id, {call.contact_id for call in calls if _known(call)}
        )
        callers = {call.caller for call in calls}
        self._ours = self._our_numbers(callers - {""})
        self._talks = self._calls_with(callers - {""})
        self._handled = self._closed_by_hand(callers)
        addresses = {one for call in calls for one in self._addresses(call)}
        self._sent = self._sent_to(addresses)
        self._got = self._got_from(addresses)
        self._words = self._words_of(addresses)

    def around(self, call: Call) -> Past:
        """What is known around one of the calls."""
        addresses = self._addresses(call)
        sent = [one for address in addresses for one in self._sent[address]]
        got = [one for address in addresses for one in self._got[address]]
        texted = (one.at for one in sent if one.follow_up_id is not None)
        return Past(
            call=call,
            facts=self._facts(call, sent, [at for at, _ in got]),
            addresses=addresses,
            texted=tuple(texted),
            whatsapp=tuple(at for at, channel in got if channel is Channel.WHATSAPP),
            words=tuple(word for address in addresses for word in self._words[address]),
            again=tuple(self._again(call)),
            calls_back=tuple(
                talk.started_at
                for talk in self._talks[call.caller]
                if talk.direction is Direction.OUTBOUND
            ),
        )

    def _facts(self, call: Call, sent: Sequence[_Sent], wrote: Sequence[datetime]) -> Facts:
        line, contact = self._lines[call.line_id], self._contact(call)
        caller = self._caller(call)
        e164 = caller.e164 or ""
        handled_at, handled_by = self._first_handled(call)
        return Facts(
            direction=call.direction,
            outcome=call.outcome,
            missed_reason=call.missed_reason,
            line_id=call.line_id,
            started_at=call.started_at,
            ended_at=call.ended_at,
            kind=caller.kind,
            e164=caller.e164,
            internal=call.caller in self._ours,
            line_type=phone.line_type(e164),
            country=phone.country(e164) if e164 else "",
            zones=_zones(caller.e164, contact, self._workspace),
            person=_person(contact),
            reached_at=self._reached(call),
            wrote_at=min((at for at in wrote if at >= call.started_at), default=None),
            handled_at=handled_at,
            handled_by=handled_by,
            followed_up_at=min((one.at for one in sent if one.call_id == call.id), default=None),
            channels=self._channels,
            language=line.language or self._workspace.language,
            names=_names(line, self._workspace, contact, caller),
        )

    def _caller(self, call: Call) -> phone.Caller:
        return phone.read(call.caller, region=self._lines[call.line_id].region)

    def _contact(self, call: Call) -> Contact | None:
        return self._contacts.get(call.contact_id or "") if _known(call) else None

    def _addresses(self, call: Call) -> tuple[str, ...]:
        number, contact = self._caller(call).e164, self._contact(call)
        emails = [email.casefold() for email in contact.emails] if contact else []
        return (*([number] if number else []), *emails)

    def _reached(self, call: Call) -> datetime | None:
        """When somebody first talked with the caller, after this call began."""
        return min(
            (
                talk.answered_at
                for talk in self._talks[call.caller]
                if talk.id != call.id and talk.answered_at and talk.answered_at > call.started_at
            ),
            default=None,
        )

    def _again(self, call: Call) -> Iterator[Again]:
        """The later calls of the caller that the rule may be about."""
        lines, reasons = self._only.lines, self._only.reasons
        for talk in self._talks[call.caller]:
            later = talk.id != call.id and talk.started_at > call.started_at
            theirs = talk.caller == call.caller and talk.direction is Direction.INBOUND
            if later and theirs and (not lines or talk.line_id in lines):
                missed = talk.outcome is Outcome.MISSED
                followed = missed and (not reasons or talk.reason in reasons)
                yield Again(talk.started_at, talk.answered_at or talk.ended_at, followed)

    def _first_handled(self, call: Call) -> tuple[datetime | None, str]:
        """When and by whom the entry of the missed-call inbox was closed by hand since."""
        found = [
            closed
            for closed in self._handled[call.line_id, call.caller]
            if closed[0] > call.started_at
        ]
        return min(found, default=(None, ""))

    def _our_numbers(self, numbers: Collection[str]) -> frozenset[str]:
        """Those of *numbers* that are a colleague's or a line's."""
        return frozenset(
            number or ""
            for table in (User, Line)
            for number in self._session.scalars(
                select(table.number).where(
                    table.workspace_id == self._id, table.number.in_(numbers)
                )
            )
        )

    def _calls_with(self, numbers: Collection[str]) -> Mapping[str, list[_Talk]]:
        """Number -> the calls from and to it that began or were answered since."""
        found: dict[str, list[_Talk]] = defaultdict(list)
        columns = (
            *(Call.id, Call.caller, Call.direction, Call.started_at, Call.answered_at),
            *(Call.ended_at, Call.outcome, Call.missed_reason, Call.line_id),
        )
        lately = or_(Call.started_at > self._since, Call.answered_at > self._since)
        for side in (Call.caller, Call.called):
            for number, *talk in self._session.execute(
                select(side, *columns).where(
                    Call.workspace_id == self._id, side.in_(numbers), lately
                )
            ):
                found[number].append(_Talk(*talk))
        return found

    def _closed_by_hand(
        self, callers: Collection[str]
    ) -> Mapping[tuple[str, str], list[tuple[datetime, str]]]:
        """(line, caller) -> when an entry of theirs was closed by hand since, and by whom."""
        rows = self._session.execute(
            select(Missed.line_id, Missed.caller, Missed.handled_at, User.name, User.email)
            .outerjoin(
                User, (User.workspace_id == Missed.workspace_id) & (User.id == Missed.handled_by)
            )
            .where(
                Missed.workspace_id == self._id,
                Missed.caller.in_(callers),
                Missed.handled_how == "by_hand",
                Missed.handled_at > self._since,
            )
        )
        found: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        for line_id, caller, at, name, email in rows:
            if at is not None:
                found[line_id, caller].append((at, name or email or ""))
        return found

    def _sent_to(self, addresses: Collection[str]) -> Mapping[str, list[_Sent]]:
        """Address -> our messages there that did not surely fail."""
        found: dict[str, list[_Sent]] = defaultdict(list)
        for recipient, at, call_id, follow_up_id in self._session.execute(
            select(
                Message.recipient, Message.created_at, Message.call_id, Message.follow_up_id
            ).where(
                Message.workspace_id == self._id,
                Message.direction == Direction.OUTBOUND,
                Message.recipient.in_(addresses),
                Message.created_at > self._since - _LONGEST_CAP,
                Message.status.not_in(_GONE),
            )
        ):
            if follow_up_id not in self._but:
                found[recipient].append(_Sent(at, call_id, follow_up_id))
        return found

    def _got_from(
        self, addresses: Collection[str]
    ) -> Mapping[str, list[tuple[datetime, Channel]]]:
        """Address -> when something came from there, and on which channel."""
        found: dict[str, list[tuple[datetime, Channel]]] = defaultdict(list)
        for sender, at, channel in self._session.execute(
            select(Message.sender, Message.created_at, Message.channel).where(
                Message.workspace_id == self._id,
                Message.direction == Direction.INBOUND,
                Message.sender.in_(addresses),
                Message.created_at > self._since - WINDOW,
            )
        ):
            found[sender].append((at, Channel(channel)))
        return found

    def _words_of(self, addresses: Collection[str]) -> Mapping[str, list[Word]]:
        """Address -> its last words about being written to."""
        found: dict[str, list[Word]] = defaultdict(list)
        for address, at, channel, word in self._session.execute(
            select(ConsentRow.address, ConsentRow.at, ConsentRow.channel, ConsentRow.word).where(
                ConsentRow.workspace_id == self._id, ConsentRow.address.in_(addresses)
            )
        ):
            found[address].append(Word(at, channel, word))
        return found


def _rows(
    session: Session, table: type[R], workspace_id: str, ids: Collection[str | None]
) -> dict[str, R]:
    rows = session.scalars(
        select(table).where(table.workspace_id == workspace_id, table.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _known(call: Call) -> bool:
    """Nobody is addressed by a guess."""
    return call.identity == Identity.KNOWN and call.contact_id is not None


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
