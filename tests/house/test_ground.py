"""The ground that the other tests stand on (tests/conftest.py) holds."""

import socket
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect, text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOT_HERE = "192.0.2.1"  # TEST-NET-1 (RFC 5737): nobody's address


def test_a_connection_to_the_world_is_refused() -> None:
    with closing(socket.socket()) as sock, pytest.raises(RuntimeError, match="this machine alone"):
        sock.connect((NOT_HERE, 80))


def test_a_name_of_the_world_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="this machine alone"):
        socket.getaddrinfo("vendor.example", 443)


def test_a_connection_to_this_machine_is_made() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        with closing(socket.create_connection(server.getsockname())) as client:
            peer = client.getpeername()

        assert peer == server.getsockname()


@pytest.mark.parametrize("round_", ["first", "second"])
def test_every_test_has_an_empty_migrated_database_of_its_own(
    database_url: str, round_: str
) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        tables = inspect(connection).get_table_names()
        connection.execute(text("CREATE TABLE left_behind (id integer)"))
    engine.dispose()

    assert "alembic_version" in tables, round_
    assert "left_behind" not in tables, round_


@pytest.mark.parametrize("round_", ["first", "second"])
def test_every_test_has_an_empty_redis(redis_url: str, round_: str) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as sock:
        sock.connect(redis_url.removeprefix("unix://"))
        sock.sendall(b"DBSIZE\r\nSET left behind\r\n")

        assert sock.recv(64).startswith(b":0"), round_


async def test_an_async_test_runs_beside_the_browser() -> None:
    """Playwright's loop must be out of the way by then, whatever the order."""


def test_the_browser_reads_a_page_of_this_machine(browser: "Browser", tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<title>Pronto?</title>", "utf-8")

    with browser.new_page() as tab:
        tab.goto(page.as_uri())

        assert tab.title() == "Pronto?"
