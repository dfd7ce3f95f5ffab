"""Lines: what a number does when it is called, and what to set at the provider."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub import registry
from hub.contract.webhooks import WebhookManifest
from hub.core.hours import from_dict, next_opening
from hub.db import Work
from hub.desk import audit, people
from hub.desk import lines as desk
from hub.house import House
from hub.models import now
from hub.web import forms, numbers, render
from hub.web.auth import Who
from hub.web.forms import REFUSED, Form
from hub.web.guard import ADMINS, back, house, route, who
from hub.web.language import gettext
from hub.web.pages import hours
from hub.web.problems import said

_TEXTS = ("announce", "queue", "greeting", "closed_text", "forward")
_FLAGS = ("record", "voicemail", "screen", "transcribe")
_NOBODY = "-"
_UNSHOWN = ("max_wait", "menu", "menu_keys")  # parts of a plan that the page has no field for


def _providers() -> dict[str, WebhookManifest]:
    return {name: module.MANIFEST for name, module in registry.webhooks().items()}


async def listing(request: Request) -> Response:
    """All lines as cards."""
    parts, me = house(request), who(request)
    found = await parts.db.read(desk.lines, parts.safe, me.workspace_id, all_=True)
    return render.page(
        request,
        "lines/list.html",
        lines=found,
        openings={line.id: _opening(line.calendar) for line in found if line.calendar},
        providers=_providers(),
        saved="saved" in request.query_params,
    )


def _opening(calendar: Mapping[str, Any]) -> str:
    """What a calendar means right now, in the reader's language."""
    read, at = from_dict(calendar), now()
    opens = next_opening(read, at)
    if opens is None:
        return gettext("closed for good: its calendar has no hours")
    if opens <= at:
        return gettext("open now")
    day, clock = numbers.weekday(opens, read.time_zone), numbers.clock(opens, read.time_zone)
    return gettext("closed, opens %(day)s at %(clock)s") % {"day": day, "clock": clock}


async def new(request: Request) -> Response:
    """What a provider wants to know of a line."""
    return _new(request, request.path_params["provider"])


def _new(request: Request, provider: str, error: str = "", form: Form | None = None) -> Response:
    manifest = registry.webhook(provider).MANIFEST
    given = {} if form is None else {one: form.text(one) for one in ("name", "number", "region")}
    settings = {} if form is None else _settings(form, manifest)
    return render.page(
        request,
        "lines/new.html",
        422 if error else 200,
        manifest=manifest,
        given={**given, **settings},
        error=error,
    )


def _settings(form: Form, manifest: WebhookManifest) -> dict[str, str]:
    return {one.name: value for one in manifest.settings if (value := form.text(one.name))}


async def add(request: Request) -> Response:
    """Keep a new line; a secret that we made up is shown this once."""
    provider, form = request.path_params["provider"], await forms.read(request)
    draft = desk.LineDraft(
        name=form.text("name"),
        number=form.text("number"),
        region=form.text("region") or None,
        settings=_settings(form, registry.webhook(provider).MANIFEST),
    )
    try:
        made = await house(request).db.write(
            _add, house(request), who(request), provider, draft, secret=form.secret("secret")
        )
    except REFUSED as problem:
        return _new(request, provider, said(problem), form)
    return await _page(request, made.line.id, secret=made.secret)


def _add(
    work: Work, parts: House, me: Who, provider: str, draft: desk.LineDraft, *, secret: str
) -> desk.NewLine:
    made = desk.add(work, parts.safe, me.workspace_id, provider, draft, secret=secret)
    audit.record(work, me.workspace_id, me.email, "line.added", made.line.id)
    return made


async def one(request: Request) -> Response:
    """One line: its addresses, its ring plan, its hours, its secret."""
    return await _page(request, request.path_params["line_id"])


async def _page(request: Request, line_id: str, status: int = 200, **said: str) -> Response:
    parts, me = house(request), who(request)
    line, colleagues = await parts.db.read(_line, parts, me, line_id)
    return render.page(
        request,
        "lines/one.html",
        status,
        line=line,
        manifest=registry.webhook(line.provider).MANIFEST,
        places=desk.places(line, parts.settings.public_url),
        url=line.webhook_url(parts.settings.public_url),
        people=colleagues,
        week=hours.week(line.calendar),
        calendar=line.calendar or {},
        exceptions=hours.exceptions(line.calendar),
        saved="saved" in request.query_params,
        **{"error": "", "secret": "", **said},
    )


def _line(
    session: Session, parts: House, me: Who, line_id: str
) -> tuple[desk.LineView, Sequence[people.UserView]]:
    return (
        desk.one(session, parts.safe, me.workspace_id, line_id),
        people.users(session, me.workspace_id),
    )


async def save(request: Request) -> Response:
    """Keep one of the line's forms: `part` says which."""
    line_id, form = request.path_params["line_id"], await forms.read(request)
    draft = _DRAFTS[form.one_of("part", _DRAFTS, "name")](form, who(request))
    try:
        await house(request).db.write(_change, house(request), who(request), line_id, draft)
    except REFUSED as problem:
        return await _page(request, line_id, 422, error=said(problem))
    return back(request, f"/lines/{line_id}?saved")


def _change(work: Work, parts: House, me: Who, line_id: str, draft: desk.LineDraft) -> None:
    if draft.plan is not None:
        old = desk.one(work.session, parts.safe, me.workspace_id, line_id).plan
        kept = {name: old[name] for name in _UNSHOWN if name in old}
        draft = replace(draft, plan={**kept, **draft.plan})
    desk.change(work, parts.safe, me.workspace_id, line_id, draft)
    audit.record(work, me.workspace_id, me.email, "line.changed", line_id)


def _named(form: Form, _me: Who) -> desk.LineDraft:
    return desk.LineDraft(
        name=form.text("name"),
        number=form.text("number"),
        region=form.text("region"),
        language=form.text("language"),
    )


def _planned(form: Form, _me: Who) -> desk.LineDraft:
    plan: dict[str, Any] = {name: value for name in _TEXTS if (value := form.text(name))}
    plan |= {name: form.ticked(name) for name in _FLAGS}
    plan["strategy"] = form.text("strategy", "simultaneous")
    plan["seconds"] = form.number("seconds", 20, most=300)
    if chosen := form.texts("agents"):
        plan["agents"] = [agent for agent in chosen if agent != _NOBODY]
    return desk.LineDraft(plan=plan)


def _opened(form: Form, me: Who) -> desk.LineDraft:
    return desk.LineDraft(calendar=hours.read(form, me.time_zone))


_DRAFTS = {"name": _named, "plan": _planned, "hours": _opened}


async def secret(request: Request) -> Response:
    """A new secret, or the end of a rotation."""
    parts, me, form = house(request), who(request), await forms.read(request)
    line_id = request.path_params["line_id"]
    if form.ticked("drop"):
        await parts.db.write(desk.drop_old, parts.safe, me.workspace_id, line_id)
        return back(request, f"/lines/{line_id}?saved")
    given = form.secret("secret").strip()
    try:
        made = await parts.db.write(desk.rotate, parts.safe, me.workspace_id, line_id, given)
    except REFUSED as problem:
        return await _page(request, line_id, 422, error=said(problem))
    return await _page(request, line_id, secret=made.secret)


async def switch(request: Request) -> Response:
    """Take its webhooks, or answer as if it were not there."""
    parts, me, form = house(request), who(request), await forms.read(request)
    line_id = request.path_params["line_id"]
    await parts.db.write(desk.switch, parts.safe, me.workspace_id, line_id, on=form.ticked("on"))
    return back(request, "/lines?saved")


routes = [
    route("/lines", listing, ADMINS),
    route("/lines/new/{provider}", new, ADMINS),
    route("/lines/new/{provider}", add, ADMINS, "POST"),
    route("/lines/{line_id}", one, ADMINS),
    route("/lines/{line_id}", save, ADMINS, "POST"),
    route("/lines/{line_id}/secret", secret, ADMINS, "POST"),
    route("/lines/{line_id}/switch", switch, ADMINS, "POST"),
]
