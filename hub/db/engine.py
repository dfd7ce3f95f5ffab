"""Connections to SQLite or PostgreSQL, and which of their errors mean that nobody answers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)

from hub.contract.errors import HubError


class Away(HubError):
    """The database cannot be reached, or the waiting room is full: try again in a moment."""


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


def is_clash(error: BaseException | None) -> bool:
    """Whether PostgreSQL undid a transaction only because of another one: nothing is wrong."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _CLASHES


_CLASHES = ("40001", "40P01")  # serialization_failure, deadlock_detected


@contextmanager
def translated() -> Iterator[None]:
    """Raise Away for whatever says that the database is not to be reached."""
    try:
        yield
    except SQLAlchemyError as error:
        if is_away(error):
            why = error.orig if isinstance(error, DBAPIError) else error
            raise Away(f"the database does not answer: {why}") from error
        raise


def make_engine(url: str, readers: int) -> Engine:
    """Connect lazily to *url*, for *readers* threads and one writer."""
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
    root = Path(__file__).parent.parent.parent / "alembic"
    config = Config()
    config.set_main_option("script_location", str(root))
    config.attributes["url"] = url
    command.upgrade(config, "head")
