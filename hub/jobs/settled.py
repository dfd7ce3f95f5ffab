"""A call has come to rest: it is counted, written into the CRMs, and the rules are asked."""

from typing import Any

from sqlalchemy import select

from hub import registry
from hub.contract.connectors import Ability
from hub.contract.events import Direction, Outcome, Phase
from hub.core.matching import Identity
from hub.db import Work
from hub.flow import missed
from hub.house import House
from hub.live import Signal, Topic
from hub.models import Call, Connection, Contact, FollowUp, Rule, new_id, now
from hub.queue import Claimed, put


async def settle(house: House, job: Claimed) -> None:
    """Run the steps for the call whose id is the job's key."""
    await house.db.write(settled, job.workspace_id, job.key)


def settled(work: Work, workspace_id: str, call_id: str) -> None:
    """What a settled call brings about; run again after late news, it only adds what is new."""
    call = work.session.get(Call, (workspace_id, call_id), with_for_update=True)
    if call is None or call.phase != Phase.ENDED:
        return  # it goes on after all: its end will put this job again
    _count(work, call)
    call.settled_at = call.settled_at or now()
    call.changed_at = now()
    if call.direction != Direction.INTERNAL:
        _log(work, call)
    if call.outcome == Outcome.MISSED:
        _ask_rules(work, call)
    work.tell(Signal(workspace_id=workspace_id, topic=Topic.CALL, subject=call_id))


def _count(work: Work, call: Call) -> None:
    """Keep the missed-call inbox right, also when news come late."""
    is_missed = call.outcome == Outcome.MISSED
    if is_missed and not call.counted and not missed.spoken_since(work, call):
        missed.opened(work, call)
        call.counted = True
    elif call.counted and not is_missed:
        missed.taken_back(work, call)
        call.counted = False


def _log(work: Work, call: Call) -> None:
    """One entry per CRM that knows the person; never on a guess."""
    if call.identity != Identity.KNOWN or call.contact_id is None:
        return
    contact = work.session.get_one(Contact, (call.workspace_id, call.contact_id))
    for connection in work.session.scalars(
        select(Connection).where(
            Connection.workspace_id == call.workspace_id,
            Connection.id == contact.connection_id,
            Connection.disabled_at.is_(None),
        )
    ):
        module = registry.connectors().get(connection.system)
        if module is not None and Ability.LOG_CALL in module.MANIFEST.abilities:
            put(work, call.workspace_id, "log_call", f"{connection.id}:{call.id}")


def _ask_rules(work: Work, call: Call) -> None:
    for rule in work.session.scalars(
        select(Rule).where(
            Rule.workspace_id == call.workspace_id,
            Rule.enabled.is_(True),
            Rule.published.is_not(None),
        )
    ):
        row: dict[str, Any] = {
            "workspace_id": call.workspace_id,
            "id": new_id(),
            "call_id": call.id,
            "rule_id": rule.id,
            "rule_number": rule.published,
            "state": "waiting",
            "due_at": now(),
            "reason": "",
            "trace": [],
        }
        if work.add(FollowUp, [row], "workspace_id", "call_id", "rule_id"):
            put(work, call.workspace_id, "follow_up", row["id"])
