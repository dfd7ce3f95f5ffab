"""Which calls a list shows: what stands in the address of the page, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from hub.contract.errors import BadPayload
from hub.contract.events import Direction, MissedReason, Outcome
from hub.contract.phone import read
from hub.core.matching import Identity
from hub.models import Call, Contact, Leg, Missed, RemoteRef

E = TypeVar("E", bound=StrEnum)
MOST_TEXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All that are set must hold. *number* and *q* are read by the workspace's region.

    *agent_id* is who took the call or was rung; *mine* stands for the id of whoever asks.
    *unhandled*: missed, and its inbox entry is still open. *not_in_crm*: settled and of a known
    person, but written into no CRM. *since* is in, *until* is out.
    """

    direction: Direction | None = None
    outcome: Outcome | None = None
    missed_reason: MissedReason | None = None
    identity: Identity | None = None
    line_id: str = ""
    agent_id: str = ""
    contact_id: str = ""
    number: str = ""
    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unhandled: bool = False
    not_in_crm: bool = False
    mine: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, str], zone: str = "UTC") -> "Filters":
        """Read the parameters of an address; others are left alone.

        A bare date is a whole day in *zone*. Raises BadPayload with the parameter's name.
        """
        return cls(
            direction=_word(query, "direction", Direction),
            outcome=_word(query, "outcome", Outcome),
            missed_reason=_word(query, "missed_reason", MissedReason),
            identity=_word(query, "identity", Identity),
            line_id=_text(query, "line_id"),
            agent_id=_text(query, "agent_id"),
            contact_id=_text(query, "contact_id"),
            number=_text(query, "number"),
            q=_text(query, "q"),
            since=_moment(query, "since", zone, last=False),
            until=_moment(query, "until", zone, last=True),
            unhandled=flag(query, "unhandled"),
            not_in_crm=flag(query, "not_in_crm"),
            mine=flag(query, "mine"),
        )


def conditions(
    filters: Filters, workspace_id: str, region: str, me: str
) -> list[ColumnElement[bool]]:
    """What must hold for a row of `Call`; *me* is the id behind `mine`."""
    agent = me if filters.mine else filters.agent_id
    return [
        Call.workspace_id == workspace_id,
        *_equal(filters),
        *([Call.started_at >= filters.since] if filters.since else []),
        *([Call.started_at < filters.until] if filters.until else []),
        *([_concerns(agent)] if agent or filters.mine else []),
        *([_numbered(filters.number, region)] if filters.number else []),
        *([_speaks_of(filters.q, region)] if filters.q.strip() else []),
        *([_unhandled()] if filters.unhandled else []),
        *([_not_in_crm()] if filters.not_in_crm else []),
    ]


def _equal(filters: Filters) -> list[ColumnElement[bool]]:
    names = ("direction", "outcome", "missed_reason", "identity", "line_id", "contact_id")
    return [getattr(Call, name) == value for name in names if (value := getattr(filters, name))]


def _concerns(agent: str) -> ColumnElement[bool]:
    rung = exists().where(
        Leg.workspace_id == Call.workspace_id, Leg.call_id == Call.id, Leg.agent_id == agent
    )
    return or_(Call.agent_id == agent, rung)


def _numbered(number: str, region: str) -> ColumnElement[bool]:
    wanted = read(number, region=region).e164 or number.strip()
    return or_(Call.caller == wanted, Call.called == wanted)


def _speaks_of(text: str, region: str) -> ColumnElement[bool]:
    """A whole number is found by its index; part of one, or of a name, by looking."""
    if read(text, region=region).e164:
        return _numbered(text, region)
    folded = escaped(text.strip().casefold())
    people = select(Contact.id).where(
        Contact.workspace_id == Call.workspace_id, Contact.search.like(f"%{folded}%", escape="\\")
    )
    found = [
        Call.contact_id.in_(people),
        func.lower(Call.caller_name).like(f"%{folded}%", escape="\\"),
    ]
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if digits:
        found += [Call.caller.like(f"%{digits}%"), Call.called.like(f"%{digits}%")]
    return or_(*found)


def _unhandled() -> ColumnElement[bool]:
    waiting = exists().where(
        Missed.workspace_id == Call.workspace_id,
        Missed.line_id == Call.line_id,
        Missed.caller == Call.caller,
        Missed.open.is_(True),
    )
    return and_(Call.outcome == Outcome.MISSED, waiting)


def _not_in_crm() -> ColumnElement[bool]:
    written = exists().where(
        RemoteRef.workspace_id == Call.workspace_id,
        RemoteRef.call_id == Call.id,
        RemoteRef.state == "written",
    )
    known = Call.identity == Identity.KNOWN
    return and_(
        known, Call.settled_at.is_not(None), Call.direction != Direction.INTERNAL, ~written
    )


def escaped(text: str) -> str:
    """*text* for LIKE, with its own wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _text(query: Mapping[str, str], name: str) -> str:
    value = query.get(name, "")
    if len(value) > MOST_TEXT:
        raise BadPayload(f"is longer than {MOST_TEXT} characters", path=name)
    if "\x00" in value:
        raise BadPayload("holds a NUL character", path=name)
    return value


def _word(query: Mapping[str, str], name: str, words: type[E]) -> E | None:
    value = query.get(name, "")
    if not value:
        return None
    try:
        return words(value)
    except ValueError:
        raise BadPayload(f"is none of {', '.join(words)}", path=name) from None


def flag(query: Mapping[str, str], name: str) -> bool:
    """A yes or no of an address; raises BadPayload for anything else."""
    value = query.get(name, "")
    if value not in {"", "0", "1", "true", "false", "on"}:
        raise BadPayload("should be true or false", path=name)
    return value in {"1", "true", "on"}


def _moment(query: Mapping[str, str], name: str, zone: str, *, last: bool) -> datetime | None:
    text = _text(query, name).strip().replace(" ", "+")  # a plus sign that was not encoded
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text) + timedelta(days=1 if last else 0)
            return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadPayload("should be a day or an ISO 8601 time", path=name) from error
