"""Coming in and going out: sign-in, one-time links, sign-out."""

import asyncio
import math
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.contract.errors import BadSetting
from hub.crypto import check_password, hash_password
from hub.db import Work
from hub.desk import audit
from hub.web import address, auth, forms, render
from hub.web.guard import EVERYBODY, PUBLIC, house, local, route, who
from hub.web.language import gettext as _
from hub.web.throttle import Throttle

_GUESSES = asyncio.Semaphore(2)
"""Argon2 takes a core and 64 MB for a twentieth of a second: two at a time are enough."""


def _throttle(request: Request) -> Throttle:
    state = request.app.state
    if not hasattr(state, "throttle"):
        state.throttle = Throttle()
    found: Throttle = state.throttle
    return found


async def show(request: Request) -> Response:
    """The form; whoever is signed in already goes on."""
    goal = local(request.query_params.get("next", "/"))
    if await auth.whoever(request):
        return RedirectResponse(goal, 303)
    return render.page(request, "sign_in.html", error="", email="", next=goal)


async def sign_in(request: Request) -> Response:
    """Check e-mail and password: the same answer and time for an unknown as for a wrong one."""
    form = await forms.read(request)
    email, goal = form.text("email").casefold()[:320], local(form.text("next"))
    keys = (f"account {email}", f"address {address.of(request)}")
    throttle = _throttle(request)
    if wait := throttle.wait(*keys):
        return _too_many(request, email, goal, wait)
    throttle.failed(*keys)
    found = await house(request).db.read(auth.by_email, email)
    async with _GUESSES:
        right = await asyncio.to_thread(
            check_password, found[2] if found else None, form.secret("password")
        )
    if not found or not right:
        error = _("E-mail and password do not fit together.")
        return render.page(request, "sign_in.html", 401, error=error, email=email, next=goal)
    throttle.forgive(*keys)
    idle = timedelta(hours=house(request).settings.session_hours)
    token = await house(request).db.write(_begin, found, email, address.of(request), idle)
    return _in(request, token, goal)


def _begin(
    work: Work, found: tuple[str, str, str | None], email: str, where: str, idle: timedelta
) -> str:
    workspace_id, user_id, _ = found
    audit.record(work, workspace_id, email, audit.SIGNED_IN, user_id, address=where)
    return auth.begin(work, workspace_id, user_id, idle)


def _too_many(request: Request, email: str, goal: str, wait: float) -> Response:
    seconds = math.ceil(wait)
    error = _("Too many tries. Wait %(seconds)s seconds, then try again.") % {"seconds": seconds}
    answer = render.page(request, "sign_in.html", 429, error=error, email=email, next=goal)
    answer.headers["retry-after"] = str(seconds)
    return answer


def _in(request: Request, token: str, goal: str) -> Response:
    answer = RedirectResponse(goal, 303)
    auth.set_cookie(request, answer, token)
    return answer


async def once(request: Request) -> Response:
    """A one-time link: in the demo it signs in, else it asks for a password first.

    A mail scanner that looks at the link in advance so uses up nothing.
    """
    token = request.path_params["token"]
    if house(request).settings.demo:
        return await _redeem(request, token, None)
    email = await house(request).db.read(auth.invited, token)
    return render.page(request, "welcome.html", 200 if email else 410, email=email, error="")


async def welcome(request: Request) -> Response:
    """The new password of one who came by a one-time link."""
    token = request.path_params["token"]
    password = (await forms.read(request)).secret("password")
    try:
        auth.check_new_password(password)
    except BadSetting:
        email = await house(request).db.read(auth.invited, token)
        error = _("A password has at least 10 characters.")
        return render.page(request, "welcome.html", 422, email=email, error=error)
    async with _GUESSES:
        hashed = await asyncio.to_thread(hash_password, password)
    return await _redeem(request, token, hashed)


async def _redeem(request: Request, token: str, hashed: str | None) -> Response:
    idle = timedelta(hours=house(request).settings.session_hours)
    fresh = await house(request).db.write(auth.redeem, token, hashed, idle)
    if fresh is None:
        return render.page(request, "welcome.html", 410, email=None, error="")
    return _in(request, fresh, "/")


async def sign_out(request: Request) -> Response:
    """End this sign-in, here and in the table."""
    found = who(request)
    await house(request).db.write(auth.end, found.workspace_id, found.sign_in_id)
    answer = RedirectResponse("/sign-in", 303)
    auth.drop_cookie(request, answer)
    answer.headers["clear-site-data"] = '"cache"'
    return answer


routes = [
    route("/sign-in", show, PUBLIC),
    route("/sign-in", sign_in, PUBLIC, "POST"),
    route("/sign-in/once/{token}", once, PUBLIC),
    route("/sign-in/once/{token}", welcome, PUBLIC, "POST"),
    route("/sign-out", sign_out, EVERYBODY, "POST"),
]
