"""The database: reading threads, one writing thread that commits in groups, and `Work`.

All code that touches tables is an ordinary function of a `Session` or a `Work`; it runs in a
thread and never on the event loop. Writes of a process go through one thread, which commits
whatever has gathered since its last commit as ONE transaction and then answers everybody
(`docs/decisions/0001-one-writer.md`). So SQLite never fights over its lock, and one sync of the
disk serves hundreds of webhooks in a storm.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from hub.db.engine import Away, is_away, is_clash, make_engine, translated, upgrade
from hub.db.work import Work, table_of

__all__ = ["Away", "Database", "Work", "is_away", "table_of", "upgrade"]

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
R = TypeVar("R")

_TOGETHER = 256
"""Writes that share one commit at most."""

_TRIES = 4
"""How often a transaction is begun that PostgreSQL undoes for another one's sake."""


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
        self.engine = make_engine(url, readers)
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
        with translated(), Session(self.engine) as session:
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
        with translated(), Session(self._for_writing) as session:
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
                if tries_left and is_clash(error.__cause__):
                    continue
                for ask in asks:
                    ask.error, ask.notes = error, []
            return

    def _commit_once(self, asks: list[_Ask]) -> None:
        for ask in asks:
            ask.result, ask.error, ask.notes = None, None, []
        with translated(), Session(self._for_writing) as session:
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
