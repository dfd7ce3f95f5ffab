"""Nobody here knows the number: every connected system is asked at once, and the pop fills in."""

import asyncio

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import registry
from hub.contract.connectors import Contact
from hub.contract.errors import HubError
from hub.contract.events import Direction
from hub.core.matching import Identity
from hub.db import Work
from hub.desk import mirror
from hub.house import House
from hub.jobs.doors import Doors
from hub.live import Signal, Topic
from hub.models import Call, Connection
from hub.queue import Claimed

log = structlog.get_logger()


class Finder:
    """The job `find`; its key is the call's id. Whoever is slow does not hold up the others."""

    def __init__(self, house: House, doors: Doors) -> None:
        """Ask through *doors*."""
        self._house = house
        self._doors = doors

    async def __call__(self, job: Claimed) -> None:
        """Ask all at once; what each finds is shown as it comes."""
        number, asked = await self._house.db.read(_whom, job.workspace_id, job.key)
        async with asyncio.TaskGroup() as group:
            for connection_id in asked:
                group.create_task(self._ask(job, connection_id, number))

    async def _ask(self, job: Claimed, connection_id: str, number: str) -> None:
        timeout = self._house.settings.remote_timeout
        try:
            door = await self._doors.open(job.workspace_id, connection_id)
            async with asyncio.timeout(timeout):
                people = await door.connector.find(number)
        except (HubError, TimeoutError) as error:
            # A system that is away costs this pop its knowledge, and nothing else.
            log.warning(
                "a system did not say who calls", connection=connection_id, error=str(error)
            )
            return
        if people:
            await self._house.db.write(_take, job.workspace_id, connection_id, job.key, people)


def _whom(session: Session, workspace_id: str, call_id: str) -> tuple[str, list[str]]:
    """The number of a caller whom nobody knows (yet), and the connections that may."""
    call = session.get(Call, (workspace_id, call_id))
    if call is None or call.identity is not Identity.UNKNOWN:
        return "", []
    number = call.called if call.direction is Direction.OUTBOUND else call.caller
    alive = select(Connection).where(
        Connection.workspace_id == workspace_id,
        Connection.disabled_at.is_(None),
        Connection.system.in_(registry.finders()),
    )
    return number, [one.id for one in session.scalars(alive)] if number.startswith("+") else []


def _take(
    work: Work, workspace_id: str, connection_id: str, call_id: str, people: list[Contact]
) -> None:
    for person in people:
        mirror.take(work, workspace_id, connection_id, person)
    call = work.session.get_one(Call, (workspace_id, call_id))
    audience = frozenset(call.audience)
    work.tell(
        Signal(workspace_id=workspace_id, topic=Topic.POP, subject=call_id, audience=audience)
    )
