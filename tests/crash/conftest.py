"""A stage whose jobs run in processes that can be killed, and time that can be made to pass."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
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
SETTINGS = {"remote_timeout": 0.5, "reconcile_seconds": 0}
HOUR = timedelta(hours=1)


@dataclass
class Mortal:
    """Processes that run what is due; see `runner.py`."""

    stage: Stage
    process: Process

    async def run(self, point: int = 0) -> dict[str, Any]:
        """Run in a new process, which is killed before its statement number *point*."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{point}\n".encode())
        answer = await self.process.stdout.readline()
        found: dict[str, Any] = json.loads(answer)
        return found

    async def recover(self) -> None:
        """Start processes anew, with hours between them, until nothing is left to do."""
        for _ in range(6):
            if not self.stage.house.db.write_now(let_time_pass):
                return
            assert (await self.run())["code"] == 0
        pytest.fail("the jobs do not come to an end")


def let_time_pass(work: Work) -> int:
    """As if an hour had gone by for all that is not done; gives how much that is."""
    alive = work.session.scalars(select(Job).where(Job.state.in_(("ready", "running")))).all()
    for job in alive:
        job.due_at -= HOUR
        job.lease_until = job.lease_until and job.lease_until - HOUR
    for message in work.session.scalars(select(Message).where(Message.tried_at.is_not(None))):
        message.tried_at -= HOUR
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
async def mortal(stage: Stage) -> AsyncIterator[Mortal]:
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
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | given,
        cwd=settings.data_dir,
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    yield Mortal(stage, process)
    assert process.stdin
    process.stdin.close()
    await process.wait()
