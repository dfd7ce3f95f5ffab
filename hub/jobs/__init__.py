"""What the runner does: one small class or function per kind of job."""

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog
from sqlalchemy import update

from hub.db import Away, Work
from hub.house import House
from hub.jobs.crm import Logger
from hub.jobs.doors import Doors
from hub.jobs.followups import Decider
from hub.jobs.found import Finder
from hub.jobs.recordings import Fetcher
from hub.jobs.send import Sender
from hub.jobs.settled import settle
from hub.jobs.upkeep import EVERY, upkeep
from hub.models import Job, JobState
from hub.queue import Handler

log = structlog.get_logger()


def doors(house: House) -> Doors:
    """The connectors that jobs of *house* use."""
    return Doors(
        house.db,
        house.safe,
        public_url=house.settings.public_url,
        timeout=house.settings.remote_timeout,
    )


def handlers(house: House, opened: Doors) -> Mapping[str, Handler]:
    """Kind of job -> who does it."""
    return {
        "find": Finder(house, opened),
        "settle": partial(settle, house),
        "follow_up": Decider(house),
        "send": Sender(house, opened),
        "fetch": Fetcher(house, opened),
        "log_call": Logger(house, opened),
    }


async def run(house: House) -> None:
    """Run jobs and upkeep in this process for ever; cancel to stop."""
    opened = doors(house)
    keeper = asyncio.create_task(_keep_up(house))
    try:
        await house.queue.run(handlers(house, opened), sweep=house.settings.sweep_seconds)
    finally:
        keeper.cancel()
        await opened.close()


async def _keep_up(house: House) -> None:
    while True:
        try:
            await upkeep(house)
        except Away as error:
            log.warning("upkeep waits for the database", error=str(error))
        except Exception:  # one call that cannot be closed must not end upkeep for good
            log.exception("a round of upkeep failed")
        await asyncio.sleep(EVERY.total_seconds())


def take_back(work: Work) -> None:
    """At the start of the only process: what was running when the last one died is free again."""
    if work.session.get_bind().dialect.name == "sqlite":
        work.session.execute(
            update(Job)
            .where(Job.state == JobState.RUNNING)
            .values(state=JobState.READY, lease_owner=None, lease_until=None)
        )
