"""Writes settled calls into the CRMs, once each: the only caller of that ability."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.connectors import LoggedCall, RemoteRef
from hub.contract.errors import RemoteRefused
from hub.contract.events import Direction, Outcome
from hub.contract.phone import read
from hub.db import Work
from hub.desk import connections
from hub.desk.errors import NotFound
from hub.desk.shelf import Shelf
from hub.house import House
from hub.jobs.doors import Doors
from hub.live import Signal, Topic
from hub.models import Call, Contact, Line, Recording, User, new_id, now
from hub.models import RemoteRef as Ref
from hub.queue import Claimed

_KIND = "call"


@dataclass(frozen=True, slots=True)
class _Written:
    """What there is to write, and what is already there."""

    call: LoggedCall
    done: bool


class Logger:
    """The job `log_call`; its key is `connection id:call id`."""

    def __init__(self, house: House, doors: Doors) -> None:
        """Write through *doors*."""
        self._house = house
        self._doors = doors

    async def __call__(self, job: Claimed) -> None:
        """Commit the intent, write the call, keep what came of it."""
        connection_id, _, call_id = job.key.partition(":")
        public = self._house.settings.public_url
        todo = await self._house.db.write(
            _intend, job.workspace_id, connection_id, call_id, public
        )
        if todo.done:
            return
        shelf = Shelf(self._house.db, job.workspace_id, connection_id)
        door = await self._doors.open(job.workspace_id, connection_id, shelf)
        keys = (job.workspace_id, connection_id, call_id)
        try:
            ref = await door.connector.log_call(todo.call)
        except (RemoteRefused, NotFound) as error:
            await self._house.db.write(_settle, keys, None, str(error))
            return
        await self._house.db.write(_settle, keys, ref, "")

    def buried(self, work: Work, job: Claimed, error: str) -> None:
        """Nobody will try again: say so on the call's CRM mark."""
        connection_id, _, call_id = job.key.partition(":")
        _settle(work, (job.workspace_id, connection_id, call_id), None, f"gave up: {error}")


def _intend(
    work: Work, workspace_id: str, connection_id: str, call_id: str, public_url: str
) -> _Written:
    row = {
        "workspace_id": workspace_id,
        "id": new_id(),
        "connection_id": connection_id,
        "call_id": call_id,
        "kind": _KIND,
        "state": "intended",
        "remote_id": "",
        "url": "",
        "error": "",
        "changed_at": now(),
    }
    work.add(Ref, [row], "workspace_id", "connection_id", "call_id", "kind")
    ref = _ref(work, workspace_id, connection_id, call_id)
    call = work.session.get_one(Call, (workspace_id, call_id))
    return _Written(_logged(work.session, call, public_url), ref.state == "written")


def _ref(work: Work, workspace_id: str, connection_id: str, call_id: str) -> Ref:
    return work.session.scalars(
        select(Ref).where(
            Ref.workspace_id == workspace_id,
            Ref.connection_id == connection_id,
            Ref.call_id == call_id,
            Ref.kind == _KIND,
        )
    ).one()


def _settle(work: Work, keys: tuple[str, str, str], made: RemoteRef | None, error: str) -> None:
    ref = _ref(work, *keys)
    ref.state, ref.error = ("written" if made else "failed"), error[:500]
    ref.remote_id, ref.url = (made.remote_id, made.url) if made else ("", "")
    ref.changed_at = now()
    if made:
        connections.mark(work, ref.workspace_id, ref.connection_id)
    work.tell(Signal(workspace_id=ref.workspace_id, topic=Topic.CALL, subject=ref.call_id))


def _logged(session: Session, call: Call, public_url: str) -> LoggedCall:
    line = session.get_one(Line, (call.workspace_id, call.line_id))
    agent = session.get(User, (call.workspace_id, call.agent_id)) if call.agent_id else None
    contact = session.get_one(Contact, (call.workspace_id, call.contact_id))
    other = call.called if call.direction == Direction.OUTBOUND else call.caller
    url = f"{public_url}/calls/{call.id}"
    return LoggedCall(
        ref=call.id,
        direction=call.direction,
        outcome=call.outcome or Outcome.FAILED,
        missed_reason=call.missed_reason,
        number=other,
        line=line.name,
        agent=(agent.name or agent.email) if agent else "",
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        talk_seconds=call.talk_seconds,
        wait_seconds=call.wait_seconds,
        subject=_subject(call, line, other),
        note=call.note,
        disposition=call.disposition,
        contact_id=contact.remote_id,
        recording_url=url if _is_recorded(session, call) else "",
        url=url,
    )


def _subject(call: Call, line: Line, other: str) -> str:
    number = read(other, region=line.region).display
    way = "Call to" if call.direction == Direction.OUTBOUND else "Call from"
    what = "Missed call from" if call.outcome == Outcome.MISSED else way
    return f"{what} {number} ({line.name})"


def _is_recorded(session: Session, call: Call) -> bool:
    found = select(Recording.id).where(
        Recording.workspace_id == call.workspace_id, Recording.call_id == call.id
    )
    return session.scalar(found.limit(1)) is not None
