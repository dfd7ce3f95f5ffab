"""The button "Simulate a call": stories told to this very hub, over real HTTP, signed."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.errors import HubError
from hub.contract.scenarios import STORIES
from hub.web import forms, render
from hub.web.guard import EVERYBODY, back, house, route

log = structlog.get_logger()

Teller = Callable[[str], Awaitable[object]]
"""Tells the story of that name to this hub; `app.state.tell` in the demo."""

MOST = 20
"""Stories that may be told at the same time."""


async def simulate(request: Request) -> Response:
    """Begin to tell a story; the page goes on meanwhile."""
    in_the_demo(request)
    form = await forms.read(request)
    story = form.one_of("story", STORIES, "no_answer")
    running = _running(request)
    if len(running) < MOST:
        task = asyncio.create_task(_tell(request.app.state.tell, story))
        running.add(task)
        task.add_done_callback(running.discard)
    if render.is_partial(request):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return back(request, form.text("next", "/now"))


async def _tell(tell: Teller, story: str) -> None:
    try:
        await tell(story)
    except HubError as error:
        log.warning("a story was not told to its end", story=story, error=str(error))


def _running(request: Request) -> set[asyncio.Task[None]]:
    """The stories that are being told: a task nobody holds may be collected half-way."""
    state = request.app.state
    if not hasattr(state, "stories"):
        state.stories = set()
    found: set[asyncio.Task[None]] = state.stories
    return found


def in_the_demo(request: Request) -> None:
    """Raise 404 in a hub that is no demo."""
    if not house(request).settings.demo:
        raise HTTPException(HTTPStatus.NOT_FOUND)


routes = [route("/demo/simulate", simulate, EVERYBODY, "POST")]
