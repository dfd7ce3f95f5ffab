"""The console: server-rendered pages for those who work with calls all day.

`routes`, `middleware` and `exception_handlers` are all that the application takes of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount

from hub.contract.errors import BadPayload
from hub.db import Away
from hub.desk.errors import NotFound
from hub.web import assets, demo, now, render, stream
from hub.web.guard import EVERYBODY, route
from hub.web.pages import (
    calls,
    connections,
    contacts,
    deliveries,
    entry,
    imports,
    lines,
    me,
    recordings,
    rules,
    settings,
    stop,
)
from hub.web.security import Shield

__all__ = ["exception_handlers", "middleware", "routes"]


async def start(_request: Request) -> Response:
    """The page to begin with."""
    return RedirectResponse("/now", 303)


routes: list[BaseRoute] = [
    Mount("/assets", assets.Assets(directory=assets.FOLDER), name="assets"),
    route("/", start, EVERYBODY),
    *entry.routes,
    *stop.routes,
    *stream.routes,
    *now.routes,
    *demo.routes,
    *me.routes,
    *calls.routes,
    *recordings.routes,
    *imports.routes,
    *contacts.routes,
    *settings.routes,
    *connections.routes,
    *deliveries.routes,
    *lines.routes,
    *rules.routes,
]

middleware = [Middleware(Shield, wide=("/contacts/import",))]

exception_handlers: Mapping[Any, Callable[[Request, Exception], Any]] = {
    HTTPException: render.on_http_error,
    Away: render.on_away,
    NotFound: render.on_not_found,
    BadPayload: render.on_bad_payload,
    Exception: render.on_bug,
}
