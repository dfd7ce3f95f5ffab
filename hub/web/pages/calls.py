"""Calls: the list with its filters, one call with all that is known of it, its recording."""

from starlette.requests import Request
from starlette.responses import Response

from hub.web import render
from hub.web.guard import EVERYBODY, route


async def listing(request: Request) -> Response:
    """The calls that the filters let through."""
    return render.page(request, "calls/list.html")


routes = [route("/calls", listing, EVERYBODY)]
