"""Settings: the workspace, the people who work in it, and the tokens of programs."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.errors import BadSetting
from hub.core.hours import zone
from hub.db import Work
from hub.desk import audit, people
from hub.desk.regions import read_region
from hub.desk.workspace import the_one
from hub.models import Role, Workspace
from hub.web import auth, forms, render
from hub.web.auth import Who
from hub.web.forms import REFUSED, Form
from hub.web.guard import ADMINS, back, house, route, who
from hub.web.language import LANGUAGES
from hub.web.problems import said


async def show(request: Request) -> Response:
    """All of it on one page."""
    return await _page(request)


async def _page(request: Request, status: int = 200, **said: str) -> Response:
    me = who(request)
    values = await house(request).db.read(_values, me)
    shown = {"error": "", "link": "", "link_for": "", "token": "", **said}
    saved = "saved" in request.query_params
    return render.page(request, "settings/settings.html", status, saved=saved, **values, **shown)


def _values(session: Session, me: Who) -> dict[str, Any]:
    workspace = the_one(session)
    return {
        "workspace": workspace,
        "rules": workspace.settings,
        "people": people.users(session, me.workspace_id, all_=True),
        "tokens": people.tokens(session, me.workspace_id),
        "zones": sorted(available_timezones()),
        "audit": audit.latest(session, me.workspace_id, 20),
    }


async def save(request: Request) -> Response:
    """Keep the workspace's settings."""
    me, form = who(request), await forms.read(request)
    try:
        await house(request).db.write(_keep, me, form)
    except REFUSED as problem:
        return await _page(request, 422, error=said(problem))
    return back(request, "/settings?saved")


def _keep(work: Work, me: Who, form: Form) -> None:
    workspace = work.session.get_one(Workspace, me.workspace_id)
    if zone(form.text("time_zone")) is None:
        raise BadSetting("this is no time zone: write it as Europe/Rome")
    workspace.name = form.text("name")[:200] or workspace.name
    workspace.region = read_region(form.text("region"))
    workspace.language = form.one_of("language", LANGUAGES, "en")
    workspace.time_zone = form.text("time_zone")
    workspace.settings = {
        **workspace.settings,
        **_numbers(form),
        "blocked": _blocked(form, workspace.region),
    }
    audit.record(work, me.workspace_id, me.email, "workspace.changed")


def _numbers(form: Form) -> Mapping[str, float]:
    found = {
        name: form.number(name, -1, most=3600)
        for name in ("settle_seconds", "short_abandon")
        if form.text(name)
    }
    if form.errors:
        raise BadSetting("; ".join(f"{name}: {said}" for name, said in form.errors.items()))
    return found


def _blocked(form: Form, region: str) -> list[str]:
    return [
        people.read_number(line, region, what="the blocked number")
        for line in form.lines("blocked")
    ]


async def add_person(request: Request) -> Response:
    """A new colleague, and the link with which they come in."""
    me, form = who(request), await forms.read(request)
    draft = people.UserDraft(
        name=form.text("name")[:200],
        role=Role(form.one_of("role", [*Role], Role.AGENT)),
        number=form.text("number"),
        extension=form.text("extension"),
    )
    try:
        token = await house(request).db.write(_invite, me, form.text("email"), draft)
    except REFUSED as problem:
        return await _page(request, 422, error=said(problem))
    return await _linked(request, form.text("email"), token)


def _invite(work: Work, me: Who, email: str, draft: people.UserDraft) -> str:
    user = people.add(work, me.workspace_id, email, draft, region=me.region)
    audit.record(work, me.workspace_id, me.email, "user.added", user.email)
    return auth.once_link(work, me.workspace_id, user.id)


async def change_person(request: Request) -> Response:
    """A role, a number, an extension; or switched off and on."""
    me, form = who(request), await forms.read(request)
    user_id = request.path_params["user_id"]
    try:
        await house(request).db.write(_change, me, user_id, form)
    except REFUSED as problem:
        return await _page(request, 422, error=said(problem))
    return back(request, "/settings?saved#people")


def _change(work: Work, me: Who, user_id: str, form: Form) -> None:
    act = form.text("act")
    if act in {"disable", "enable"}:
        if user_id == me.id:
            raise BadSetting("you cannot switch yourself off: let another administrator do it")
        {"disable": people.disable, "enable": people.enable}[act](work, me.workspace_id, user_id)
    else:
        _set(work, me, user_id, form)
    audit.record(work, me.workspace_id, me.email, f"user.{act or 'changed'}", user_id)


def _set(work: Work, me: Who, user_id: str, form: Form) -> None:
    role = Role(form.one_of("role", [*Role], Role.AGENT))
    if user_id == me.id and role is not Role.ADMIN:
        raise BadSetting("you cannot take your own rights: let another administrator do it")
    draft = people.UserDraft(
        name=form.text("name"),
        role=role,
        number=form.text("number"),
        extension=form.text("extension"),
        sip=form.text("sip"),
    )
    people.change(work, me.workspace_id, user_id, draft, region=me.region)


async def link(request: Request) -> Response:
    """A one-time link for somebody who lost their password."""
    me, user_id = who(request), request.path_params["user_id"]
    user = await house(request).db.read(people.one, me.workspace_id, user_id)
    token = await house(request).db.write(auth.once_link, me.workspace_id, user.id)
    return await _linked(request, user.email, token)


async def _linked(request: Request, email: str, token: str) -> Response:
    address = f"{house(request).settings.public_url}/sign-in/once/{token}"
    return await _page(request, link=address, link_for=email)


async def add_token(request: Request) -> Response:
    """A token for a program: shown once, and never again."""
    me, form = who(request), await forms.read(request)
    role = Role(form.one_of("role", [*Role], Role.AGENT))
    token = await house(request).db.write(_add_token, me, role, form.text("name")[:100])
    return await _page(request, token=token)


def _add_token(work: Work, me: Who, role: Role, name: str) -> str:
    _, token = people.add_token(work, me.workspace_id, role, name)
    audit.record(work, me.workspace_id, me.email, "token.added", name)
    return token


async def revoke(request: Request) -> Response:
    """Let a program in no more."""
    me, token_id = who(request), request.path_params["token_id"]
    await house(request).db.write(people.revoke_token, me.workspace_id, token_id)
    return back(request, "/settings?saved#tokens")


routes = [
    route("/settings", show, ADMINS),
    route("/settings", save, ADMINS, "POST"),
    route("/settings/people", add_person, ADMINS, "POST"),
    route("/settings/people/{user_id}", change_person, ADMINS, "POST"),
    route("/settings/people/{user_id}/link", link, ADMINS, "POST"),
    route("/settings/tokens", add_token, ADMINS, "POST"),
    route("/settings/tokens/{token_id}/revoke", revoke, ADMINS, "POST"),
]
