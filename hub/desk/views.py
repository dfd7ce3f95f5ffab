"""Calls and messages as values, with all that belongs to them: lists and details share them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hub.desk.shown import (
    CallView,
    ContactBrief,
    FollowUpView,
    LegView,
    MessageView,
    RecordingView,
    RefView,
    StepView,
)
from hub.models import (
    Call,
    Connection,
    Contact,
    FollowUp,
    Leg,
    Line,
    Message,
    Recording,
    RemoteRef,
    Rule,
    User,
)

R = TypeVar("R")


__all__ = [
    "CallView",
    "ContactBrief",
    "FollowUpView",
    "LegView",
    "MessageView",
    "RecordingView",
    "RefView",
    "StepView",
    "assemble",
    "brief",
    "message",
    "other",
    "recording",
]


def assemble(session: Session, workspace_id: str, calls: Sequence[Call]) -> list[CallView]:
    """*calls* with all that belongs to them, in a fixed number of questions."""
    if not calls:
        return []
    ids = [call.id for call in calls]
    parts = _Parts(
        lines=_named(session, Line, workspace_id, (call.line_id for call in calls)),
        people=_people(session, workspace_id),
        contacts=_named(session, Contact, workspace_id, (call.contact_id for call in calls)),
        legs=_grouped(session, Leg, workspace_id, ids, Leg.position),
        recordings=_grouped(session, Recording, workspace_id, ids, Recording.id),
        messages=_grouped(session, Message, workspace_id, ids, Message.created_at),
        follow_ups=_grouped(session, FollowUp, workspace_id, ids, FollowUp.id),
        refs=_grouped(session, RemoteRef, workspace_id, ids, RemoteRef.id),
        rules=_all(session, Rule, workspace_id),
        connections=_all(session, Connection, workspace_id),
    )
    return [_call(call, parts) for call in calls]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    lines: Mapping[str, Line]
    people: Mapping[str, User]
    contacts: Mapping[str, Contact]
    legs: Mapping[str, Sequence[Leg]]
    recordings: Mapping[str, Sequence[Recording]]
    messages: Mapping[str, Sequence[Message]]
    follow_ups: Mapping[str, Sequence[FollowUp]]
    refs: Mapping[str, Sequence[RemoteRef]]
    rules: Mapping[str, Rule]
    connections: Mapping[str, Connection]


def _named(
    session: Session, table: type[Any], workspace_id: str, ids: Iterable[str | None]
) -> dict[str, Any]:
    wanted = {id_ for id_ in ids if id_}
    if not wanted:
        return {}
    found = select(table).where(table.workspace_id == workspace_id, table.id.in_(wanted))
    return {row.id: row for row in session.scalars(found)}


def _all(session: Session, table: type[Any], workspace_id: str) -> dict[str, Any]:
    found = select(table).where(table.workspace_id == workspace_id)
    return {row.id: row for row in session.scalars(found)}


def _people(session: Session, workspace_id: str) -> dict[str, User]:
    return _all(session, User, workspace_id)


def _grouped(
    session: Session,
    table: type[Any],
    workspace_id: str,
    ids: Sequence[str],
    order: InstrumentedAttribute[Any],
) -> dict[str, list[Any]]:
    found = select(table).where(table.workspace_id == workspace_id, table.call_id.in_(ids))
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in session.scalars(found.order_by(order)):
        groups[row.call_id].append(row)
    return groups


def _each(make: Callable[[R], Any], rows: Sequence[R] | None) -> tuple[Any, ...]:
    return tuple(make(row) for row in rows or ())


def _call(call: Call, parts: _Parts) -> CallView:
    line, agent = parts.lines.get(call.line_id), parts.people.get(call.agent_id or "")
    contact = parts.contacts.get(call.contact_id or "")
    return CallView(
        id=call.id,
        line_id=call.line_id,
        line_name=line.name if line else "",
        call_key=call.call_key,
        direction=str(call.direction),
        phase=str(call.phase),
        caller=call.caller,
        called=call.called,
        other=other(call),
        caller_name=call.caller_name,
        outcome=_word(call.outcome),
        missed_reason=_word(call.missed_reason),
        ending=_word(call.ending),
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        settled_at=call.settled_at,
        changed_at=call.changed_at,
        ring_seconds=call.ring_seconds,
        wait_seconds=call.wait_seconds,
        talk_seconds=call.talk_seconds,
        hold_seconds=call.hold_seconds,
        total_seconds=call.total_seconds,
        identity=str(call.identity),
        evidence=call.evidence,
        contact=brief(contact) if contact else None,
        agent_id=call.agent_id,
        agent=agent.email if agent else None,
        agent_name=(agent.name or agent.email) if agent else None,
        audience=tuple(call.audience),
        note=call.note,
        disposition=call.disposition,
        simulated=call.simulated,
        legs=_each(lambda leg: _leg(leg, parts.people), parts.legs.get(call.id)),
        recordings=_each(recording, parts.recordings.get(call.id)),
        messages=_each(message, parts.messages.get(call.id)),
        trace=_each(lambda row: _follow_up(row, parts.rules), parts.follow_ups.get(call.id)),
        remote_refs=_each(lambda ref: _ref(ref, parts.connections), parts.refs.get(call.id)),
    )


def other(call: Call) -> str:
    """The number of the side that is not ours."""
    return call.called if call.direction == "outbound" else call.caller


def brief(contact: Contact) -> ContactBrief:
    """A contact in few words."""
    return ContactBrief(
        id=contact.id,
        name=contact.name,
        company=contact.company,
        owner=contact.owner,
        tags=tuple(contact.tags),
        url=contact.url,
    )


def _leg(leg: Leg, people: Mapping[str, User]) -> LegView:
    person = people.get(leg.agent_id or "")
    return LegView(
        kind=str(leg.kind),
        agent=person.email if person else leg.agent,
        agent_id=leg.agent_id,
        agent_name=(person.name or person.email) if person else leg.agent,
        number=leg.number,
        phase=str(leg.phase),
        outcome="answered" if leg.answered_at else _word(leg.ending),
        started_at=leg.started_at,
        answered_at=leg.answered_at,
        ended_at=leg.ended_at,
        ring_seconds=leg.ring_seconds,
        talk_seconds=leg.talk_seconds,
        hold_seconds=leg.hold_seconds,
        transfer=_word(leg.transfer),
    )


def recording(row: Recording) -> RecordingView:
    """A recording as a value."""
    return RecordingView(
        id=row.id,
        call_id=row.call_id,
        kind=str(row.kind),
        state=str(row.state),
        seconds=row.seconds,
        transcript=row.transcript,
        kept=row.path is not None,
        media_type=row.media_type,
        error=row.error,
    )


def message(row: Message) -> MessageView:
    """A message as a value."""
    return MessageView(
        id=row.id,
        call_id=row.call_id,
        contact_id=row.contact_id,
        line_id=row.line_id,
        channel=str(row.channel),
        direction=str(row.direction),
        sender=row.sender,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        status=str(row.status),
        provider_ref=row.provider_ref,
        reason=row.reason,
        code=row.code,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _follow_up(row: FollowUp, rules: Mapping[str, Rule]) -> FollowUpView:
    rule = rules.get(row.rule_id)
    return FollowUpView(
        id=row.id,
        rule=rule.name if rule else "",
        rule_number=row.rule_number,
        state=str(row.state),
        reason=row.reason,
        due_at=row.due_at,
        decided_at=row.decided_at,
        steps=tuple(_step(step) for step in row.trace),
    )


def _step(step: Mapping[str, Any]) -> StepView:
    return StepView(
        key=step.get("key", ""),
        sentence=step.get("sentence", ""),
        passed=step.get("passed"),
        detail=step.get("detail") or "",
        channel=step.get("channel"),
    )


def _ref(ref: RemoteRef, connections: Mapping[str, Connection]) -> RefView:
    connection = connections.get(ref.connection_id)
    return RefView(
        system=connection.system if connection else "",
        connection=connection.name if connection else "",
        kind=ref.kind,
        state=ref.state,
        remote_id=ref.remote_id,
        url=ref.url,
        error=ref.error,
    )


def _word(value: str | None) -> str | None:
    return None if value is None else str(value)
