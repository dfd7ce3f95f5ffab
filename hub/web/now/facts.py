"""What a pop shows, read in a handful of indexed questions while the phone rings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from hub.contract.connectors import Ability
from hub.contract.events import Direction, LegKind, MissedReason, Outcome, Phase
from hub.core.matching import Identity
from hub.desk.connections import with_ability
from hub.models import Call, Connection, Contact, Leg, Line, Message, Missed, User, now

ROWS = 4
"""Earlier calls and messages that a pop shows."""

LIVE = (Phase.STARTED, Phase.RINGING, Phase.ANSWERED, Phase.HELD, Phase.RESUMED)
LONGEST = timedelta(hours=12)
"""A call older than this is no longer shown as running: its end was lost."""
WRAP_UP = timedelta(minutes=15)
"""For so long after its end a call comes back to the agent who talked and reloads the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is calling, as one connected system knows them."""

    id: str
    name: str
    company: str
    title: str
    owner: str
    tags: tuple[str, ...]
    url: str
    known_from: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier call (*mark* comes from it) or message of the same number."""

    id: str
    at: datetime
    direction: Direction
    phase: Phase = Phase.ENDED
    outcome: Outcome | None = None
    missed_reason: MissedReason | None = None
    who: str = ""
    channel: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A leg, as far as a pop cares: whose it is and where it stands."""

    agent_id: str | None
    kind: LegKind
    phase: Phase
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One call as its pop needs it. *number* is the other side's; *names* are of colleagues."""

    id: str
    direction: Direction
    phase: Phase
    outcome: Outcome | None
    missed_reason: MissedReason | None
    number: str
    caller_name: str
    line_name: str
    line_number: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    identity: Identity
    candidates: Sequence[Mapping[str, Any]]
    person: Person | None
    chosen: bool
    agent_id: str | None
    agent_name: str
    audience: tuple[str, ...]
    note: str
    disposition: str
    branches: tuple[Branch, ...]
    past: tuple[Past, ...]
    times_before: int
    can_dial: bool


def read(session: Session, workspace_id: str, call_id: str) -> Facts | None:
    """The facts of a call; None when there is none."""
    row = session.execute(
        select(Call, Line.name, Contact, Connection.name, User.name, User.email)
        .join(Line, (Line.workspace_id == Call.workspace_id) & (Line.id == Call.line_id))
        .outerjoin(
            Contact,
            (Contact.workspace_id == Call.workspace_id) & (Contact.id == Call.contact_id),
        )
        .outerjoin(
            Connection,
            (Connection.workspace_id == Call.workspace_id)
            & (Connection.id == Contact.connection_id),
        )
        .outerjoin(User, (User.workspace_id == Call.workspace_id) & (User.id == Call.agent_id))
        .where(Call.workspace_id == workspace_id, Call.id == call_id)
    ).first()
    return _facts(session, row) if row else None


def _facts(session: Session, row: Row[*tuple[Any, ...]]) -> Facts:
    call: Call
    call, line_name, contact, known_from, agent_name, agent_email = tuple(row)
    number = call.called if call.direction is Direction.OUTBOUND else call.caller
    ours = call.caller if call.direction is Direction.OUTBOUND else call.called
    candidates = call.evidence.get("candidates", [])
    return Facts(
        id=call.id,
        direction=Direction(call.direction),
        phase=Phase(call.phase),
        outcome=call.outcome,
        missed_reason=call.missed_reason,
        number=number,
        caller_name=call.caller_name or "",
        line_name=line_name,
        line_number=ours,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        identity=Identity(call.identity),
        candidates=candidates,
        person=_person(contact, known_from or "") if contact else None,
        chosen=call.identity == Identity.KNOWN and len(candidates) > 1,
        agent_id=call.agent_id,
        agent_name=agent_name or agent_email or "",
        audience=tuple(call.audience),
        note=call.note,
        disposition=call.disposition,
        branches=_branches(session, call),
        past=_past(session, call, number),
        times_before=_times(session, call, number),
        can_dial=can_dial(session, call.workspace_id),
    )


def _person(contact: Contact, known_from: str) -> Person:
    return Person(
        id=contact.id,
        name=contact.name,
        company=contact.company,
        title=contact.title,
        owner=contact.owner,
        tags=tuple(str(tag) for tag in contact.tags[:6]),
        url=contact.url,
        known_from=known_from,
        as_of=contact.updated_at,
    )


def _branches(session: Session, call: Call) -> tuple[Branch, ...]:
    rows = session.execute(
        select(Leg.agent_id, Leg.kind, Leg.phase, Leg.answered_at).where(
            Leg.workspace_id == call.workspace_id, Leg.call_id == call.id
        )
    )
    return tuple(
        Branch(agent_id=agent, kind=LegKind(kind), phase=Phase(phase), answered_at=answered)
        for agent, kind, phase, answered in rows
    )


def _past(session: Session, call: Call, number: str) -> tuple[Past, ...]:
    """The last calls and messages, newest first; nothing about a caller without a number."""
    if not number:
        return ()
    found = [*_past_calls(session, call, number), *_past_messages(session, call, number)]
    return tuple(sorted(found, key=lambda past: past.at, reverse=True)[:ROWS])


def _past_calls(session: Session, call: Call, number: str) -> list[Past]:
    rows = session.execute(
        select(
            Call.id,
            Call.started_at,
            Call.direction,
            Call.phase,
            Call.outcome,
            Call.missed_reason,
            User.name,
        )
        .outerjoin(User, (User.workspace_id == Call.workspace_id) & (User.id == Call.agent_id))
        .where(Call.workspace_id == call.workspace_id, _with(number), Call.id != call.id)
        .where(Call.started_at <= call.started_at)
        .order_by(Call.started_at.desc())
        .limit(ROWS)
    )
    return [
        Past(
            id=id_,
            at=at,
            direction=Direction(direction),
            phase=Phase(phase),
            outcome=outcome,
            missed_reason=reason,
            who=who or "",
        )
        for id_, at, direction, phase, outcome, reason, who in rows
    ]


def _past_messages(session: Session, call: Call, number: str) -> list[Past]:
    rows = session.execute(
        select(Message.id, Message.created_at, Message.direction, Message.channel, Message.text)
        .where(
            Message.workspace_id == call.workspace_id,
            or_(Message.sender == number, Message.recipient == number),
        )
        .order_by(Message.created_at.desc())
        .limit(2)
    )
    return [
        Past(id=id_, at=at, direction=Direction(direction), channel=str(channel), text=text[:200])
        for id_, at, direction, channel, text in rows
    ]


def _times(session: Session, call: Call, number: str) -> int:
    if not number:
        return 0
    earlier = (
        select(Call.id)
        .where(Call.workspace_id == call.workspace_id, Call.caller == number)
        .where(Call.started_at <= call.started_at, Call.id != call.id)
        .limit(100)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(earlier)) or 0


def _with(number: str) -> ColumnElement[bool]:
    return or_(Call.caller == number, Call.called == number)


def concerning(
    session: Session, workspace_id: str, user_id: str, since: datetime | None
) -> list[str]:
    """Calls whose pop *user_id* should see now, oldest first.

    Those that ring or run, those that the user just talked in, and, on a reconnect, all that
    changed *since*: their pops have to say how it went.
    """
    moment = now()
    changed: list[ColumnElement[bool]] = [
        (Call.ended_at > moment - WRAP_UP) & (Call.agent_id == user_id),
    ]
    if since is not None:
        changed.append(Call.changed_at >= max(since, moment - WRAP_UP))
    live = Call.phase.in_(LIVE) & (Call.started_at > moment - LONGEST)
    rows = session.execute(
        select(Call.id, Call.audience)
        .where(Call.workspace_id == workspace_id, Call.started_at > moment - LONGEST)
        .where(or_(live, *changed))
        .order_by(Call.started_at.desc())
        .limit(200)
    ).all()
    return [id_ for id_, audience in reversed(rows) if user_id in audience]


def open_missed(session: Session, workspace_id: str) -> int:
    """Entries of the missed-call inbox that wait for somebody."""
    open_ = select(func.count()).select_from(Missed)
    mine = (Missed.workspace_id == workspace_id, Missed.open.is_(True))
    return session.scalar(open_.where(*mine)) or 0


def can_dial(session: Session, workspace_id: str) -> bool:
    """Whether any connection places calls for us."""
    return bool(with_ability(session, workspace_id, Ability.DIAL))
