"""Calls: find them, look at one, note what was said, take them home as CSV."""

import csv as format_
import io
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.events import MissedReason
from hub.db import Work
from hub.desk.choices import choose, unchoose
from hub.desk.deliveries import DeliveryView, of_call
from hub.desk.errors import NotFound
from hub.desk.filters import Filters, conditions
from hub.desk.missed import MissedView, handle, missed
from hub.desk.page import LIMIT, MOST, Page, before, page
from hub.desk.signals import tell
from hub.desk.views import CallView, assemble
from hub.desk.workspace import the_one
from hub.live import Topic
from hub.models import Call, now

__all__ = [
    "CallDetail",
    "CallView",
    "Filters",
    "MissedReason",
    "MissedView",
    "choose",
    "csv",
    "find",
    "handle",
    "missed",
    "note",
    "one",
    "unchoose",
]

MOST_NOTE = 10_000
_COLUMNS = (
    "id", "started_at", "direction", "caller", "called", "name", "company", "line", "agent",
    "outcome", "missed_reason", "ring_seconds", "wait_seconds", "talk_seconds", "disposition",
    "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetail:
    """A call, the raw deliveries that told of it, and the last other calls of the same person."""

    call: CallView
    deliveries: tuple[DeliveryView, ...]
    earlier: tuple[CallView, ...]


def find(
    session: Session,
    workspace_id: str,
    filters: Filters,
    cursor: str = "",
    limit: int = LIMIT,
    *,
    me: str = "",
) -> Page[CallView]:
    """Calls, newest first. *me* is the user behind `filters.mine`. Raises BadPayload."""
    region = the_one(session).region
    wanted = select(Call).where(*conditions(filters, workspace_id, region, me))
    if cursor:
        wanted = wanted.where(before(Call.started_at, Call.id, cursor))
    limit = max(1, min(limit, MOST))
    newest = wanted.order_by(Call.started_at.desc(), Call.id.desc()).limit(limit + 1)
    rows = page(
        session.scalars(newest).all(), limit, lambda call: (call.started_at.isoformat(), call.id)
    )
    return Page(items=tuple(assemble(session, workspace_id, rows.items)), next=rows.next)


def view(session: Session, workspace_id: str, call_id: str) -> CallView:
    """One call; raises NotFound."""
    return assemble(session, workspace_id, [row(session, workspace_id, call_id)])[0]


def one(session: Session, workspace_id: str, call_id: str, *, earlier: int = 5) -> CallDetail:
    """One call with its deliveries and the *earlier* calls of the person; raises NotFound."""
    found = view(session, workspace_id, call_id)
    return CallDetail(
        call=found,
        deliveries=tuple(of_call(session, workspace_id, found.line_id, found.call_key)),
        earlier=tuple(_earlier(session, workspace_id, found, earlier)),
    )


def row(session: Session, workspace_id: str, call_id: str) -> Call:
    """The table's row of a call; raises NotFound."""
    found = session.get(Call, (workspace_id, call_id))
    if found is None:
        raise NotFound(f"there is no call {call_id!r}")
    return found


def note(
    work: Work,
    workspace_id: str,
    call_id: str,
    *,
    note: str | None = None,
    disposition: str | None = None,
) -> CallView:
    """Write a note or a disposition (None leaves it); raises NotFound."""
    found = row(work.session, workspace_id, call_id)
    if note is not None:
        found.note = note[:MOST_NOTE]
    if disposition is not None:
        found.disposition = disposition[:200]
    found.changed_at = now()
    work.session.flush()
    tell(work, workspace_id, Topic.CALL, call_id)
    return view(work.session, workspace_id, call_id)


def csv(session: Session, workspace_id: str, filters: Filters, *, me: str = "") -> Iterator[str]:
    """All calls that *filters* let through, as CSV, page by page; the first line has the names."""
    yield _line(_COLUMNS)
    cursor: str | None = ""
    while cursor is not None:
        found = find(session, workspace_id, filters, cursor, MOST, me=me)
        yield "".join(_line(_cells(call)) for call in found.items)
        session.expunge_all()
        cursor = found.next


def _earlier(session: Session, workspace_id: str, call: CallView, most: int) -> list[CallView]:
    if call.contact is not None:
        same = Call.contact_id == call.contact.id
    elif call.other:
        same = (Call.caller == call.other) | (Call.called == call.other)
    else:
        return []
    wanted = (
        select(Call)
        .where(Call.workspace_id == workspace_id, same, Call.id != call.id)
        .where(Call.started_at <= call.started_at)
        .order_by(Call.started_at.desc())
        .limit(most)
    )
    return assemble(session, workspace_id, session.scalars(wanted).all())


def _cells(call: CallView) -> tuple[object, ...]:
    return (
        call.id, call.started_at.isoformat(), call.direction, call.caller, call.called,
        call.contact.name if call.contact else call.caller_name or "",
        call.contact.company if call.contact else "",
        call.line_name, call.agent or "", call.outcome or "", call.missed_reason or "",
        call.ring_seconds, call.wait_seconds, call.talk_seconds, call.disposition, call.note,
    )  # fmt: skip


def _line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    format_.writer(text).writerow([harmless(str(cell)) for cell in cells])
    return text.getvalue()


def harmless(text: str) -> str:
    """*text* as a spreadsheet takes it for text: a formula gets an apostrophe in front.

    A telephone number keeps its plus sign. https://owasp.org/www-community/attacks/CSV_Injection
    """
    number = text[:1] == "+" and text[1:].isdecimal()
    return f"'{text}" if text[:1] in "=+-@\t\r" and text and not number else text
