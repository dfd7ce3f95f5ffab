"""The database: reading threads, one writing thread that commits in groups, and `Work`.

All code that touches tables is an ordinary function of a `Session` or a `Work`; it runs in a
thread and never on the event loop. Writes of a process go through one thread, which commits
whatever has gathered since its last commit as ONE transaction and then answers everybody
(`docs/decisions/0001-one-writer.md`). So SQLite never fights over its lock, and one sync of the
disk serves hundreds of webhooks in a storm.
"""

import asyncio
import hashlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from hub.contract.errors import HubError
from hub.models import Row

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
R = TypeVar("R")


class Away(HubError):
    """The database cannot be reached, or the waiting room is full: try again in a moment."""


_TOGETHER = 256
"""Writes that share one commit at most."""

_TRIES = 4
"""How often a transaction is begun that PostgreSQL undoes for another one's sake."""


def table_of(entity: type[Row]) -> Table:
    """The table behind *entity*, for statements over many rows."""
    table = entity.__table__
    assert isinstance(table, Table)  # noqa: S101 - says so to mypy
    return table


@cache
def _insert(entity: type[Row], keys: tuple[str, ...], dialect: str) -> ReturningInsert[Any]:
    table = table_of(entity)
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    columns = (table.c[key] for key in keys)
    found: ReturningInsert[Any] = insert.on_conflict_do_nothing(index_elements=keys).returning(
        *columns
    )
    return found


class Work:
    """One transaction, and what to do once it is true."""

    def __init__(self, session: Session) -> None:
        """Take the open *session*; whoever made it commits it."""
        self.session = session
        self.notes: list[object] = []

    def tell(self, note: object) -> None:
        """Hand *note* to the database's listener once the transaction is durable."""
        self.notes.append(note)

    @property
    def connection(self) -> Connection:
        """For statements over many rows, which need no objects; those that wait are written."""
        self.session.flush()
        return self.session.connection()

    def add(
        self, table: type[Row], rows: Sequence[dict[str, Any]], *keys: str
    ) -> set[tuple[Any, ...]]:
        """Insert *rows*, or nothing where *keys* are taken; gives the keys of those inserted."""
        if not rows:
            return set()
        connection = self.connection
        statement = _insert(table, keys, connection.dialect.name)
        return {tuple(row) for row in connection.execute(statement, list(rows))}

    def alone(self, *name: str) -> None:
        """Wait until nobody else is alone under *name*; then we are, until the commit.

        What is asked afterwards sees what they did. SQLite has one writer: he always is.
        """
        if self.connection.dialect.name == "postgresql":
            digest = hashlib.sha256("\0".join(name).encode()).digest()
            number = int.from_bytes(digest[:8], signed=True)
            self.session.execute(select(func.pg_advisory_xact_lock(number)))

    @contextmanager
    def part(self) -> Iterator[None]:
        """A savepoint: what fails inside is undone, what stands outside stays."""
        kept = len(self.notes)
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            del self.notes[kept:]
            raise


def _deaf(_note: object) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class _Ask:
    run: Callable[[Work], Any]
    batch: Callable[[Work, Sequence[Any]], Sequence[Any]] | None = None
    item: Any = None
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Any] | None = None
    result: Any = None
    error: BaseException | None = None
    notes: list[object] = field(default_factory=list)
    heard: Callable[[object], object] = _deaf


class Database:
    """One address, a pool of readers and one writer."""

    def __init__(self, url: str, *, readers: int = 4, room: int = 2048) -> None:
        """Connect lazily to *url*; *room* bounds the writes that may wait."""
        self.url = url
        self.engine = _engine(url, readers)
        self._for_writing = self.engine.execution_options(hub_writes=True)
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="db-read")
        self._waiting: queue.Queue[_Ask | None] = queue.Queue(room)
        self._writer = threading.Thread(target=self._write_all, name="db-write", daemon=True)
        self._closed = False
        self.listener: Callable[[object], object] = _deaf
        """Hears what `Work.tell` was given, on the event loop, once it is true."""

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run *function* with a session that only reads; raises Away."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self.read_now(function, *args, **kwargs)
        )

    def read_now(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `read`, in this thread (command line, tests)."""
        with _translated(), Session(self.engine) as session:
            return function(session, *args, **kwargs)

    async def write(
        self, function: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run *function* in the next group commit; returns once it is durable. Raises Away."""
        result: T = await self._asked(_Ask(lambda work: function(work, *args, **kwargs)))
        return result

    async def batch(
        self, function: Callable[[Work, Sequence[Item]], Sequence[R]], item: Item
    ) -> R:
        """Have *item* handled by *function* together with all others that wait for it."""
        ask = _Ask(lambda work: function(work, [item])[0], batch=function, item=item)
        result: R = await self._asked(ask)
        return result

    def write_now(
        self, function: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, in this thread and its own transaction (command line, tests)."""
        with _translated(), Session(self._for_writing) as session:
            work = Work(session)
            result = function(work, *args, **kwargs)
            session.commit()
        for note in work.notes:
            self.listener(note)
        return result

    async def close(self) -> None:
        """Finish what waits, then let go of all connections."""
        self._closed = True  # on the loop of those who ask: nobody slips in behind the last one
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """As `close`, in this thread."""
        self._closed = True
        if self._writer.is_alive():
            self._waiting.put(None)
            self._writer.join()
        self._readers.shutdown()
        self.engine.dispose()

    @property
    def waiting(self) -> int:
        """Writes that wait for their commit."""
        return self._waiting.qsize()

    async def _asked(self, ask: _Ask) -> Any:  # noqa: ANN401 - what the function gives
        if self._closed:
            raise Away("the hub is stopping")
        if not self._writer.is_alive():
            self._writer.start()
        ask.heard = self.listener
        ask.loop = asyncio.get_running_loop()
        ask.future = ask.loop.create_future()
        try:
            self._waiting.put_nowait(ask)
        except queue.Full:
            raise Away("too many requests wait for the database") from None
        return await ask.future

    def _write_all(self) -> None:
        while (first := self._waiting.get()) is not None:
            asks, stop = self._gathered(first)
            self._commit(asks)
            _answer(asks)
            if stop:
                break

    def _gathered(self, first: _Ask) -> tuple[list[_Ask], bool]:
        asks = [first]
        while len(asks) < _TOGETHER:
            try:
                ask = self._waiting.get_nowait()
            except queue.Empty:
                break
            if ask is None:
                return asks, True
            asks.append(ask)
        return asks, False

    def _commit(self, asks: list[_Ask]) -> None:
        """One transaction for all; whom another process stood in the way of, once more."""
        for tries_left in reversed(range(_TRIES)):
            try:
                self._commit_once(asks)
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait, not to the thread
                if tries_left and _is_clash(error.__cause__):
                    continue
                for ask in asks:
                    ask.error, ask.notes = error, []
            return

    def _commit_once(self, asks: list[_Ask]) -> None:
        for ask in asks:
            ask.result, ask.error, ask.notes = None, None, []
        with _translated(), Session(self._for_writing) as session:
            for group in _groups(asks):
                _run(session, group)
            session.commit()


def _groups(asks: Sequence[_Ask]) -> list[list[_Ask]]:
    """Neighbours of one batch function go together; order is kept."""
    groups: list[list[_Ask]] = []
    for ask in asks:
        if groups and ask.batch and groups[-1][0].batch is ask.batch:
            groups[-1].append(ask)
        else:
            groups.append([ask])
    return groups


def _run(session: Session, group: list[_Ask]) -> None:
    if len(group) > 1 and _run_together(session, group):
        return
    for ask in group:
        work = Work(session)
        try:
            with work.part():
                ask.result = ask.run(work)
            ask.notes = work.notes
        except BaseException as error:
            if is_away(error):
                raise
            ask.error = error


def _run_together(session: Session, group: list[_Ask]) -> bool:
    """All at once; if anything fails, nothing happened and each is tried alone."""
    work = Work(session)
    function = group[0].batch or (lambda work, items: [group[0].run(work) for _ in items])
    try:
        with work.part():
            results = function(work, [ask.item for ask in group])
    except Exception as error:
        if is_away(error):
            raise
        return False  # tried again one by one: the error then reaches its owner
    for ask, result in zip(group, results, strict=True):
        ask.result = result
    group[0].notes = work.notes
    return True


def _answer(asks: list[_Ask]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Ask]] = {}
    for ask in asks:
        if ask.loop is not None:
            by_loop.setdefault(ask.loop, []).append(ask)
    for loop, mine in by_loop.items():
        with suppress(RuntimeError):  # that loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, mine)


def _settle(asks: list[_Ask]) -> None:
    for ask in asks:
        if ask.future is not None and not ask.future.done():
            if ask.error is not None:
                ask.future.set_exception(ask.error)
            else:
                ask.future.set_result(ask.result)
    for ask in asks:
        for note in ask.notes:
            ask.heard(note)


def is_away(error: BaseException) -> bool:
    """Whether *error* is the database's fault and not that of who asked.

    A plain DatabaseError is SQLite's word for a damaged file. A transaction whose connection
    broke refuses all that follows by PendingRollbackError.
    """
    if isinstance(error, DBAPIError):
        return (
            isinstance(error, OperationalError)
            or type(error) is DatabaseError
            or error.connection_invalidated
        )
    return isinstance(error, PendingRollbackError)


def _is_clash(error: BaseException | None) -> bool:
    """Whether PostgreSQL undid a transaction only because of another one: nothing is wrong."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _CLASHES


_CLASHES = ("40001", "40P01")  # serialization_failure, deadlock_detected


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        if is_away(error):
            why = error.orig if isinstance(error, DBAPIError) else error
            raise Away(f"the database does not answer: {why}") from error
        raise


def _engine(url: str, readers: int) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_size=readers + 2, pool_pre_ping=True, connect_args={"connect_timeout": 5}
        )
    engine = create_engine(
        url, pool_size=readers + 2, connect_args={"check_same_thread": False, "timeout": 10}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    # A reader that later writes cannot wait for the lock: a writer takes it at the start.
    writes = connection.get_execution_options().get("hub_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = (
        None  # we say BEGIN ourselves: the driver's own guess breaks savepoints
    )
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL acknowledges before the sync: a power cut would lose calls
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def upgrade(url: str) -> None:
    """Bring the tables of *url* to the present shape."""
    root = Path(__file__).parent.parent / "alembic"
    config = Config()
    config.set_main_option("script_location", str(root))
    config.attributes["url"] = url
    command.upgrade(config, "head")
