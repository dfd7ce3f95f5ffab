"""Calls: the list with its filters, one call with all that is known of it, its CSV."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from http import HTTPStatus
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.connectors import Ability
from hub.contract.errors import RemoteError
from hub.contract.events import MissedReason, Outcome
from hub.core.calls import MISSED_RULES
from hub.core.matching import Identity
from hub.desk import audit, connections, dial, messages
from hub.desk import calls as desk
from hub.desk.filters import Filters, conditions
from hub.desk.page import Page
from hub.desk.views import CallView
from hub.models import Call, Line, Missed, Role, now
from hub.web import evidence, forms, language, render
from hub.web.auth import Who
from hub.web.guard import ADMINS, EVERYBODY, back, house, route, who
from hub.web.language import said_later as _
from hub.web.pages.timeline import Drawing, draw
from hub.web.problems import said

DAYS = {"1": _("Today"), "7": _("7 days"), "30": _("30 days"), "0": _("All")}
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter to press: pressed again it goes."""

    word: str
    query: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the list shows; *waiting* are the (line, caller) pairs of the missed-call inbox."""

    page: Page[CallView]
    count: int
    waiting: frozenset[tuple[str, str]]
    lines: Sequence[tuple[str, str]]


def _wanted(request: Request, me: Who) -> tuple[Filters, str]:
    """The filters of the address, and its period; an agent sees own calls and all missed ones."""
    query = request.query_params
    days = query.get("days", "0" if query.get("q") else "7")
    days = days if days in DAYS else "7"
    filters = Filters.from_query(query, me.time_zone)
    if days != "0" and not filters.since:
        filters = replace(filters, since=_days_ago(int(days), me.time_zone))
    shared = filters.unhandled or filters.outcome is Outcome.MISSED or filters.missed_reason
    if me.role in {Role.AGENT, Role.MARKETER} and not shared:
        filters = replace(filters, mine=True)
    return filters, days


def _days_ago(days: int, zone: str) -> datetime:
    here = now().astimezone(ZoneInfo(zone))
    return datetime.combine(here.date() - timedelta(days=days - 1), time(), ZoneInfo(zone))


def _chips(request: Request) -> list[Chip]:
    query = dict(request.query_params)
    query.pop("cursor", None)
    found = [
        _chip(query, _("Missed calls"), "outcome", Outcome.MISSED),
        _chip(query, _("To handle"), "unhandled", "1"),
        _chip(query, _("Voicemail"), "missed_reason", MissedReason.VOICEMAIL),
        _chip(query, _("Unknown callers"), "identity", Identity.UNKNOWN),
    ]
    if who(request).role in {Role.MANAGER, Role.ADMIN}:
        found.append(_chip(query, _("Not in the CRM"), "not_in_crm", "1"))
        found.append(_chip(query, _("Mine"), "mine", "1"))
    return found


def _chip(query: dict[str, str], word: str, name: str, value: str) -> Chip:
    on = query.get(name) == value
    rest = {key: kept for key, kept in query.items() if key != name}
    return Chip(word, urlencode(rest if on else {**rest, name: value}), on)


async def listing(request: Request) -> Response:
    """The calls that the filters let through, newest first."""
    me = who(request)
    filters, days = _wanted(request, me)
    cursor = request.query_params.get("cursor", "")
    shown = await house(request).db.read(_shown, me, filters, cursor)
    query = {key: value for key, value in request.query_params.items() if key != "cursor"}
    return render.page(
        request,
        "calls/list.html",
        shown=shown,
        chips=_chips(request),
        days=days,
        periods=DAYS,
        q=filters.q,
        line_id=filters.line_id,
        query=query,
        cursor=cursor,
        older=urlencode({**query, "cursor": shown.page.next or ""}),
        newest=urlencode(query),
        most=MOST_COUNTED,
    )


def _shown(session: Session, me: Who, filters: Filters, cursor: str) -> Shown:
    page = desk.find(session, me.workspace_id, filters, cursor, me=me.id)
    bounded = (
        select(Call.id)
        .where(*conditions(filters, me.workspace_id, me.region, me.id))
        .limit(MOST_COUNTED)
        .subquery()
    )
    lines = session.execute(
        select(Line.id, Line.name).where(Line.workspace_id == me.workspace_id).order_by(Line.name)
    )
    return Shown(
        page=page,
        count=session.scalar(select(func.count()).select_from(bounded)) or 0,
        waiting=_waiting(session, me.workspace_id, page.items),
        lines=[(row[0], row[1]) for row in lines],
    )


def _waiting(
    session: Session, workspace_id: str, calls: Sequence[CallView]
) -> frozenset[tuple[str, str]]:
    rows = session.execute(
        select(Missed.line_id, Missed.caller).where(
            Missed.workspace_id == workspace_id,
            Missed.open.is_(True),
            Missed.caller.in_({call.caller for call in calls}),
        )
    )
    return frozenset((row[0], row[1]) for row in rows)


async def as_csv(request: Request) -> Response:
    """The current view as a file."""
    me = who(request)
    filters, _days = _wanted(request, me)
    text = await house(request).db.read(
        lambda session: "".join(desk.csv(session, me.workspace_id, filters, me=me.id))
    )
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": 'attachment; filename="calls.csv"',
            "cache-control": "no-store",
        },
    )


async def one(request: Request) -> Response:
    """One call: its timeline, recordings, messages, marks and the reasons of its follow-up."""
    return await _page(request)


async def _page(request: Request, status: int = 200, trouble: str = "") -> Response:
    me, call_id = who(request), request.path_params["call_id"]
    detail, drawing = await house(request).db.read(_detail, me, call_id)
    dials = await house(request).db.read(connections.with_ability, me.workspace_id, Ability.DIAL)
    town = "" if detail.call.contact else await _town(request, detail.call.other)
    rule = {rule.reason: rule.sentence for rule in MISSED_RULES}
    return render.page(
        request,
        "calls/one.html",
        status,
        call=detail.call,
        earlier=detail.earlier,
        deliveries=detail.deliveries if me.role in ADMINS else (),
        drawing=drawing,
        town=town,
        because=evidence.why(detail.call, me.region),
        can_dial=bool(dials and me.number),
        why=rule.get(detail.call.missed_reason, ""),  # type: ignore[call-overload] # a StrEnum's text is as good
        saved="saved" in request.query_params,
        dialled="dialled" in request.query_params,
        trouble=trouble,
    )


async def _town(request: Request, number: str) -> str:
    """Where the number is at home, as far as its numbering plan tells."""
    if not number.startswith("+"):
        return ""
    return await asyncio.to_thread(house(request).places.of, number, language.spoken())


def _detail(session: Session, me: Who, call_id: str) -> tuple[desk.CallDetail, Drawing]:
    detail = desk.one(session, me.workspace_id, call_id)
    if not may_see(me, detail.call):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return detail, draw(session, me.workspace_id, detail.call)


def may_see(me: Who, call: CallView) -> bool:
    """Agents see the calls that rang at theirs, and every missed one: the inbox is shared."""
    if me.role in {Role.MANAGER, Role.ADMIN} or call.outcome in {None, Outcome.MISSED}:
        return True
    rung = {leg.agent_id for leg in call.legs}
    return me.id in {call.agent_id, *call.audience, *rung}


async def note(request: Request) -> Response:
    """Keep note and disposition."""
    me, call_id = who(request), request.path_params["call_id"]
    form = await forms.read(request)
    await house(request).db.read(_detail, me, call_id)
    await house(request).db.write(
        desk.note,
        me.workspace_id,
        call_id,
        note=form.text("note"),
        disposition=form.text("disposition"),
    )
    return back(request, f"/calls/{call_id}?saved")


async def call_back(request: Request) -> Response:
    """Ring the phone of whoever asks, then connect the other side."""
    me, call_id = who(request), request.path_params["call_id"]
    detail, _drawing = await house(request).db.read(_detail, me, call_id)
    try:
        await dial.dial(house(request), me.workspace_id, detail.call.other, me.id)
    except (*forms.REFUSED, RemoteError) as problem:
        return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, said(problem))
    return back(request, f"/calls/{call_id}?dialled")


async def choose(request: Request) -> Response:
    """Say who it was, of several; an empty choice takes that back."""
    me, call_id = who(request), request.path_params["call_id"]
    contact = (await forms.read(request)).text("contact")
    await house(request).db.read(_detail, me, call_id)
    if contact:
        await house(request).db.write(desk.choose, me.workspace_id, call_id, contact, me.email)
    else:
        await house(request).db.write(desk.unchoose, me.workspace_id, call_id)
    return back(request, f"/calls/{call_id}")


async def resolve(request: Request) -> Response:
    """A person says what became of a message that may or may not have left."""
    parts, me = house(request), who(request)
    form = await forms.read(request)
    went_out = form.one_of("went_out", ("yes", "no"), "yes") == "yes"
    message_id = request.path_params["message_id"]
    await parts.db.write(messages.resolve, me.workspace_id, message_id, went_out=went_out)
    action = "message.went_out" if went_out else "message.send_again"
    await parts.db.write(audit.record, me.workspace_id, me.email, action, message_id)
    return back(request, form.text("next"))


async def reasons(request: Request) -> Response:
    """What "missed" means, reason by reason, in the order in which they are tried."""
    return render.page(request, "calls/reasons.html", rules=MISSED_RULES)


routes = [
    route("/calls", listing, EVERYBODY),
    route("/calls.csv", as_csv, EVERYBODY),
    route("/calls/reasons", reasons, EVERYBODY),
    route("/calls/{call_id}", one, EVERYBODY),
    route("/calls/{call_id}/note", note, EVERYBODY, "POST"),
    route("/calls/{call_id}/dial", call_back, EVERYBODY, "POST"),
    route("/calls/{call_id}/contact", choose, EVERYBODY, "POST"),
    route("/messages/{message_id}", resolve, EVERYBODY, "POST"),
]
