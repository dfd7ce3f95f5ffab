"""The JSON Schemas of what goes in and out; `shapes` makes what they describe."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hub.contract.events import (
    Channel,
    Direction,
    Ending,
    LegKind,
    MessageStatus,
    MissedReason,
    Outcome,
    Phase,
    RecordingKind,
    RecordingState,
    Transfer,
)
from hub.contract.phone import CallerKind
from hub.core.matching import Identity
from hub.models import DeliveryState, FollowUpState

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
YES: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
PLAIN = "^[^\\u0000\\ud800-\\udfff]*$"


def named(name: str) -> Schema:
    """A reference to a schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def words(enum: type[StrEnum]) -> Schema:
    """One of our words."""
    return {"type": "string", "enum": [word.value for word in enum]}


def maybe(schema: Schema) -> Schema:
    """*schema* or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def exactly(**fields: Schema) -> Schema:
    """An object with all of *fields* and no others; `from_` stands for `from`."""
    named_ = {name.rstrip("_"): schema for name, schema in fields.items()}
    return {
        "type": "object",
        "properties": named_,
        "required": list(named_),
        "additionalProperties": False,
    }


def given(*required: str, **fields: Schema) -> Schema:
    """A body: only *required* fields must be there, and no unknown ones may."""
    schema: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def a_page(name: str) -> Schema:
    """A list's answer."""
    return exactly(items=many(named(name)), next=maybe(TEXT))


def short(most: int) -> Schema:
    """A text that a request may hold."""
    return {"type": "string", "maxLength": most, "pattern": PLAIN}


_PHONE_GIVEN: Schema = {
    "anyOf": [
        short(60),
        given("number", number=short(60), label=short(40)),
    ]
}
_CONTACT_FIELDS: Mapping[str, Schema] = {
    "name": short(200),
    "company": short(200),
    "title": short(200),
    "phones": {**many(_PHONE_GIVEN), "maxItems": 50},
    "emails": {**many(short(320)), "maxItems": 50},
    "owner": short(320),
    "tags": {**many(short(100)), "maxItems": 100},
    "language": short(35),
    "time_zone": short(64),
    "note": short(10_000),
}

SCHEMAS: Mapping[str, Schema] = {
    "Brief": exactly(id=TEXT, name=TEXT, company=TEXT),
    "Leg": exactly(
        kind=words(LegKind),
        agent=maybe(TEXT),
        number=maybe(TEXT),
        outcome=maybe({"type": "string", "enum": ["answered", *(word.value for word in Ending)]}),
        started_at=TIME,
        answered_at=maybe(TIME),
        ended_at=maybe(TIME),
        ring_seconds=NUMBER,
        talk_seconds=NUMBER,
        transfer=maybe(words(Transfer)),
    ),
    "Recording": exactly(
        id=TEXT,
        kind=words(RecordingKind),
        state=words(RecordingState),
        seconds=maybe(NUMBER),
        url=TEXT,
        kept=YES,
        transcript=maybe(TEXT),
    ),
    "Message": exactly(
        id=TEXT,
        call_id=maybe(TEXT),
        contact_id=maybe(TEXT),
        channel=words(Channel),
        direction=words(Direction),
        to=TEXT,
        from_=TEXT,
        subject=TEXT,
        text=TEXT,
        status=words(MessageStatus),
        provider_ref=maybe(TEXT),
        reason=TEXT,
        code=TEXT,
        created_at=TIME,
        changed_at=TIME,
    ),
    "Step": exactly(
        key=TEXT, sentence=TEXT, passed=maybe(YES), detail=TEXT, channel=maybe(words(Channel))
    ),
    "FollowUp": exactly(
        rule=TEXT,
        state=words(FollowUpState),
        reason=TEXT,
        due_at=TIME,
        steps=many(named("Step")),
    ),
    "RemoteRef": exactly(system=TEXT, kind=TEXT, state=TEXT, remote_id=TEXT, url=TEXT, error=TEXT),
    "Call": exactly(
        id=TEXT,
        line_id=TEXT,
        direction=words(Direction),
        phase=words(Phase),
        from_=TEXT,
        to=TEXT,
        caller_name=maybe(TEXT),
        outcome=maybe(words(Outcome)),
        missed_reason=maybe(words(MissedReason)),
        ending=maybe(words(Ending)),
        started_at=TIME,
        answered_at=maybe(TIME),
        ended_at=maybe(TIME),
        settled_at=maybe(TIME),
        ring_seconds=NUMBER,
        wait_seconds=NUMBER,
        talk_seconds=NUMBER,
        hold_seconds=NUMBER,
        total_seconds=NUMBER,
        identity=words(Identity),
        evidence=TEXT,
        contact=maybe(named("Brief")),
        agent=maybe(TEXT),
        note=TEXT,
        disposition=TEXT,
        legs=many(named("Leg")),
        recordings=many(named("Recording")),
        messages=many(named("Message")),
        trace=many(named("FollowUp")),
        remote_refs=many(named("RemoteRef")),
    ),
    "Calls": a_page("Call"),
    "CallChange": given(note=short(10_000), disposition=short(200)),
    "Dial": given("to", "agent", to=short(60), agent=short(320), line_id=short(60)),
    "Dialled": exactly(id=TEXT, provider_ref=TEXT, to=TEXT, agent=TEXT, line_id=TEXT),
    "Phone": exactly(number=TEXT, label=TEXT),
    "Contact": exactly(
        id=TEXT,
        name=TEXT,
        company=TEXT,
        title=TEXT,
        phones=many(named("Phone")),
        emails=many(TEXT),
        owner=TEXT,
        tags=many(TEXT),
        language=TEXT,
        time_zone=TEXT,
        note=TEXT,
        url=TEXT,
        source=TEXT,
        created_at=TIME,
        updated_at=TIME,
    ),
    "Contacts": a_page("Contact"),
    "ContactGiven": given(**_CONTACT_FIELDS),
    "Candidate": exactly(
        id=TEXT, name=TEXT, company=TEXT, number=TEXT, exact=YES, source=TEXT, chosen=YES
    ),
    "Lookup": exactly(
        number=maybe(TEXT),
        kind=words(CallerKind),
        display=TEXT,
        identity=words(Identity),
        contact=maybe(named("Brief")),
        candidates=many(named("Candidate")),
        evidence=TEXT,
    ),
    "Messages": a_page("Message"),
    "Reply": exactly(status=WHOLE, type=TEXT, body=TEXT),
    "Delivery": exactly(
        id=TEXT,
        line_id=TEXT,
        event_key=TEXT,
        received_at=TIME,
        method=TEXT,
        url=TEXT,
        headers={"type": "object", "additionalProperties": TEXT},
        body=TEXT,
        state=words(DeliveryState),
        error=TEXT,
        copies=WHOLE,
        reply=named("Reply"),
    ),
    "Deliveries": a_page("Delivery"),
    "Missed": exactly(
        id=TEXT,
        line_id=TEXT,
        from_=TEXT,
        contact=maybe(named("Brief")),
        count=WHOLE,
        reason=maybe(words(MissedReason)),
        first_at=TIME,
        last_at=TIME,
        last_call_id=TEXT,
        open=YES,
        handled_at=maybe(TIME),
        handled_by=maybe(TEXT),
        handled_how=maybe(TEXT),
    ),
    "MissedCalls": a_page("Missed"),
    "Handle": given(undo=YES),
    "Problem": {
        "type": "object",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": WHOLE,
            "detail": TEXT,
            "errors": many(exactly(path=TEXT, detail=TEXT)),
        },
        "required": ["type", "title", "status", "detail"],
        "additionalProperties": False,
    },
}
"""The components of the document, by name."""
