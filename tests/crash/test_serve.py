"""`hub serve`, killed under load: what it acknowledged is there, and nothing is there twice."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.contract.scenarios import Send
from hub.models import Call, Delivery, Job, Missed
from hub.testing.stage import PUBLIC_URL, Stage, stage_on

ROUNDS, CLIENTS = 10, 4


async def test_what_a_killed_server_acknowledged_is_there_once(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "hub.sqlite3")
    async with stage_on(f"sqlite:///{tmp_path / 'hub.sqlite3'}", tmp_path) as stage:
        key = stage.line("generic")
        stories = Stories(stage, key)
        with ThreadPoolExecutor(CLIENTS) as pool:
            for _ in range(ROUNDS):
                killed_under_load(stage, stories, pool)
        with server(stage) as (address, _):
            stories.finish(address)
            wait_until_settled(stage)

        deliveries, calls, missed, settling = stage.house.db.read_now(count)

    assert stories.acknowledged > ROUNDS * 20
    assert deliveries == stories.requests
    assert calls == (len(stories.told), {"ended"}, {"missed"})
    assert missed == len(stories.told)
    assert settling == len(stories.told)


class Stories:
    """Missed calls, told by providers that repeat what was not acknowledged."""

    def __init__(self, stage: Stage, key: str) -> None:
        self._stage, self._key = stage, key
        self._open: list[list[Send]] = []
        self.told: list[list[Send]] = []
        self.acknowledged = 0

    @property
    def requests(self) -> int:
        return sum(map(len, self.told))

    def begin(self) -> list[Send]:
        """The requests of a call that nobody answers."""
        caller = f"+12025550{142 + len(self.told) % 10}"
        sends = self._stage.sends(self._key, "no_answer", caller=caller)
        self.told.append(sends)
        return list(sends)

    def tell(self, address: str, stop: Event) -> None:
        """Tell call after call until told to stop; what is cut off is told again later."""
        while not stop.is_set():
            story = self._open.pop() if self._open else self.begin()
            if not self.all_taken(address, story):
                self._open.append(story)
                return

    def all_taken(self, address: str, story: list[Send]) -> bool:
        """Deliver the rest of *story*; what was acknowledged is taken off it."""
        connection = HTTPConnection(address, timeout=10)
        try:
            while story:
                request = story[0].request
                path = request.url.removeprefix(PUBLIC_URL)
                connection.request(request.method, path, request.body, dict(request.headers))
                response = connection.getresponse()
                response.read()
                assert response.status < 300, response.status
                self.acknowledged += 1
                del story[0]
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        return True

    def finish(self, address: str) -> None:
        """What was cut off is told to its end, and all of it once more for good measure."""
        for story in [*self._open, *map(list, self.told[:50])]:
            assert self.all_taken(address, story)


def killed_under_load(stage: Stage, stories: Stories, pool: ThreadPoolExecutor) -> None:
    stop = Event()
    with server(stage) as (address, process):
        clients = [pool.submit(stories.tell, address, stop) for _ in range(CLIENTS)]
        time.sleep(0.2 + 0.4 * (len(stories.told) % 7) / 7)
        process.send_signal(signal.SIGKILL)
        process.wait()
        stop.set()
        for client in clients:
            client.result()


@contextmanager
def server(stage: Stage) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A running hub; gives its address and its process."""
    settings = stage.house.settings
    given = {
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_PUBLIC_URL": PUBLIC_URL,
        "HUB_SECRET_KEY": settings.secret_key,
        "HUB_SETTLE_SECONDS": "0",
        "HUB_LINE_RATE": "100000",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    main = "from hub.cli import main; main(['serve', '--port', '0'])"
    with subprocess.Popen(
        [sys.executable, "-c", main],
        env=os.environ | given,
        cwd=settings.data_dir,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        ready = process.stdout.readline()
        yield urlsplit(ready.split()[-1]).netloc, process
        process.kill()


def wait_until_settled(stage: Stage) -> None:
    for _ in range(200):
        if not stage.house.db.read_now(waiting):
            return
        time.sleep(0.1)
    raise AssertionError("the jobs do not come to an end")


def waiting(session: Session) -> int:
    alive = select(func.count()).select_from(Job).where(Job.state.in_(("ready", "running")))
    return session.scalar(alive) or 0


def count(session: Session) -> tuple[int, tuple[int, set[str], set[str | None]], int, int]:
    """Deliveries; calls with their phases and outcomes; missed calls counted; calls settled."""
    calls = session.scalars(select(Call)).all()
    return (
        session.scalar(select(func.count()).select_from(Delivery)) or 0,
        (len(calls), {call.phase for call in calls}, {call.outcome for call in calls}),
        session.scalar(select(func.sum(Missed.count))) or 0,
        sum(call.settled_at is not None for call in calls),
    )
