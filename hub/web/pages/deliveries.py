"""Deliveries: every webhook as it came, those that could not be read or done first in mind."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.db import Work
from hub.desk import audit, deliveries
from hub.desk.deliveries import DeliveryFilters, DeliveryView
from hub.desk.errors import Conflict
from hub.desk.page import Page
from hub.house import House
from hub.models import DeliveryState, Line
from hub.web import forms, render
from hub.web.auth import Who
from hub.web.guard import ADMINS, back, house, route, who
from hub.web.language import said_later as _
from hub.web.problems import said

STATES: Mapping[str, str] = {
    "": _("All"),
    DeliveryState.FAILED: _("Failed"),
    DeliveryState.UNREADABLE: _("Unreadable"),
}
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the list shows; *waiting* counts by state what can be replayed, *lines* has names."""

    page: Page[DeliveryView]
    waiting: Mapping[str, int]
    lines: Mapping[str, str]


async def listing(request: Request) -> Response:
    """The deliveries, newest first."""
    query = request.query_params
    state, line_id = query.get("state", ""), query.get("line_id", "")
    filters = DeliveryFilters(
        line_id=line_id, state=DeliveryState(state) if state in STATES and state else None
    )
    cursor = query.get("cursor", "")
    shown = await house(request).db.read(_shown, who(request).workspace_id, filters, cursor)
    kept = {name: query[name] for name in ("state", "line_id") if query.get(name)}
    return render.page(
        request,
        "deliveries/list.html",
        shown=shown,
        states=STATES,
        filters=filters,
        query=kept,
        cursor=cursor,
        links={key: _address({**kept, "state": key}) for key in STATES},
        newest=_address(kept),
        older=_address({**kept, "cursor": shown.page.next or ""}),
        done=_count(request, "done"),
        still=_count(request, "still"),
    )


def _address(query: Mapping[str, str]) -> str:
    found = urlencode({name: value for name, value in query.items() if value})
    return f"/deliveries?{found}" if found else "/deliveries"


def _count(request: Request, name: str) -> int | None:
    """What the replay before says in the address: a number of deliveries."""
    given = request.query_params.get(name, "")[:_DIGITS]
    return int(given) if given.isdecimal() else None


def _shown(session: Session, workspace_id: str, filters: DeliveryFilters, cursor: str) -> Shown:
    return Shown(
        page=deliveries.find(session, workspace_id, filters, cursor),
        waiting=deliveries.waiting(session, workspace_id),
        lines=_lines(session, workspace_id),
    )


def _lines(session: Session, workspace_id: str) -> dict[str, str]:
    found = select(Line.id, Line.name).where(Line.workspace_id == workspace_id)
    return {row[0]: row[1] for row in session.execute(found.order_by(Line.name))}


async def one(request: Request) -> Response:
    """One delivery: what was sent, what we answered, what became of it."""
    return await _page(request)


async def _page(request: Request, status: int = 200, trouble: str = "") -> Response:
    workspace_id, delivery_id = who(request).workspace_id, request.path_params["delivery_id"]
    db = house(request).db
    sent = await db.read(deliveries.one, workspace_id, delivery_id)
    return render.page(
        request,
        "deliveries/one.html",
        status,
        sent=sent,
        line=(await db.read(_lines, workspace_id)).get(sent.line_id, ""),
        call_id=await db.read(deliveries.call_of, workspace_id, sent),
        replayed="replayed" in request.query_params,
        trouble=trouble,
    )


async def replay(request: Request) -> Response:
    """Do again what one delivery asks for, then show where the reader was."""
    delivery_id = request.path_params["delivery_id"]
    form = await forms.read(request)
    try:
        await house(request).db.write(_replay, house(request), who(request), delivery_id)
    except Conflict as problem:
        return await _page(request, HTTPStatus.CONFLICT, said(problem))
    return back(request, form.text("next") or f"/deliveries/{delivery_id}?replayed")


async def replay_all(request: Request) -> Response:
    """Do again all that wait, oldest first, each for itself; says how many are done now."""
    parts, me = house(request), who(request)
    ids = await parts.db.read(deliveries.failed, me.workspace_id)
    done = 0
    for delivery_id in ids:
        try:
            found = await parts.db.write(_replay, parts, me, delivery_id)
        except Conflict:  # its line is switched off: it goes on waiting, and is counted so
            continue
        done += found.state == DeliveryState.DONE
    return back(request, _address({"done": str(done), "still": str(len(ids) - done)}))


def _replay(work: Work, parts: House, me: Who, delivery_id: str) -> DeliveryView:
    url = parts.settings.public_url
    found = deliveries.replay(work, parts.safe, url, me.workspace_id, delivery_id)
    audit.record(work, me.workspace_id, me.email, "delivery.replay", delivery_id)
    return found


routes = [
    route("/deliveries", listing, ADMINS),
    route("/deliveries/replay", replay_all, ADMINS, "POST"),
    route("/deliveries/{delivery_id}", one, ADMINS),
    route("/deliveries/{delivery_id}/replay", replay, ADMINS, "POST"),
]
