"""A call goes on: its event set grows, it is folded again, and what follows falls out."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from hub.contract import events as told
from hub.contract.events import CallEvent, Direction, LegKind, Phase, RoutingEvent, TalkEvent
from hub.contract.phone import Caller, read
from hub.core import calls as core
from hub.core.matching import Identity, Match, match
from hub.db import Work
from hub.flow import answers, follow
from hub.lines import Colleague, LineFacts
from hub.lookup import candidates
from hub.models import Call, Event, Leg, Recording, new_id, now

_KEY = ("workspace_id", "line_id", "call_key")


def advance(
    work: Work,
    line: LineFacts,
    talk: Sequence[tuple[str | None, TalkEvent]],
    *,
    at: datetime,
    rings: bool,
    simulated: bool = False,
) -> str:
    """Add *talk*, pairs of (delivery id, event) of ONE call, and let follow what follows.

    *rings* says that the hub itself decides which phones ring. Gives the call's id.
    """
    key = talk[0][1].call_id
    row = _locked(work, line, key, at, simulated=simulated)
    old = _events(work, line, key)
    seen = {event.id for event in old}
    fresh = {
        event.id: (delivery, _heard(event, at)) for delivery, event in talk if event.id not in seen
    }
    if not fresh:
        return row.id
    routed = _routing(line, [*old, *(event for _, event in fresh.values())], at)
    if routed is not None:
        fresh[routed.id] = (None, routed)
    _keep(work, line, key, list(fresh.values()), at)
    before = core.fold(old, policy(line)) if old else None
    after = core.fold([*old, *(event for _, event in fresh.values())], policy(line))
    _write(work, line, row, before, after, rings=rings)
    follow.effects(work, line, row, (before, after), at)
    return row.id


def _heard(event: TalkEvent, at: datetime) -> TalkEvent:
    """Nothing happens after we have heard of it: a provider's clock that is ahead is put right."""
    return event if event.at <= at else replace(event, at=at)


def policy(line: LineFacts) -> core.Policy:
    """What the workspace has tuned."""
    given = {
        field.name: float(line.workspace[field.name])
        for field in fields(core.Policy)
        if field.name in line.workspace
    }
    return core.Policy(**given)


def _locked(work: Work, line: LineFacts, key: str, at: datetime, *, simulated: bool) -> Call:
    """The call's row, made if need be, and ours until the commit."""
    wanted = (
        select(Call)
        .where(
            Call.workspace_id == line.workspace_id, Call.line_id == line.id, Call.call_key == key
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = work.session.scalar(wanted)
    if row is None:
        work.add(Call, [_stub(line, key, at, simulated=simulated)], *_KEY)
        row = work.session.scalars(wanted).one()
    return row


def _stub(line: LineFacts, key: str, at: datetime, *, simulated: bool) -> dict[str, Any]:
    return {
        "workspace_id": line.workspace_id,
        "id": new_id(at.timestamp()),
        "line_id": line.id,
        "call_key": key,
        "direction": Direction.INBOUND,
        "phase": Phase.RINGING,
        "caller": "",
        "called": "",
        "started_at": at,
        "identity": Identity.UNKNOWN,
        "evidence": {},
        "audience": [],
        "note": "",
        "disposition": "",
        "changed_at": at,
        "counted": False,
        "simulated": simulated,
        **{f"{name}_seconds": 0.0 for name in ("ring", "wait", "talk", "hold", "total")},
    }


def _events(work: Work, line: LineFacts, key: str) -> list[TalkEvent]:
    bodies = work.session.scalars(
        select(Event.body).where(
            Event.workspace_id == line.workspace_id,
            Event.line_id == line.id,
            Event.call_key == key,
        )
    )
    found = (told.from_dict(body) for body in bodies)
    return [event for event in found if not isinstance(event, told.MessageEvent)]


def _keep(
    work: Work,
    line: LineFacts,
    key: str,
    fresh: Sequence[tuple[str | None, TalkEvent]],
    at: datetime,
) -> None:
    rows = [
        {
            "workspace_id": line.workspace_id,
            "id": new_id(),
            "line_id": line.id,
            "call_key": key,
            "event_key": event.id,
            "delivery_id": delivery,
            "received_at": at,
            "body": told.to_dict(event),
        }
        for delivery, event in fresh
    ]
    work.add(Event, rows, *_KEY, "event_key")


def _routing(line: LineFacts, events: Sequence[TalkEvent], at: datetime) -> RoutingEvent | None:
    """The hub's own verdict on an inbound call, made once, when its beginning is seen."""
    if any(isinstance(event, RoutingEvent) for event in events):
        return None
    for event in events:
        if isinstance(event, CallEvent) and event.direction is Direction.INBOUND:
            number = read(event.caller or "", region=line.region)
            decided = answers.verdict(line, number.e164 or event.caller or "", at)
            return RoutingEvent(
                id="hub:routing", call_id=event.call_id, at=event.at, verdict=decided
            )
    return None


def _write(
    work: Work,
    line: LineFacts,
    row: Call,
    before: core.Call | None,
    after: core.Call,
    *,
    rings: bool,
) -> None:
    changes = _plain(line, after)
    other = "called" if after.direction is Direction.OUTBOUND else "caller"
    if before is None or changes[other] != getattr(row, other):
        changes |= _matched(identify(work, line, changes[other]))
    changes["audience"] = _audience(line, row, after, rings=rings)
    for name, value in changes.items():
        setattr(row, name, value)
    work.session.flush()
    if before is None or before.legs != after.legs:
        _write_legs(work, line, row.id, after.legs)
    for recording in after.recordings:
        if before is None or recording not in before.recordings:
            _write_recording(work, line, row.id, recording)


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
        "evidence": {
            "why": found.evidence,
            "candidates": [
                {
                    "contact_id": one.contact_id,
                    "name": one.name,
                    "company": one.company,
                    "number": one.number,
                    "exact": one.exact,
                    "source": one.source,
                }
                for one in found.candidates[:9]
            ],
        },
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


def _write_legs(work: Work, line: LineFacts, call_id: str, legs: Sequence[core.Leg]) -> None:
    mine = (Leg.workspace_id == line.workspace_id, Leg.call_id == call_id)
    work.session.execute(delete(Leg).where(*mine))
    rows = [_leg(line, call_id, position, leg) for position, leg in enumerate(legs)]
    if rows:
        work.session.execute(insert(Leg), rows)


def _leg(line: LineFacts, call_id: str, position: int, leg: core.Leg) -> dict[str, Any]:
    person = _person(line, leg) if leg.kind is LegKind.AGENT else None
    number = read(leg.number, region=line.region).e164 if leg.number else None
    return {
        "workspace_id": line.workspace_id,
        "call_id": call_id,
        "position": position,
        "leg_key": leg.id,
        "kind": leg.kind,
        "agent_id": person.id if person else None,
        "agent": leg.agent,
        "number": number or leg.number or (person.number if person else None),
        "phase": leg.phase,
        "ending": leg.ending,
        "started_at": leg.started_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "ring_seconds": leg.ring_seconds,
        "talk_seconds": leg.talk_seconds,
        "hold_seconds": leg.hold_seconds,
        "replaces": leg.replaces,
        "transfer": leg.transfer,
    }


def _write_recording(work: Work, line: LineFacts, call_id: str, recording: core.Recording) -> None:
    row = {
        "workspace_id": line.workspace_id,
        "id": new_id(),
        "call_id": call_id,
        "recording_key": recording.id,
        "error": "",
        "kind": recording.kind,
        "state": recording.state,
    }
    work.add(Recording, [row], "workspace_id", "call_id", "recording_key")
    work.session.execute(
        update(Recording)
        .where(
            Recording.workspace_id == line.workspace_id,
            Recording.call_id == call_id,
            Recording.recording_key == recording.id,
        )
        .values(
            kind=recording.kind,
            state=recording.state,
            source_url=recording.url,
            seconds=recording.seconds,
            channels=recording.channels,
            transcript=recording.transcript,
        )
    )
