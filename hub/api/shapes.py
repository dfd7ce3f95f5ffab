"""What the API shows of things: the names here are the interface, and the schemas agree."""

from datetime import UTC, datetime
from typing import Any

from hub.contract.phone import Caller
from hub.core.matching import Match
from hub.desk.contacts import ContactView
from hub.desk.deliveries import DeliveryView
from hub.desk.dial import Dialled
from hub.desk.missed import MissedView
from hub.desk.page import Page
from hub.desk.views import (
    CallView,
    ContactBrief,
    FollowUpView,
    LegView,
    MessageView,
    RecordingView,
    RefView,
)

Json = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, with a Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def page(found: Page[Any], items: list[Json]) -> Json:
    """A list's answer."""
    return {"items": items, "next": found.next}


def call(view: CallView, public_url: str) -> Json:
    """A call with everything that belongs to it."""
    return {
        "id": view.id,
        "line_id": view.line_id,
        "direction": view.direction,
        "phase": view.phase,
        "from": view.caller,
        "to": view.called,
        "caller_name": view.caller_name,
        "outcome": view.outcome,
        "missed_reason": view.missed_reason,
        "ending": view.ending,
        "started_at": moment(view.started_at),
        "answered_at": moment(view.answered_at),
        "ended_at": moment(view.ended_at),
        "settled_at": moment(view.settled_at),
        "ring_seconds": view.ring_seconds,
        "wait_seconds": view.wait_seconds,
        "talk_seconds": view.talk_seconds,
        "hold_seconds": view.hold_seconds,
        "total_seconds": view.total_seconds,
        "identity": view.identity,
        "evidence": str(view.evidence.get("why", "")),
        "contact": brief(view.contact) if view.contact else None,
        "agent": view.agent,
        "note": view.note,
        "disposition": view.disposition,
        "legs": [leg(one) for one in view.legs],
        "recordings": [recording(one, public_url) for one in view.recordings],
        "messages": [message(one) for one in view.messages],
        "trace": [follow_up(one) for one in view.trace],
        "remote_refs": [ref(one) for one in view.remote_refs],
    }


def brief(view: ContactBrief) -> Json:
    """Who it was."""
    return {"id": view.id, "name": view.name, "company": view.company}


def leg(view: LegView) -> Json:
    """A leg."""
    return {
        "kind": view.kind,
        "agent": view.agent,
        "number": view.number,
        "outcome": view.outcome,
        "started_at": moment(view.started_at),
        "answered_at": moment(view.answered_at),
        "ended_at": moment(view.ended_at),
        "ring_seconds": view.ring_seconds,
        "talk_seconds": view.talk_seconds,
        "transfer": view.transfer,
    }


def recording(view: RecordingView, public_url: str) -> Json:
    """A recording; the address is ours, whoever recorded it."""
    return {
        "id": view.id,
        "kind": view.kind,
        "state": view.state,
        "seconds": view.seconds,
        "url": f"{public_url}/api/v1/recordings/{view.id}/audio",
        "kept": view.kept,
        "transcript": view.transcript,
    }


def message(view: MessageView) -> Json:
    """A message."""
    return {
        "id": view.id,
        "call_id": view.call_id,
        "contact_id": view.contact_id,
        "channel": view.channel,
        "direction": view.direction,
        "to": view.recipient,
        "from": view.sender,
        "subject": view.subject,
        "text": view.text,
        "status": view.status,
        "provider_ref": view.provider_ref,
        "reason": view.reason,
        "code": view.code,
        "created_at": moment(view.created_at),
        "changed_at": moment(view.changed_at),
    }


def follow_up(view: FollowUpView) -> Json:
    """What a rule decided, and why."""
    return {
        "rule": view.rule,
        "state": view.state,
        "reason": view.reason,
        "due_at": moment(view.due_at),
        "steps": [
            {
                "key": step.key,
                "sentence": step.sentence,
                "passed": step.passed,
                "detail": step.detail,
                "channel": step.channel,
            }
            for step in view.steps
        ],
    }


def ref(view: RefView) -> Json:
    """What we made of a call elsewhere."""
    names = ("system", "kind", "state", "remote_id", "url", "error")
    return {name: getattr(view, name) for name in names}


def contact(view: ContactView) -> Json:
    """A person."""
    return {
        "id": view.id,
        "name": view.name,
        "company": view.company,
        "title": view.title,
        "phones": [{"number": one.number, "label": one.label} for one in view.phones],
        "emails": list(view.emails),
        "owner": view.owner,
        "tags": list(view.tags),
        "language": view.language,
        "time_zone": view.time_zone,
        "note": view.note,
        "url": view.url,
        "source": view.source,
        "created_at": moment(view.created_at),
        "updated_at": moment(view.updated_at),
    }


def lookup(caller: Caller, found: Match, known: ContactBrief | None) -> Json:
    """Who a number is."""
    return {
        "number": caller.e164,
        "kind": caller.kind,
        "display": caller.display,
        "identity": found.identity,
        "contact": brief(known) if known else None,
        "candidates": [
            {
                "id": one.contact_id,
                "name": one.name,
                "company": one.company,
                "number": one.number,
                "exact": one.exact,
                "source": one.source,
                "chosen": one.chosen,
            }
            for one in found.candidates
        ],
        "evidence": found.evidence,
    }


def delivery(view: DeliveryView) -> Json:
    """A raw delivery."""
    return {
        "id": view.id,
        "line_id": view.line_id,
        "event_key": view.event_key,
        "received_at": moment(view.received_at),
        "method": view.method,
        "url": view.url,
        "headers": view.headers,
        "body": view.body,
        "state": view.state,
        "error": view.error,
        "copies": view.copies,
        "reply": {
            "status": view.reply_status,
            "type": view.reply_type,
            "body": view.reply_body,
        },
    }


def missed(view: MissedView) -> Json:
    """An entry of the missed-call inbox."""
    return {
        "id": view.id,
        "line_id": view.line_id,
        "from": view.caller,
        "contact": brief(view.contact) if view.contact else None,
        "count": view.count,
        "reason": view.reason,
        "first_at": moment(view.first_at),
        "last_at": moment(view.last_at),
        "last_call_id": view.last_call_id,
        "open": view.open,
        "handled_at": moment(view.handled_at),
        "handled_by": view.handled_by,
        "handled_how": view.handled_how,
    }


def dialled(view: Dialled) -> Json:
    """A call on its way."""
    return {
        "id": view.ref,
        "provider_ref": view.provider_ref,
        "to": view.to,
        "agent": view.agent,
        "line_id": view.line_id,
    }
