"""One's own profile: name, number, language, shortcuts, sound, colours; and one's status."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from hub.contract.errors import BadSetting
from hub.crypto import check_password, hash_password
from hub.db import Work
from hub.desk import people
from hub.models import User
from hub.web import auth, forms, render
from hub.web.auth import Who
from hub.web.guard import EVERYBODY, back, house, route, who
from hub.web.language import LANGUAGES
from hub.web.language import gettext as _
from hub.web.problems import said

THEMES = ("", "light", "dark")


async def show(request: Request) -> Response:
    """The form."""
    return await _page(request)


async def _page(request: Request, status: int = 200, error: str = "") -> Response:
    me = await house(request).db.read(people.one, who(request).workspace_id, who(request).id)
    saved = "saved" in request.query_params
    return render.page(request, "me.html", status, me=me, saved=saved, error=error)


async def save(request: Request) -> Response:
    """Keep the profile."""
    me, form = who(request), await forms.read(request)
    draft = people.UserDraft(
        name=form.text("name")[:200],
        number=form.text("number"),
        language=form.one_of("language", LANGUAGES, ""),
    )
    settings = {
        "shortcuts": form.ticked("shortcuts"),
        "sound": form.number("sound", 60, most=100) / 100,
        "pop_seconds": int(form.number("pop_seconds", 0, most=600)),
        "theme": form.one_of("theme", THEMES, ""),
    }
    try:
        await house(request).db.write(_keep, me, draft, settings)
    except BadSetting as problem:
        return await _page(request, 422, said(problem))
    return back(request, "/me?saved")


def _keep(work: Work, me: Who, draft: people.UserDraft, settings: dict[str, object]) -> None:
    people.change(work, me.workspace_id, me.id, draft, region=me.region)
    user = people.row(work.session, me.workspace_id, me.id)
    user.settings = {**user.settings, **settings}


async def password(request: Request) -> Response:
    """A new password, for who knows the old one; other browsers are signed out."""
    me, form = who(request), await forms.read(request)
    found = await house(request).db.read(auth.by_email, me.email)
    fits = await asyncio.to_thread(check_password, found[2] if found else None, form.secret("old"))
    if not fits:
        return await _page(request, 422, _("The old password is not right."))
    try:
        auth.check_new_password(form.secret("password"))
    except BadSetting:
        return await _page(request, 422, _("A password has at least 10 characters."))
    hashed = await asyncio.to_thread(hash_password, form.secret("password"))
    await house(request).db.write(auth.new_password, me, hashed)
    return back(request, "/me?saved")


async def status(request: Request) -> Response:
    """Available or away; htmx gets the switch alone, others their page again."""
    me, form = who(request), await forms.read(request)
    available = form.ticked("available")
    await house(request).db.write(_set_available, me.workspace_id, me.id, available)
    if not render.is_partial(request):
        return back(request, form.text("next"))
    request.state.who = await auth.whoever(request)
    return render.page(request, "_status.html", partial=True)


def _set_available(work: Work, workspace_id: str, user_id: str, available: bool) -> None:  # noqa: FBT001 - the row's own field
    user = work.session.get_one(User, (workspace_id, user_id))
    user.available = available


routes = [
    route("/me", show, EVERYBODY),
    route("/me", save, EVERYBODY, "POST"),
    route("/me/password", password, EVERYBODY, "POST"),
    route("/me/status", status, EVERYBODY, "POST"),
]
