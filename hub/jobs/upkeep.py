"""Finds again what is due and not done, and closes what never ended."""

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from hub.contract.events import CallEvent, Ending, Phase
from hub.crypto import Safe
from hub.db import Work
from hub.flow import calls
from hub.flow.turns import Talk
from hub.house import House
from hub.lines import load
from hub.metrics import JOBS, SCREENS, WAITING
from hub.models import Call, Contact, Import, Job, JobState, Line, SignIn, now
from hub.queue import put_again

EVERY = timedelta(minutes=1)
_STALE_IMPORT = timedelta(hours=1)
_STALE_UPLOAD = timedelta(hours=1)
_DONE_JOBS = timedelta(days=7)
_MOST = 200


async def upkeep(house: House) -> None:
    """One round: cheap, safe to run at any time and from several processes."""
    await house.db.write(_unsettled)
    await house.db.write(_sweep_out)
    await asyncio.to_thread(_throw_away, house.settings.data_dir / "uploads")
    hours = timedelta(hours=house.settings.lost_end_hours)
    for workspace_id, call_id in await house.db.read(_endless, hours):
        await house.db.write(
            close, house.safe, workspace_id, call_id, house.settings.settle_seconds
        )
    SCREENS.set(house.live.count())
    WAITING.set(house.db.waiting)
    for state, count in (await house.db.read(_job_states)).items():
        JOBS.labels(state).set(count)


def _endless(session: Session, hours: timedelta) -> list[tuple[str, str]]:
    found = session.execute(
        select(Call.workspace_id, Call.id)
        .where(Call.phase != Phase.ENDED, Call.started_at < now() - hours)
        .limit(_MOST)
    )
    return [(workspace_id, call_id) for workspace_id, call_id in found]


def close(work: Work, safe: Safe, workspace_id: str, call_id: str, settle_seconds: float) -> None:
    """End a call whose end never reached us; a real end that comes later still counts."""
    call = work.session.get_one(Call, (workspace_id, call_id))
    line = load(
        work.session,
        safe,
        (Line.workspace_id == workspace_id) & (Line.id == call.line_id),
        settle_seconds,
    )
    if line is None:
        return
    event = CallEvent(
        id="hub:lost-end",
        call_id=call.call_key,
        at=now(),
        phase=Phase.ENDED,
        ending=Ending.LOST_END,
    )
    calls.advance(work, [Talk(line=line, told=[(None, event)], at=now(), rings=False)])


def _unsettled(work: Work) -> None:
    """An ended call without its job cannot be, but if it is, it is found here."""
    job = exists().where(
        Job.workspace_id == Call.workspace_id, Job.kind == "settle", Job.key == Call.id
    )
    found = work.session.execute(
        select(Call.workspace_id, Call.id)
        .where(Call.phase == Phase.ENDED, Call.settled_at.is_(None), ~job)
        .limit(_MOST)
    ).all()
    for workspace_id, call_id in found:
        put_again(work, workspace_id, "settle", call_id)


def _sweep_out(work: Work) -> None:
    """Old sign-ins, finished jobs, and the half of an import that was cut off."""
    at = now()
    work.session.execute(delete(SignIn).where(SignIn.expires_at < at))
    work.session.execute(
        delete(Job).where(Job.state == JobState.DONE, Job.ended_at < at - _DONE_JOBS)
    )
    for run in work.session.scalars(
        select(Import).where(Import.state == "running", Import.started_at < at - _STALE_IMPORT)
    ):
        run.state, run.ended_at = "failed", at
        run.error = "the import was cut off; nothing of it was kept: start it again"
        work.session.execute(
            delete(Contact).where(
                Contact.workspace_id == run.workspace_id, Contact.staged == run.id
            )
        )


def _throw_away(uploads: Path) -> None:
    """Files of people whose columns nobody matched; one that is being imported is gone already."""
    oldest = (now() - _STALE_UPLOAD).timestamp()
    for path in uploads.glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _job_states(session: Session) -> dict[str, int]:
    counts = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {str(state): count for state, count in counts}
