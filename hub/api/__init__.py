"""The JSON API, version 1, and what machines ask of a process: health and metrics.

`OPERATIONS` is the one table: routes, checks and the OpenAPI document come out of it.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from hub.api import calls, contacts, health, openapi
from hub.api.endpoint import Endpoint, nothing
from hub.api.schemas import words
from hub.api.table import ADMINS, FLAG, ID, PAGED, QUESTION, TALKERS, TIME, Operation
from hub.contract.events import Channel, Direction, MessageStatus, MissedReason, Outcome
from hub.core.matching import Identity
from hub.models import DeliveryState

BASE = "/api/v1"

_CALL_FILTERS = {
    "direction": words(Direction),
    "outcome": words(Outcome),
    "missed_reason": words(MissedReason),
    "identity": words(Identity),
    "line_id": ID,
    "agent_id": ID,
    "contact_id": ID,
    "number": QUESTION,
    "q": QUESTION,
    "since": TIME,
    "until": TIME,
    "unhandled": FLAG,
    "not_in_crm": FLAG,
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/calls",
        name="listCalls",
        summary="Calls, newest first",
        handler=calls.find,
        query={**_CALL_FILTERS, **PAGED},
        answer="Calls",
    ),
    Operation(
        method="POST",
        path="/calls",
        name="placeCall",
        summary="Click-to-call: ring the agent, then connect the number",
        handler=calls.place,
        roles=TALKERS,
        body="Dial",
        answer="Dialled",
        status=202,
        errors=(404, 409, 502),
    ),
    Operation(
        method="GET",
        path="/calls/{id}",
        name="getCall",
        summary="A call with its legs, recordings, messages and the trace of its follow-ups",
        handler=calls.one,
        answer="Call",
        errors=(404,),
    ),
    Operation(
        method="PATCH",
        path="/calls/{id}",
        name="changeCall",
        summary="Write a note or a disposition",
        handler=calls.change,
        roles=TALKERS,
        body="CallChange",
        answer="Call",
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/missed",
        name="listMissed",
        summary="The missed-call inbox: one entry per caller and line",
        handler=calls.find_missed,
        query={"handled": FLAG},
        answer="MissedCalls",
    ),
    Operation(
        method="POST",
        path="/missed/{id}/handle",
        name="handleMissed",
        summary="Close an entry by hand, or open it again",
        handler=calls.handle,
        roles=TALKERS,
        body="Handle",
        body_needed=False,
        answer="Missed",
        errors=(404, 409),
    ),
    Operation(
        method="GET",
        path="/contacts",
        name="listContacts",
        summary="People by name",
        handler=contacts.find,
        query={"q": QUESTION, **PAGED},
        answer="Contacts",
    ),
    Operation(
        method="POST",
        path="/contacts",
        name="makeContact",
        summary="A new person in the phone book",
        handler=contacts.make,
        body="ContactGiven",
        answer="Contact",
        status=201,
        errors=(404, 409),
    ),
    Operation(
        method="GET",
        path="/contacts/lookup",
        name="lookUp",
        summary="Who has this number",
        handler=contacts.lookup,
        query={"number": QUESTION},
        required=("number",),
        answer="Lookup",
    ),
    Operation(
        method="GET",
        path="/contacts/{id}",
        name="getContact",
        summary="One person",
        handler=contacts.one,
        answer="Contact",
        errors=(404,),
    ),
    Operation(
        method="PATCH",
        path="/contacts/{id}",
        name="changeContact",
        summary="Change a person of the phone book: only what is given",
        handler=contacts.change,
        body="ContactGiven",
        answer="Contact",
        errors=(404, 409),
    ),
    Operation(
        method="GET",
        path="/messages",
        name="listMessages",
        summary="Messages in and out, newest first",
        handler=calls.find_messages,
        query={
            "call_id": ID,
            "contact_id": ID,
            "channel": words(Channel),
            "direction": words(Direction),
            "status": words(MessageStatus),
            **PAGED,
        },
        answer="Messages",
    ),
    Operation(
        method="GET",
        path="/deliveries",
        name="listDeliveries",
        summary="Webhooks as they came, newest first",
        handler=contacts.find_deliveries,
        roles=ADMINS,
        query={"line_id": ID, "state": words(DeliveryState), **PAGED},
        answer="Deliveries",
    ),
    Operation(
        method="GET",
        path="/deliveries/{id}",
        name="getDelivery",
        summary="One webhook as it came",
        handler=contacts.one_delivery,
        roles=ADMINS,
        answer="Delivery",
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/deliveries/{id}/replay",
        name="replayDelivery",
        summary="Do again what a kept webhook asks for; what was done already stays as it is",
        handler=contacts.replay,
        roles=ADMINS,
        answer="Delivery",
        errors=(404, 409),
    ),
    Operation(
        method="GET",
        path="/recordings/{id}/audio",
        name="hearRecording",
        summary="The sound of a recording, whole or a part of it (Range)",
        handler=calls.audio,
        errors=(404, 416),
        sound=True,
    ),
)
"""Every operation; the more special path comes first."""


def _routes() -> list[BaseRoute]:
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [Route(BASE + path, Endpoint(found)) for path, found in by_path.items()]


async def _document(request: Request) -> Response:
    return openapi.answer(OPERATIONS, BASE, request)


routes: list[BaseRoute] = [
    *health.routes,
    Route(f"{BASE}/openapi.json", _document, methods=["GET"]),
    *_routes(),
    Mount("/api", nothing),
]
"""All routes, for the application."""
