"""A database with one workspace, its phone book and a few people."""

from collections.abc import Iterator

import pytest

from hub.db import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close_now()
