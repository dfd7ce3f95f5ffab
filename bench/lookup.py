"""Who has this number? Our own question among a million people, beside a bare SELECT by index."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from bench.load import percentile
from bench.results import Row
from bench.stage import Stage, number, stage
from hub.contract.phone import Caller, CallerKind
from hub.lookup import candidates

QUICK = {"runs": 1, "contacts": 50_000, "asked": 2_000, "databases": ("sqlite",)}
FULL = {
    "runs": 3,
    "contacts": 1_000_000,
    "asked": 10_000,
    "databases": ("sqlite", "postgresql"),
}
T = TypeVar("T")
BARE = {
    "sqlite": "SELECT contact_id FROM contact_phone WHERE workspace_id = ? AND number = ?",
    "postgresql": "SELECT contact_id FROM contact_phone WHERE workspace_id = %s AND number = %s",
}


def measure(*, runs: int, contacts: int, asked: int, databases: Sequence[str]) -> Iterator[Row]:
    """Different numbers each time, all of them known; the cache of the database is warm."""
    for database in databases:
        with stage(database, contacts) as ready:
            for turn in range(runs + 1):
                rows = list(_round(ready, contacts, asked))
                if turn:  # the first one warms up
                    yield from rows


def _round(ready: Stage, contacts: int, asked: int) -> Iterator[Row]:
    numbers = [number(random.randrange(contacts)) for _ in range(asked)]
    callers = [Caller(raw=one, kind=CallerKind.NUMBER, e164=one, tail=one[-9:]) for one in numbers]
    what, workspace_id = f"look-up among {contacts:,}", ready.workspace_id
    with Session(ready.house.db.engine) as session:
        driver = session.connection().connection.cursor()
        statement = BARE[ready.database]

        def bare(one: str) -> object:
            driver.execute(statement, (workspace_id, one))
            return driver.fetchall()

        least = _times(bare, numbers)
        yield _row(what, f"bare SELECT, {ready.database}", least)
        ours = _times(lambda one: candidates(session, workspace_id, one), callers)
        yield _row(what, f"hub, {ready.database}", ours, least)


def _times(ask: Callable[[T], object], given: Sequence[T]) -> list[float]:
    found = []
    for one in given:
        began = time.perf_counter()
        if not ask(one):
            raise RuntimeError(f"{one} was not found")
        found.append((time.perf_counter() - began) * 1e3)
    return found


def _row(
    what: str, subject: str, times: Sequence[float], least: Sequence[float] | None = None
) -> Row:
    p50 = percentile(times, 0.5)
    return Row(
        what=what,
        subject=subject,
        p50=p50,
        p99=percentile(times, 0.99),
        ratio=p50 / percentile(least, 0.5) if least else None,
    )
