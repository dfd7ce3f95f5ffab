"""A stage whose jobs run in processes that can be killed, and time that can be made to pass."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.contract.twins import Running
from hub.db import Work
from hub.models import Job, Message
from hub.testing.stage import PUBLIC_URL, Stage, stage_on

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {"remote_timeout": 0.5, "reconcile_seconds": 0}
HOUR = timedelta(hours=1)
Run = Callable[[int], Awaitable[tuple[int, list[str]]]]


def let_time_pass(work: Work) -> int:
    """As if an hour had gone by for all that is not done; gives how much that is."""
    alive = work.session.scalars(select(Job).where(Job.state.in_(("ready", "running")))).all()
    for job in alive:
        job.due_at -= HOUR
        job.lease_until = job.lease_until and job.lease_until - HOUR
    for message in work.session.scalars(select(Message).where(Message.tried_at.is_not(None))):
        message.tried_at = message.tried_at and message.tried_at - HOUR
    return len(alive)


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_on(database_url, tmp_path, **SETTINGS) as stage:
        yield stage


@pytest.fixture
async def twilio(stage: Stage) -> AsyncIterator[Running]:
    async with stage.vendor("twilio") as running:
        yield running


@pytest.fixture
async def run(stage: Stage) -> AsyncIterator[Run]:
    """Runs what is due in a new process; see `runner.py`. Gives (exit code, statements)."""
    settings = stage.house.settings
    given = {
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_PUBLIC_URL": PUBLIC_URL,
        "HUB_SECRET_KEY": settings.secret_key,
        "HUB_SETTLE_SECONDS": "0",
        "HUB_RECONCILE_SECONDS": "0",
        "HUB_REMOTE_TIMEOUT": str(settings.remote_timeout),
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "runner.py"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=os.environ | given,
        cwd=settings.data_dir,
    )
    asked, told = process.stdin, process.stdout
    assert asked
    assert told
    assert await told.readline() == b"ready\n"

    async def in_a_process(point: int) -> tuple[int, list[str]]:
        asked.write(f"{point}\n".encode())
        ended = json.loads(await told.readline())
        return ended["code"], ended["statements"]

    yield in_a_process
    asked.close()
    await process.wait()


@pytest.fixture
def recover(stage: Stage, run: Run) -> Callable[[], Awaitable[None]]:
    """Starts processes anew, with hours between them, until nothing is left to do."""

    async def until_done() -> None:
        for _ in range(6):
            if not stage.house.db.write_now(let_time_pass):
                return
            assert (await run(0))[0] == 0
        pytest.fail("the jobs do not come to an end")

    return until_done
