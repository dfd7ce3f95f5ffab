"""The missed-call inbox: one entry per caller and line, until somebody deals with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db import Work
from hub.desk.errors import Conflict, NotFound
from hub.desk.signals import tell
from hub.desk.views import ContactBrief, brief
from hub.live import Topic
from hub.models import Call, Contact, Line, Missed, User, now

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedView:
    """An entry of the inbox; *reason* is that of the last call."""

    id: str
    line_id: str
    line_name: str
    caller: str
    caller_name: str | None
    contact: ContactBrief | None
    count: int
    first_at: datetime
    last_at: datetime
    last_call_id: str
    reason: str | None
    open: bool
    handled_at: datetime | None
    handled_by: str | None
    handled_how: str | None


def missed(
    session: Session, workspace_id: str, *, handled: bool = False, most: int = MOST
) -> list[MissedView]:
    """The open entries (with *handled*: the closed ones), newest first."""
    wanted = select(Missed).where(
        Missed.workspace_id == workspace_id,
        Missed.open.is_(None) if handled else Missed.open.is_(True),
    )
    rows = session.scalars(wanted.order_by(Missed.last_at.desc()).limit(most))
    return [_view(session, row) for row in rows]


def one(session: Session, workspace_id: str, missed_id: str) -> MissedView:
    """One entry; raises NotFound."""
    return _view(session, _row(session, workspace_id, missed_id))


def handle(
    work: Work, workspace_id: str, missed_id: str, user_id: str, *, undo: bool = False
) -> MissedView:
    """Close an entry by hand, or open it again; raises NotFound, Conflict."""
    found = _row(work.session, workspace_id, missed_id)
    if undo:
        _reopen(work.session, found)
    elif found.open:
        found.open, found.handled_at = None, now()
        found.handled_by, found.handled_how = user_id or None, "by_hand"
    work.session.flush()
    tell(work, workspace_id, Topic.MISSED)
    return _view(work.session, found)


def _reopen(session: Session, entry: Missed) -> None:
    newer = select(Missed.id).where(
        Missed.workspace_id == entry.workspace_id,
        Missed.line_id == entry.line_id,
        Missed.caller == entry.caller,
        Missed.open.is_(True),
        Missed.id != entry.id,
    )
    if session.scalar(newer):
        raise Conflict("this caller has a newer open entry: handle that one")
    entry.open, entry.handled_at, entry.handled_by, entry.handled_how = True, None, None, None


def _row(session: Session, workspace_id: str, missed_id: str) -> Missed:
    found = session.get(Missed, (workspace_id, missed_id))
    if found is None:
        raise NotFound(f"there is no missed call {missed_id!r}")
    return found


def _view(session: Session, row: Missed) -> MissedView:
    workspace_id = row.workspace_id
    call = session.get(Call, (workspace_id, row.last_call_id))
    line = session.get(Line, (workspace_id, row.line_id))
    contact = session.get(Contact, (workspace_id, row.contact_id)) if row.contact_id else None
    user = session.get(User, (workspace_id, row.handled_by)) if row.handled_by else None
    return MissedView(
        id=row.id,
        line_id=row.line_id,
        line_name=line.name if line else "",
        caller=row.caller,
        caller_name=call.caller_name if call else None,
        contact=brief(contact) if contact else None,
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
        last_call_id=row.last_call_id,
        reason=str(call.missed_reason) if call and call.missed_reason else None,
        open=bool(row.open),
        handled_at=row.handled_at,
        handled_by=user.email if user else row.handled_by,
        handled_how=row.handled_how,
    )
