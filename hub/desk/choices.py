"""An agent's word on who a number is, and what that changes in the calls we have."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from hub.contract.phone import read
from hub.core.matching import Identity, match
from hub.db import Work
from hub.desk.errors import Conflict, NotFound
from hub.desk.signals import tell
from hub.desk.views import other
from hub.live import Topic
from hub.lookup import candidates, evidence, key
from hub.models import Call, Choice, Contact, ContactPhone, Line, Missed, new_id, now

RECENT = timedelta(days=90)
"""Calls as old as this are matched again when a contact appears."""

UNSURE = (Identity.UNKNOWN, Identity.MAYBE)


def choose(work: Work, workspace_id: str, call_id: str, contact_id: str, by: str) -> None:
    """From now on the number behind the call is this contact; *by* is who said so.

    This and the number's other calls are matched again. Raises NotFound, and Conflict when the
    caller had no number.
    """
    call = _call(work, workspace_id, call_id)
    if not _visible(work, workspace_id, contact_id):
        raise NotFound(f"there is no contact {contact_id!r}")
    number = _number(work, call)
    work.session.execute(delete(Choice).where(*_mine(workspace_id, number)))
    work.session.add(
        Choice(workspace_id=workspace_id, id=new_id(), number=number, contact_id=contact_id, by=by)
    )
    work.session.flush()
    rematch_number(work, workspace_id, other(call))


def unchoose(work: Work, workspace_id: str, call_id: str) -> None:
    """Take the agent's word about the number of this call back; raises NotFound."""
    call = _call(work, workspace_id, call_id)
    work.session.execute(delete(Choice).where(*_mine(workspace_id, _number(work, call))))
    rematch_number(work, workspace_id, other(call))


def rematch_number(work: Work, workspace_id: str, number: str) -> int:
    """Match all recent calls with *number* again, however sure they were; gives how many."""
    return _rematch(work, workspace_id, _recent(work, workspace_id, [number], sure=True))


def rematch_numbers(work: Work, workspace_id: str, numbers: Iterable[str]) -> int:
    """Match recent calls with *numbers* (E.164) again of which we were not sure."""
    return _rematch(work, workspace_id, _recent(work, workspace_id, list(numbers), sure=False))


def rematch_contact(work: Work, workspace_id: str, contact_id: str) -> int:
    """Match the calls of a contact again, because it changed or is gone."""
    found = select(Call).where(Call.workspace_id == workspace_id, Call.contact_id == contact_id)
    return _rematch(work, workspace_id, work.session.scalars(found).all())


def rematch_after_import(work: Work, workspace_id: str, after: str, most: int) -> str | None:
    """Match up to *most* unsure recent calls again whose number somebody now has.

    *after* is the id of the last call done. Gives the id to go on with, None at the end.
    """
    owned = exists().where(
        ContactPhone.workspace_id == workspace_id,
        or_(ContactPhone.number == Call.caller, ContactPhone.number == Call.called),
    )
    wanted = (
        select(Call)
        .where(Call.workspace_id == workspace_id, Call.id > after, Call.identity.in_(UNSURE))
        .where(Call.started_at > now() - RECENT, owned)
        .order_by(Call.id)
        .limit(most)
    )
    found = work.session.scalars(wanted).all()
    _rematch(work, workspace_id, found)
    return found[-1].id if len(found) == most else None


def _recent(
    work: Work, workspace_id: str, numbers: Sequence[str], *, sure: bool
) -> Sequence[Call]:
    wanted = select(Call).where(
        Call.workspace_id == workspace_id,
        or_(Call.caller.in_(numbers), Call.called.in_(numbers)),
        Call.started_at > now() - RECENT,
    )
    if not sure:
        wanted = wanted.where(Call.identity.in_(UNSURE))
    return work.session.scalars(wanted).all() if numbers else []


def _rematch(work: Work, workspace_id: str, calls: Sequence[Call]) -> int:
    changed = 0
    for call in calls:
        caller = read(other(call), region=_region(work, call))
        found = match(caller, candidates(work.session, workspace_id, caller))
        if (call.identity, call.contact_id) == (found.identity, found.contact_id):
            continue
        call.identity, call.contact_id = found.identity, found.contact_id
        call.evidence, call.changed_at = evidence(found), now()
        _move_missed(work, call)
        tell(work, workspace_id, Topic.CALL, call.id)
        changed += 1
    work.session.flush()
    if changed:
        tell(work, workspace_id, Topic.MISSED)
    return changed


def _move_missed(work: Work, call: Call) -> None:
    work.session.execute(
        update(Missed)
        .where(
            Missed.workspace_id == call.workspace_id,
            Missed.line_id == call.line_id,
            Missed.caller == call.caller,
            Missed.open.is_(True),
        )
        .values(contact_id=call.contact_id)
    )


def _number(work: Work, call: Call) -> str:
    number = key(read(other(call), region=_region(work, call)))
    if not number:
        raise Conflict("this caller hid the number: nobody can be chosen for it")
    return number


def _region(work: Work, call: Call) -> str:
    return work.session.get_one(Line, (call.workspace_id, call.line_id)).region


def _mine(workspace_id: str, number: str) -> tuple[Any, ...]:
    return Choice.workspace_id == workspace_id, Choice.number == number


def _visible(work: Work, workspace_id: str, contact_id: str) -> bool:
    found = work.session.get(Contact, (workspace_id, contact_id))
    return found is not None and found.staged is None and found.deleted_at is None


def _call(work: Work, workspace_id: str, call_id: str) -> Call:
    found = work.session.get(Call, (workspace_id, call_id))
    if found is None:
        raise NotFound(f"there is no call {call_id!r}")
    return found
