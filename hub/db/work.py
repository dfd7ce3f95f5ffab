"""One transaction, and what to do once it is true."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from hub.models import Row


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
