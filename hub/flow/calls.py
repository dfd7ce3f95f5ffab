"""Calls go on: their event sets grow, they are folded again, and what follows falls out.

All calls of a commit go together: one question per table for what is known of them, and one
statement per table for what is new. Asking each call's own questions one by one costs ten times
what folding them does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from hub.contract import events as told
from hub.contract.events import CallEvent, Direction, Phase, RoutingEvent, TalkEvent
from hub.contract.phone import read
from hub.core import calls as core
from hub.core.matching import Identity
from hub.db import Work, table_of
from hub.flow import answers, columns, follow
from hub.flow.turns import Talk, Turn
from hub.lines import LineFacts
from hub.models import Call, Event, Leg, Recording, new_id

_KEY = ("workspace_id", "line_id", "call_key")
_Key = tuple[str, str, str]


def _among(entity: type[Call | Event]) -> ColumnElement[bool]:
    """Rows of the keys, and perhaps of their cousins: SQLite finds no index for tuples."""
    columns_ = (getattr(entity, name) for name in _KEY)
    return and_(*(column.in_(bindparam(column.key, expanding=True)) for column in columns_))


# Composed once: composing a statement takes longer than running it.
_CALLS = (
    select(Call)
    .where(_among(Call))
    .order_by(Call.line_id, Call.call_key)  # two processes lock in the same order
    .with_for_update()
    .execution_options(populate_existing=True)
)
_EVENTS = select(Event.workspace_id, Event.line_id, Event.call_key, Event.body).where(
    _among(Event)
)


def advance(work: Work, talks: Sequence[Talk]) -> None:
    """Add what is told of the calls, each of which is in *talks* once; let follow what follows."""
    rows, known = _locked(work, talks), _events(work, talks)
    turns = [
        turn
        for talk in talks
        if (turn := _turn(talk, rows[talk.key], known.get(talk.key, []))) is not None
    ]
    _keep(work, turns)
    _write(work, turns)
    follow.effects(work, turns)


def _turn(talk: Talk, row: Call, old: Sequence[TalkEvent]) -> Turn | None:
    """What *talk* makes of the call; nothing when all of it is known."""
    seen, line = {event.id for event in old}, talk.line
    fresh: dict[str, tuple[str | None, TalkEvent]] = {
        event.id: (delivery, _heard(event, talk.at))
        for delivery, event in talk.told
        if event.id not in seen
    }
    if not fresh:
        return None
    routed = _routing(talk, [*old, *(event for _, event in fresh.values())])
    if routed is not None:
        fresh[routed.id] = (None, routed)
    return Turn(
        talk=talk,
        row=row,
        fresh=list(fresh.values()),
        before=core.fold(old, policy(line)) if old else None,
        after=core.fold([*old, *(event for _, event in fresh.values())], policy(line)),
    )


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


def _routing(talk: Talk, events: Sequence[TalkEvent]) -> RoutingEvent | None:
    """The hub's own verdict on an inbound call, made once, when its beginning is seen."""
    if any(isinstance(event, RoutingEvent) for event in events):
        return None
    for event in events:
        if isinstance(event, CallEvent) and event.direction is Direction.INBOUND:
            number = read(event.caller or "", region=talk.line.region).e164
            decided = answers.verdict(
                talk.line, number or event.caller or "", talk.at, rings=talk.rings
            )
            return RoutingEvent(
                id="hub:routing", call_id=event.call_id, at=event.at, verdict=decided
            )
    return None


# --- What is known ---


def _locked(work: Work, talks: Sequence[Talk]) -> Mapping[_Key, Call]:
    """The calls' rows, made if need be, and ours until the commit."""
    found = _rows(work, [talk.key for talk in talks])
    missing = [talk for talk in talks if talk.key not in found]
    if missing:
        work.add(Call, [_stub(talk) for talk in missing], *_KEY)
        found |= _rows(work, [talk.key for talk in missing])
    return found


def _rows(work: Work, keys: Sequence[_Key]) -> dict[_Key, Call]:
    rows = work.session.scalars(_CALLS, _parts(keys))
    return {(row.workspace_id, row.line_id, row.call_key): row for row in rows}


def _parts(keys: Sequence[_Key]) -> Mapping[str, Sequence[str]]:
    listed = (sorted(set(parts)) for parts in zip(*keys, strict=True))
    return dict(zip(_KEY, listed, strict=True))


def _stub(talk: Talk) -> dict[str, Any]:
    return {
        **dict(zip(_KEY, talk.key, strict=True)),
        "id": new_id(talk.at.timestamp()),
        "direction": Direction.INBOUND,
        "phase": Phase.RINGING,
        "caller": "",
        "called": "",
        "started_at": talk.at,
        "identity": Identity.UNKNOWN,
        "evidence": {},
        "audience": [],
        "note": "",
        "disposition": "",
        "changed_at": talk.at,
        "counted": False,
        "simulated": talk.simulated,
        **{f"{name}_seconds": 0.0 for name in ("ring", "wait", "talk", "hold", "total")},
    }


def _events(work: Work, talks: Sequence[Talk]) -> Mapping[_Key, list[TalkEvent]]:
    rows = work.session.execute(_EVENTS, _parts([talk.key for talk in talks]))
    found: dict[_Key, list[TalkEvent]] = defaultdict(list)
    for workspace_id, line_id, call_key, body in rows:
        event = told.from_dict(body)
        if not isinstance(event, told.MessageEvent):
            found[workspace_id, line_id, call_key].append(event)
    return found


# --- What is new ---


def _keep(work: Work, turns: Iterable[Turn]) -> None:
    rows = [
        {
            **dict(zip(_KEY, turn.talk.key, strict=True)),
            "id": new_id(),
            "event_key": event.id,
            "delivery_id": delivery,
            "received_at": turn.talk.at,
            "body": told.to_dict(event),
        }
        for turn in turns
        for delivery, event in turn.fresh
    ]
    work.add(Event, rows, *_KEY, "event_key")


def _write(work: Work, turns: Sequence[Turn]) -> None:
    _write_calls(work, turns)
    _write_legs(work, [turn for turn in turns if _moved(turn)])
    for turn in turns:
        before = turn.before.recordings if turn.before else ()
        for recording in turn.after.recordings:
            if recording not in before:
                _write_recording(work, turn, recording)


def _write_calls(work: Work, turns: Sequence[Turn]) -> None:
    rows = []
    for turn in turns:
        changes = columns.changes(work, turn)
        for name, value in changes.items():
            set_committed_value(turn.row, name, value)
        rows.append({"of": turn.row.workspace_id, "key": turn.row.id, **changes})
    if rows:
        calls = table_of(Call)
        mine = (calls.c.workspace_id == bindparam("of"), calls.c.id == bindparam("key"))
        work.connection.execute(update(calls).where(*mine), rows)


def _moved(turn: Turn) -> bool:
    return turn.after.legs != (turn.before.legs if turn.before else ())


def _write_legs(work: Work, turns: Sequence[Turn]) -> None:
    legs = table_of(Leg)
    mine = (legs.c.workspace_id == bindparam("of"), legs.c.call_id == bindparam("key"))
    old = [{"of": turn.row.workspace_id, "key": turn.row.id} for turn in turns if turn.before]
    if old:
        work.connection.execute(delete(legs).where(*mine), old)
    rows = [
        columns.leg(turn.talk.line, turn.row.id, position, leg)
        for turn in turns
        for position, leg in enumerate(turn.after.legs)
    ]
    if rows:
        work.connection.execute(insert(legs), rows)


def _write_recording(work: Work, turn: Turn, recording: core.Recording) -> None:
    name = {
        "workspace_id": turn.row.workspace_id,
        "call_id": turn.row.id,
        "recording_key": recording.id,
    }
    told_of = {"kind": recording.kind, "state": recording.state}
    work.add(Recording, [{**name, "id": new_id(), "error": "", **told_of}], *name)
    work.session.execute(
        update(Recording)
        .where(*(getattr(Recording, column) == value for column, value in name.items()))
        .values(
            **told_of,
            source_url=recording.url,
            seconds=recording.seconds,
            channels=recording.channels,
            transcript=recording.transcript,
        )
    )
