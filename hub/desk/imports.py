"""Takes in a file of people: nothing of it is seen before all of it is there.

Rows come in chunks, each its own transaction, so the hub's writer is never held up. New people
are kept with `staged` set, which hides them. A changed person is kept beside the one we have,
under a remote id that begins with the import's own. The last transaction makes the new ones
visible and moves the changed ones over. A file that broke off leaves hidden rows; the next
import, or the next step of the same, clears them away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from hub.contract.connectors import BadRow, Contact
from hub.db import Database, Work
from hub.desk.choices import rematch_after_import
from hub.desk.errors import Conflict, NotFound
from hub.desk.signals import tell
from hub.desk.staging import forget, keep, move_over
from hub.live import Topic
from hub.models import Contact as Row
from hub.models import Import, Workspace, new_id, now

CHUNK = 500
PIECE = 200
"""Of a chunk while the hub serves: a webhook may wait for one."""
MOST_BAD = 1000
CLEARED = 2000
REMATCHED = 200
SILENCE = timedelta(minutes=5)
"""An import that has told nothing for so long died with its process."""
Chunk = list[Contact | BadRow]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """How far an import is; *bad* has the first 1,000 rows that could not be taken."""

    id: str
    file_name: str
    state: str
    done: int
    made: int
    changed: int
    bad_count: int
    bad: tuple[BadRow, ...]
    error: str
    started_at: datetime
    ended_at: datetime | None


def _silent(_: ImportView) -> None:
    pass


class _Writing(Protocol):
    """`Database.write`, or what does the same at once."""

    async def __call__(
        self, function: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One file on its way into the phone book; the steps are transactions of their own.

    Use `run_now` where there is no event loop, `run` where there is one.
    """

    db: Database
    workspace_id: str
    file_name: str = ""
    progress: Callable[[ImportView], object] = field(default=_silent)

    def run_now(self, people: Iterable[Contact | BadRow]) -> ImportView:
        """Take *people* in, in this thread; raises what reading them raises, leaving nothing.

        Raises Conflict while another import is running.
        """
        id_, chunks = self.db.write_now(begin, self.workspace_id, self.file_name), _chunks(people)

        async def read() -> Chunk | None:
            return next(chunks, None)

        return _at_once(self._course(id_, read, self._write_here))

    async def run(self, people: Iterable[Contact | BadRow]) -> ImportView:
        """As `run_now`, by the hub's own writer, between the others; reads in other threads."""
        id_ = await self.db.write(begin, self.workspace_id, self.file_name)
        return await self.go_on(id_, people)

    async def go_on(self, id_: str, people: Iterable[Contact | BadRow]) -> ImportView:
        """The rest of `run`, for those who want the id first."""
        chunks = _chunks(people, PIECE)

        async def read() -> Chunk | None:
            return await asyncio.to_thread(next, chunks, None)

        return await self._course(id_, read, self.db.write)

    async def _write_here(
        self, function: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self.db.write_now(function, *args, **kwargs)

    async def _course(
        self, id_: str, read: Callable[[], Awaitable[Chunk | None]], write: _Writing
    ) -> ImportView:
        try:
            while await write(clear, self.workspace_id):
                pass  # what an import before left behind would stand in the way
            while chunk := await read():
                self.progress(await write(stage, self.workspace_id, id_, chunk))
        except BaseException as error:
            await write(fail, self.workspace_id, id_, str(error))
            while await write(clear, self.workspace_id):
                pass
            raise
        found = await write(finish, self.workspace_id, id_)
        after: str | None = ""
        while after is not None:
            after = await write(rematch_after_import, self.workspace_id, after, REMATCHED)
        return found


def _at_once(course: Coroutine[Any, Any, T]) -> T:
    """The end of a course that waits for nothing."""
    try:
        course.send(None)
    except StopIteration as end:
        found: T = end.value
        return found
    raise RuntimeError("this course waits: it needs an event loop")


def one(session: Session, workspace_id: str, import_id: str) -> ImportView:
    """How far an import is; raises NotFound."""
    return _view(_row(session, workspace_id, import_id))


def imports(session: Session, workspace_id: str, most: int = 20) -> list[ImportView]:
    """The last imports, newest first."""
    found = select(Import).where(Import.workspace_id == workspace_id)
    return [_view(row) for row in session.scalars(found.order_by(Import.id.desc()).limit(most))]


def begin(work: Work, workspace_id: str, file_name: str) -> str:
    """Start an import, gives its id; raises Conflict while another one is running.

    One that has been silent for a while is dead, and ends here.
    """
    # Of two that begin at the same moment in two processes, one waits here for the other.
    work.session.get_one(Workspace, workspace_id, with_for_update={"key_share": True})
    running = Import.workspace_id == workspace_id, Import.state == "running"
    work.session.execute(
        update(Import)
        .where(*running, Import.heard_at < now() - SILENCE)
        .values(state="failed", error="it broke off, and another was begun", ended_at=now())
    )
    if other := work.session.scalars(select(Import).where(*running)).first():
        since = other.started_at.strftime("%H:%M")
        raise Conflict(f"an import is running since {since} UTC: wait for it")
    row = Import(workspace_id=workspace_id, id=new_id(), file_name=file_name[:200], bad=[])
    work.session.add(row)
    work.session.flush()
    return row.id


def stage(
    work: Work, workspace_id: str, import_id: str, chunk: Sequence[Contact | BadRow]
) -> ImportView:
    """Keep a chunk of people, hidden; raises Conflict when it was taken for dead meanwhile."""
    row = _running(work.session, workspace_id, import_id)
    people = (one for one in chunk if isinstance(one, Contact))
    made, changed = keep(work.session, row, people)
    bad = [one for one in chunk if isinstance(one, BadRow)]
    row.bad = [*row.bad, *map(_plain, bad)][:MOST_BAD]
    row.bad_count += len(bad)
    if not row.done:
        # PostgreSQL knows nothing of a young table, and would read all of it for each chunk.
        work.session.execute(text("ANALYZE contact"))
    row.done += len(chunk)
    row.made, row.changed = row.made + made, row.changed + changed
    row.heard_at = now()
    work.session.flush()
    tell(work, workspace_id, Topic.IMPORT, import_id)
    return _view(row)


def finish(work: Work, workspace_id: str, import_id: str) -> ImportView:
    """Show all that was staged, in one transaction."""
    row = _running(work.session, workspace_id, import_id)
    if row.changed:
        move_over(work.session, workspace_id, import_id)
    work.session.execute(
        update(Row)
        .where(Row.workspace_id == workspace_id, Row.staged == import_id)
        .values(staged=None)
        .execution_options(synchronize_session=False)
    )
    row.state, row.ended_at = "done", now()
    work.session.flush()
    tell(work, workspace_id, Topic.IMPORT, import_id)
    return _view(row)


def fail(work: Work, workspace_id: str, import_id: str, error: str) -> None:
    """Note that it broke off, and why."""
    row = _row(work.session, workspace_id, import_id)
    if row.state == "running":
        row.state, row.error, row.ended_at = "failed", error[:500], now()
    tell(work, workspace_id, Topic.IMPORT, import_id)


def clear(work: Work, workspace_id: str) -> int:
    """Take away some of what broken imports left hidden; gives how many people."""
    alive = select(Import.id).where(Import.workspace_id == workspace_id, Import.state == "running")
    ids = work.session.scalars(
        select(Row.id)
        .where(Row.workspace_id == workspace_id, Row.staged.is_not(None))
        .where(Row.staged.not_in(alive))
        .limit(CLEARED)
    ).all()
    forget(work.session, workspace_id, ids)
    return len(ids)


def _chunks(people: Iterable[Contact | BadRow], size: int = CHUNK) -> Iterator[Chunk]:
    rest = iter(people)
    while chunk := list(islice(rest, size)):
        yield chunk


def _running(session: Session, workspace_id: str, import_id: str) -> Import:
    row = _row(session, workspace_id, import_id)
    if row.state != "running":
        raise Conflict(f"this import has ended: {row.error or row.state}")
    return row


def _row(session: Session, workspace_id: str, import_id: str) -> Import:
    found = session.get(Import, (workspace_id, import_id))
    if found is None:
        raise NotFound(f"there is no import {import_id!r}")
    return found


def _plain(bad: BadRow) -> dict[str, Any]:
    return {"line": bad.line, "reason": bad.reason, "text": bad.text[:200]}


def _view(row: Import) -> ImportView:
    return ImportView(
        id=row.id,
        file_name=row.file_name,
        state=row.state,
        done=row.done,
        made=row.made,
        changed=row.changed,
        bad_count=row.bad_count,
        bad=tuple(BadRow(**one) for one in row.bad),
        error=row.error,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
