"""Connections: the accounts at systems that keep people, send messages or place calls."""

from starlette.requests import Request
from starlette.responses import Response

from hub import registry
from hub.contract.connectors import Ability, ConnectorManifest
from hub.contract.errors import RemoteError
from hub.contract.webhooks import Setting
from hub.db import Work
from hub.desk import audit
from hub.desk import connections as desk
from hub.web import forms, render
from hub.web.auth import Who
from hub.web.forms import REFUSED, Form
from hub.web.guard import ADMINS, back, house, route, who
from hub.web.language import said_later as _
from hub.web.problems import said

ABILITIES = {
    Ability.FIND: ("search", _("finds people")),
    Ability.CREATE: ("user-plus", _("makes contacts")),
    Ability.LOG_CALL: ("list", _("keeps calls")),
    Ability.SEND: ("message-square", _("sends messages")),
    Ability.DIAL: ("phone-outgoing", _("places calls")),
    Ability.FETCH: ("voicemail", _("has recordings")),
}


def _addable() -> dict[str, ConnectorManifest]:
    found = {name: module.MANIFEST for name, module in registry.connectors().items()}
    return {name: manifest for name, manifest in found.items() if not manifest.embedded}


async def listing(request: Request) -> Response:
    """All of them, the one thing that needs a person first."""
    return await _page(request)


async def _page(request: Request, status: int = 200, error: str = "", good: str = "") -> Response:
    parts, me = house(request), who(request)
    found = await parts.db.read(desk.connections, parts.safe, me.workspace_id, all_=True)
    return render.page(
        request,
        "connections/list.html",
        status,
        connections=found,
        abilities=ABILITIES,
        addable=_addable(),
        manifests={name: module.MANIFEST for name, module in registry.connectors().items()},
        saved="saved" in request.query_params,
        error=error,
        good=good,
    )


async def new(request: Request) -> Response:
    """The settings that a system wants."""
    return _form(request, request.path_params["system"])


def _form(request: Request, system: str, error: str = "", form: Form | None = None) -> Response:
    manifest = registry.connector(system).MANIFEST
    given = {} if form is None else _given(form, manifest.settings)
    return render.page(
        request,
        "connections/new.html",
        422 if error else 200,
        manifest=manifest,
        given=given,
        error=error,
    )


def _given(form: Form, settings: tuple[Setting, ...]) -> dict[str, str]:
    return {one.name: value for one in settings if (value := form.text(one.name))}


async def add(request: Request) -> Response:
    """Keep a new account."""
    system, form = request.path_params["system"], await forms.read(request)
    parts, me = house(request), who(request)
    given = _given(form, registry.connector(system).MANIFEST.settings)
    try:
        await parts.db.write(
            desk.add,
            parts.safe,
            me.workspace_id,
            system,
            given,
            name=form.text("name"),
            public_url=parts.settings.public_url,
        )
    except REFUSED as problem:
        return _form(request, system, said(problem), form)
    await parts.db.write(audit.record, me.workspace_id, me.email, "connection.added", system)
    return back(request, "/connections?saved")


async def change(request: Request) -> Response:
    """New settings; a secret that is left empty stays."""
    form, parts, me = await forms.read(request), house(request), who(request)
    connection_id = request.path_params["connection_id"]
    try:
        await parts.db.write(_change, request, me, connection_id, form)
    except REFUSED as problem:
        return await _page(request, 422, said(problem))
    return back(request, "/connections?saved")


def _change(work: Work, request: Request, me: Who, connection_id: str, form: Form) -> None:
    safe = house(request).safe
    row = desk.row(work.session, me.workspace_id, connection_id)
    given = _given(form, registry.connector(row.system).MANIFEST.settings)
    desk.change(work, safe, me.workspace_id, connection_id, given, name=form.text("name"))
    audit.record(work, me.workspace_id, me.email, "connection.changed", connection_id)


async def switch(request: Request) -> Response:
    """Use it, or leave it alone."""
    form, parts, me = await forms.read(request), house(request), who(request)
    connection_id = request.path_params["connection_id"]
    await parts.db.write(
        desk.switch, parts.safe, me.workspace_id, connection_id, on=form.ticked("on")
    )
    return back(request, "/connections?saved")


async def check(request: Request) -> Response:
    """Ask the system whether the account works, now."""
    connection_id = request.path_params["connection_id"]
    try:
        answer = await desk.check(house(request), who(request).workspace_id, connection_id)
    except (*REFUSED, RemoteError) as problem:
        return await _page(request, 422, said(problem))
    return await _page(request, good=answer)


routes = [
    route("/connections", listing, ADMINS),
    route("/connections/new/{system}", new, ADMINS),
    route("/connections/new/{system}", add, ADMINS, "POST"),
    route("/connections/{connection_id}", change, ADMINS, "POST"),
    route("/connections/{connection_id}/switch", switch, ADMINS, "POST"),
    route("/connections/{connection_id}/check", check, ADMINS, "POST"),
]
