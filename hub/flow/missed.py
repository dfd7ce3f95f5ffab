"""The missed-call inbox: one open entry per caller and line, which closes itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from hub.contract.events import Direction, Outcome
from hub.db import Work
from hub.live import Signal, Topic
from hub.models import Call, Missed, new_id, now


def opened(work: Work, call: Call) -> None:
    """Count a missed *call* into its caller's entry, once per call."""
    if not work.add(Missed, [_entry(call)], "workspace_id", "line_id", "caller", "open"):
        entry = work.session.scalars(_open(call)).one()
        entry.count += 1
        if call.started_at >= entry.last_at:
            entry.last_at, entry.last_call_id = call.started_at, call.id
            entry.contact_id = call.contact_id or entry.contact_id
    work.session.flush()
    _told(work, call.workspace_id)


def taken_back(work: Work, call: Call) -> None:
    """Late news: *call*, counted as missed, was none after all."""
    entry = work.session.scalar(_open(call))
    if entry is not None and entry.count > 1:
        entry.count -= 1
    elif entry is not None:
        work.session.delete(entry)
    _told(work, call.workspace_id)


def reached(work: Work, call: Call) -> None:
    """Somebody talks with the other side of *call*: what they missed before is settled."""
    other = call.called if call.direction is Direction.OUTBOUND else call.caller
    if not other:
        return
    how = "called_back" if call.direction is Direction.OUTBOUND else "reached"
    entries = work.session.scalars(
        select(Missed)
        .where(
            Missed.workspace_id == call.workspace_id,
            Missed.caller == other,
            Missed.open.is_(True),
            Missed.last_at <= (call.answered_at or now()),
        )
        .order_by(Missed.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for entry in entries:
        close(work, entry, how, call.agent_id, call.answered_at)


def close(
    work: Work, entry: Missed, how: str, user_id: str | None, at: datetime | None = None
) -> None:
    """Close *entry*: *how* is by_hand, called_back or reached; *user_id* did it."""
    entry.open, entry.handled_how, entry.handled_by = None, how, user_id
    entry.handled_at = at or now()
    _told(work, entry.workspace_id)


def spoken_since(work: Work, call: Call) -> bool:
    """Whether the caller of *call* has been talked with since, either way."""
    if not call.caller:
        return False  # two who withhold their number are not one
    answered = select(Call.id).where(
        Call.workspace_id == call.workspace_id,
        Call.answered_at > call.started_at,
        Call.outcome.is_distinct_from(Outcome.MISSED),
    )
    ways = (Call.caller == call.caller, Call.called == call.caller)
    return any(work.session.scalar(answered.where(way).limit(1)) for way in ways)


def _open(call: Call) -> Select[Missed]:
    """The caller's open entry, ours until the commit."""
    return (
        select(Missed)
        .where(
            Missed.workspace_id == call.workspace_id,
            Missed.line_id == call.line_id,
            Missed.caller == call.caller,
            Missed.open.is_(True),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _entry(call: Call) -> dict[str, Any]:
    return {
        "workspace_id": call.workspace_id,
        "id": new_id(),
        "line_id": call.line_id,
        "caller": call.caller,
        "open": True,
        "count": 1,
        "first_at": call.started_at,
        "last_at": call.started_at,
        "last_call_id": call.id,
        "contact_id": call.contact_id,
    }


def _told(work: Work, workspace_id: str) -> None:
    work.tell(Signal(workspace_id=workspace_id, topic=Topic.MISSED))
