"""A database with one workspace and its phone book."""

from collections.abc import Iterator

import pytest

from hub.db import Database
from hub.desk import workspace


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close_now()


@pytest.fixture
def ws(db: Database) -> str:
    return db.write_now(workspace.ensure_id)
