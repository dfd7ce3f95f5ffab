"""Jobs: the table is the truth; the only file that would know a queue server.

A job is put in the transaction that makes it necessary, once per (kind, key). The runner of the
embedded default claims what is due, holds it by a lease that it renews, and writes the end only
if the lease is still its own: each claim has a token of its own, so a job that was moved while it
ran is fenced off even from the same runner. It wakes at the commit that made work, and sweeps in
case nobody rang: after a crash, what was running is taken again when its lease is over.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hub.contract.errors import RemoteUnavailable
from hub.db import Away, Database, Work
from hub.models import Attempt, Job, JobState, new_id, now

LEASE = timedelta(seconds=30)
TRIES = 12
log = structlog.get_logger()


class Later(Exception):
    """Raised by a handler that wants to be asked again at *due*; costs no try."""

    def __init__(self, due: datetime) -> None:
        """Keep the time to come back."""
        super().__init__(due.isoformat())
        self.due = due


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A job in somebody's hands. *again* says that an earlier holder may have begun it."""

    workspace_id: str
    id: str
    kind: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    attempts: int
    owner: str


Handler = Callable[[Claimed], Awaitable[None]]
"""Does a job. One with a method `buried(work, job, error)` is told, in the transaction that makes
the job dead, to say so where a person looks."""


class Ring:
    """The note that a job was put: whoever runs jobs may look at once."""


RING = Ring()


def put(
    work: Work,
    workspace_id: str,
    kind: str,
    key: str,
    *,
    due: datetime | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    """Have *kind* done for *key*, once ever, at *due*; the runner is rung after the commit."""
    row = _row(workspace_id, kind, key, due or now()) | {"payload": payload or {}}
    work.add(Job, [row], "workspace_id", "kind", "key")
    work.tell(RING)


def _row(workspace_id: str, kind: str, key: str, due: datetime) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "id": new_id(),
        "kind": kind,
        "key": key,
        "payload": {},
        "state": JobState.READY,
        "due_at": due,
        "attempts": 0,
        "error": "",
        "created_at": now(),
    }


def put_again(
    work: Work, workspace_id: str, kind: str, key: str, *, due: datetime | None = None
) -> None:
    """Put the job, or have it run (again) at *due*: who still runs it loses its lease."""
    put_all_again(work, [Wanted(workspace_id, kind, key, due or now())])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `put_again` is to put."""

    workspace_id: str
    kind: str
    key: str
    due: datetime


def put_all_again(work: Work, wanted: Sequence[Wanted]) -> None:
    """As `put_again`, for many."""
    last = {(one.workspace_id, one.kind, one.key): one for one in wanted}
    rows = [_row(*name, one.due) for name, one in last.items()]
    new = work.add(Job, rows, "workspace_id", "kind", "key")
    for one in (one for name, one in last.items() if name not in new):
        work.session.execute(
            update(Job)
            .where(Job.workspace_id == one.workspace_id, Job.kind == one.kind, Job.key == one.key)
            .values(
                state=JobState.READY,
                due_at=one.due,
                attempts=0,
                error="",
                ended_at=None,
                lease_owner=None,
                lease_until=None,
            )
        )
    if wanted:
        work.tell(RING)


class Queue:
    """Runs jobs in this process when told to."""

    def __init__(self, db: Database) -> None:
        """Use the tables of *db*."""
        self._db = db
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the runner of this process, if it has one."""
        self._rung.set()

    async def run(
        self,
        handlers: Mapping[str, Handler],
        *,
        sweep: float = 1.0,
        room: int = 32,
        patience: float = 10.0,
    ) -> None:
        """Run due jobs for ever, at most *room* at the same time; cancel to stop.

        Those that run then have *patience* seconds to come to their end.
        """
        runner = _Runner(self._db, handlers, room)
        try:
            while True:
                self._rung.clear()
                wait = await runner.round(sweep)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._rung.wait(), wait)
        finally:
            await runner.stop(patience)

    async def drain(self, handlers: Mapping[str, Handler], *, limit: int = 10_000) -> int:
        """Run all that is due now, and what that makes due; gives the number of jobs run."""
        runner, done = _Runner(self._db, handlers, 32), 0
        while done < limit:
            found = await self._db.write(_claim, 32, tuple(handlers))
            if not found:
                break
            await asyncio.gather(*(runner.one(job) for job in found))
            done += len(found)
        return done


class _Runner:
    def __init__(self, db: Database, handlers: Mapping[str, Handler], room: int) -> None:
        self._db = db
        self._handlers = handlers
        self._room = room
        self._running: set[asyncio.Task[None]] = set()

    async def round(self, sweep: float) -> float:
        """Claim and start what is due; gives the seconds until somebody should look again."""
        free = self._room - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 0
        try:
            due = await self._db.read(_next_due, tuple(self._handlers))
            if due is None or due > now():
                return min(sweep, (due - now()).total_seconds() if due else sweep)
            found = await self._db.write(_claim, free, tuple(self._handlers))
        except Away as error:
            log.warning("jobs wait for the database", error=str(error))
            return sweep
        for job in found:
            task = asyncio.create_task(self.one(job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return 0 if found else sweep

    async def stop(self, patience: float) -> None:
        """Let what runs come to its end for a while, then cancel it: its lease runs out."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def one(self, job: Claimed) -> None:
        """Run *job* and write how it ended, if it is still ours."""
        beat = asyncio.create_task(self._hold(job))
        began, handler = time.monotonic(), self._handlers[job.kind]
        try:
            verdict = await _verdict(handler, job)
        finally:
            beat.cancel()
        try:
            await self._db.write(_end, job, verdict, time.monotonic() - began, handler)
        except Away as error:
            log.warning("the end of a job is not written; its lease runs out", error=str(error))

    async def _hold(self, job: Claimed) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(Away):
                await self._db.write(_renew, job)


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: JobState
    due: datetime | None = None
    error: str = ""
    tried: bool = True


async def _verdict(handler: Handler, job: Claimed) -> _Verdict:
    if job.attempts > TRIES:
        return _Verdict(JobState.DEAD, error=f"whoever ran it died, {TRIES} times")
    try:
        await handler(job)
    except Later as later:  # not before now: or it would always be ahead of all others
        return _Verdict(JobState.READY, max(later.due, now()), tried=False)
    except Away as error:
        return _Verdict(JobState.READY, now() + timedelta(seconds=2), str(error), tried=False)
    except RemoteUnavailable as error:
        wait = error.retry_after if error.retry_after is not None else _backoff(job.attempts)
        return _again(job, str(error), wait)
    except Exception as error:  # a handler's bug must not stop the others
        log.exception("a job failed", kind=job.kind, key=job.key)
        return _again(job, f"{type(error).__name__}: {error}", _backoff(job.attempts))
    return _Verdict(JobState.DONE)


def _again(job: Claimed, error: str, wait: float) -> _Verdict:
    if job.attempts >= TRIES:
        return _Verdict(JobState.DEAD, None, error)
    return _Verdict(JobState.READY, now() + timedelta(seconds=wait), error)


def _backoff(attempts: int) -> float:
    """1, 2, 4 ... seconds up to an hour, with full jitter on the upper half."""
    ceiling = min(3600.0, 2.0 ** max(0, attempts - 1))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, guards nothing


def _next_due(session: Session, kinds: Sequence[str]) -> datetime | None:
    waiting = select(Job.due_at).where(Job.state == JobState.READY, Job.kind.in_(kinds))
    held = select(Job.lease_until).where(Job.state == JobState.RUNNING, Job.kind.in_(kinds))
    dues = (
        session.scalar(waiting.order_by(Job.due_at).limit(1)),
        session.scalar(held.order_by(Job.lease_until).limit(1)),
    )
    return min((due for due in dues if due is not None), default=None)


def _claim(work: Work, room: int, kinds: Sequence[str]) -> list[Claimed]:
    """Take up to *room* jobs that are due, or whose holder has gone silent."""
    at, owner = now(), new_id()
    due = (Job.state == JobState.READY) & (Job.due_at <= at)
    lost = (Job.state == JobState.RUNNING) & (Job.lease_until < at)
    found = work.session.scalars(
        select(Job)
        .where(due | lost, Job.kind.in_(kinds))
        .order_by(Job.due_at)
        .limit(room)
        .with_for_update(skip_locked=True)
    ).all()
    for job in found:
        job.state, job.lease_owner, job.lease_until = JobState.RUNNING, owner, at + LEASE
        job.attempts += 1
    return [_claimed(job, owner) for job in found]


def _claimed(job: Job, owner: str) -> Claimed:
    return Claimed(
        workspace_id=job.workspace_id,
        id=job.id,
        kind=job.kind,
        key=job.key,
        payload=dict(job.payload),
        attempts=job.attempts,
        owner=owner,
    )


def _mine(job: Claimed) -> tuple[Any, ...]:
    return (
        Job.workspace_id == job.workspace_id,
        Job.id == job.id,
        Job.state == JobState.RUNNING,
        Job.lease_owner == job.owner,
    )


def _renew(work: Work, job: Claimed) -> None:
    work.session.execute(update(Job).where(*_mine(job)).values(lease_until=now() + LEASE))


def _end(work: Work, job: Claimed, verdict: _Verdict, seconds: float, handler: Handler) -> None:
    """Write the end, fenced: a job that was taken from us, or moved, is left alone."""
    ended = now() if verdict.state in (JobState.DONE, JobState.DEAD) else None
    changes = {
        "state": verdict.state,
        "due_at": verdict.due or now(),
        "error": verdict.error[:2000],
        "lease_owner": None,
        "lease_until": None,
        "ended_at": ended,
        "attempts": job.attempts if verdict.tried else job.attempts - 1,
    }
    ours = update(Job).where(*_mine(job)).values(changes).returning(Job.id)
    if work.session.scalar(ours) is None:
        return
    if verdict.state is JobState.DEAD and hasattr(handler, "buried"):
        handler.buried(work, job, verdict.error)
    if verdict.error:
        work.session.add(
            Attempt(
                workspace_id=job.workspace_id,
                job_id=job.id,
                number=job.attempts,
                seconds=seconds,
                outcome=verdict.state,
                error=verdict.error[:2000],
            )
        )
