"""Calls, missed calls, messages and recordings over the API."""

from email.utils import format_datetime
from typing import Any

from starlette.responses import Response, StreamingResponse

from hub.api import shapes
from hub.api.table import Ask
from hub.contract.events import Channel, Direction, MessageStatus
from hub.desk import audit, calls, dial, messages, missed, recordings
from hub.desk.filters import Filters
from hub.desk.messages import MessageFilters
from hub.desk.page import Page

Json = dict[str, Any]


async def find(ask: Ask) -> Json:
    """`GET /calls`."""
    page = await ask.house.db.read(
        calls.find, ask.workspace_id, Filters.from_query(ask.query), ask.cursor, ask.limit
    )
    public_url = ask.house.settings.public_url
    return shapes.page(page, [shapes.call(one, public_url) for one in page.items])


async def one(ask: Ask) -> Json:
    """`GET /calls/{id}`."""
    found = await ask.house.db.read(calls.view, ask.workspace_id, ask.path["id"])
    return shapes.call(found, ask.house.settings.public_url)


async def change(ask: Ask) -> Json:
    """`PATCH /calls/{id}`."""
    ask.body.only("note", "disposition")
    note, disposition = ask.body.get("note"), ask.body.get("disposition")
    found = await ask.house.db.write(
        calls.note,
        ask.workspace_id,
        ask.path["id"],
        note=note.text(most=calls.MOST_NOTE) if note else None,
        disposition=disposition.text(most=200) if disposition else None,
    )
    return shapes.call(found, ask.house.settings.public_url)


async def place(ask: Ask) -> Json:
    """`POST /calls`."""
    ask.body.only("to", "agent", "line_id")
    line = ask.body.get("line_id")
    made = await dial.dial(
        ask.house,
        ask.workspace_id,
        ask.body["to"].token(most=60),
        ask.body["agent"].token(most=320),
        line.token(most=60) if line else "",
    )
    await ask.house.db.write(
        audit.record, ask.workspace_id, ask.token.name, "call.dial", made.to, agent=made.agent
    )
    return shapes.dialled(made)


async def find_missed(ask: Ask) -> Json:
    """`GET /missed`."""
    found = await ask.house.db.read(
        missed.missed, ask.workspace_id, handled=ask.query.get("handled") == "true"
    )
    page: Page[missed.MissedView] = Page(items=tuple(found))
    return shapes.page(page, [shapes.missed(entry) for entry in found])


async def handle(ask: Ask) -> Json:
    """`POST /missed/{id}/handle`."""
    ask.body.only("undo")
    undo = ask.body.get("undo")
    found = await ask.house.db.write(
        missed.handle,
        ask.workspace_id,
        ask.path["id"],
        ask.token.id,
        undo=undo.flag() if undo else False,
    )
    return shapes.missed(found)


async def find_messages(ask: Ask) -> Json:
    """`GET /messages`."""
    query = ask.query
    filters = MessageFilters(
        call_id=query.get("call_id", ""),
        contact_id=query.get("contact_id", ""),
        channel=Channel(query["channel"]) if "channel" in query else None,
        direction=Direction(query["direction"]) if "direction" in query else None,
        status=MessageStatus(query["status"]) if "status" in query else None,
    )
    page = await ask.house.db.read(messages.find, ask.workspace_id, filters, ask.cursor, ask.limit)
    return shapes.page(page, [shapes.message(message) for message in page.items])


async def audio(ask: Ask) -> Response:
    """`GET /recordings/{id}/audio`, whole or a part of it."""
    found = await recordings.sound(
        ask.house, ask.workspace_id, ask.path["id"], ask.request.headers.get("range", "")
    )
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600",
        "Content-Length": str(found.end - found.start),
        "Last-Modified": format_datetime(found.changed_at, usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }
    if found.partial:
        headers["Content-Range"] = f"bytes {found.start}-{found.end - 1}/{found.size}"
    return StreamingResponse(
        found.chunks, 206 if found.partial else 200, headers, media_type=found.media_type
    )
