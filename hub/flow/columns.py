"""A call and its legs as rows: what the fold says, in the words of our tables."""

from collections.abc import Mapping
from typing import Any

from hub.contract.events import Direction, LegKind
from hub.contract.phone import Caller, read
from hub.core import calls as core
from hub.core.matching import Match, match
from hub.db import Work
from hub.flow.turns import Turn
from hub.lines import Colleague, LineFacts
from hub.lookup import candidates, evidence
from hub.models import Call, now


def changes(work: Work, turn: Turn) -> Mapping[str, Any]:
    """What the call's row must say. Who the other side is, is asked when the number is news."""
    line, row, call = turn.talk.line, turn.row, turn.after
    found = _plain(line, call)
    other = "called" if call.direction is Direction.OUTBOUND else "caller"
    if turn.before is not None and found[other] == getattr(row, other):
        found |= {name: getattr(row, name) for name in ("identity", "contact_id", "evidence")}
    else:
        found |= _matched(identify(work, line, found[other]))
    return found | {"audience": _audience(line, row, call, rings=turn.talk.rings)}


def _plain(line: LineFacts, call: core.Call) -> dict[str, Any]:
    agent = line.colleague(call.agent)
    return {
        "direction": call.direction,
        "phase": call.phase,
        "caller": _address(read(call.caller, region=line.region)),
        "called": _address(read(call.called or line.number, region=line.region)),
        "caller_name": call.caller_name,
        "outcome": call.outcome,
        "missed_reason": call.missed_reason,
        "ending": call.ending,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "ring_seconds": call.ring_seconds,
        "wait_seconds": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "hold_seconds": call.hold_seconds,
        "total_seconds": call.total_seconds,
        "agent_id": agent.id if agent else None,
        "changed_at": now(),
    }


def _address(caller: Caller) -> str:
    """E.164 where there is one; nothing for a withheld number; else what the provider wrote."""
    return caller.e164 or ("" if caller.kind == "withheld" else caller.raw[:200])


def identify(work: Work, line: LineFacts, address: str) -> Match:
    """Who *address* is, by our own copy of the CRMs: one indexed query."""
    caller = read(address, region=line.region)
    return match(caller, candidates(work.session, line.workspace_id, caller))


def _matched(found: Match) -> dict[str, Any]:
    return {
        "identity": found.identity,
        "contact_id": found.contact_id,
        "evidence": evidence(found),
    }


def _audience(line: LineFacts, row: Call, call: core.Call, *, rings: bool) -> list[str]:
    """Whom the pop is for: those whose phones ring, as far as anybody tells."""
    legs = (leg for leg in call.legs if leg.kind is LegKind.AGENT)
    told_of = {person.id for leg in legs if (person := _person(line, leg))}
    if call.direction is Direction.INBOUND and call.verdict == "open" and (rings or not told_of):
        told_of |= {person.id for person in line.on_duty()}
        told_of |= set(row.audience) if rings else set()
    return sorted(told_of)


def _person(line: LineFacts, leg: core.Leg) -> Colleague | None:
    return line.colleague(leg.agent) or line.colleague(leg.number)


def leg(line: LineFacts, call_id: str, position: int, one: core.Leg) -> dict[str, Any]:
    """The row of *one*, the one at *position* of its call."""
    person = _person(line, one) if one.kind is LegKind.AGENT else None
    number = read(one.number, region=line.region).e164 if one.number else None
    return {
        "workspace_id": line.workspace_id,
        "call_id": call_id,
        "position": position,
        "leg_key": one.id,
        "kind": one.kind,
        "agent_id": person.id if person else None,
        "agent": one.agent,
        "number": number or one.number or (person.number if person else None),
        "phase": one.phase,
        "ending": one.ending,
        "started_at": one.started_at,
        "answered_at": one.answered_at,
        "ended_at": one.ended_at,
        "ring_seconds": one.ring_seconds,
        "talk_seconds": one.talk_seconds,
        "hold_seconds": one.hold_seconds,
        "replaces": one.replaces,
        "transfer": one.transfer,
    }
