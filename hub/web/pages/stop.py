"""The link at the foot of our mails: whoever follows it is not written to again.

It works without signing in and proves itself. A mail program's own button posts here at once
(RFC 8058); a person sees a page first, since programs that look at links must not decide.
"""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.desk import messages
from hub.web import render
from hub.web.guard import PUBLIC, house, route


async def ask(request: Request) -> Response:
    """The page with the one button."""
    _proved(request)
    return render.page(request, "stop.html", done=False)


async def stop(request: Request) -> Response:
    """Keep that the reader said stop."""
    workspace_id, message_id = _proved(request)
    await house(request).db.write(messages.stop, workspace_id, message_id)
    return render.page(request, "stop.html", done=True)


def _proved(request: Request) -> tuple[str, str]:
    """Workspace and message of the link; 404 for one that we did not write."""
    name = request.path_params["name"]
    workspace_id, _, message_id = name.partition(".")
    if not house(request).safe.is_proof(name, request.path_params["proof"]):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return workspace_id, message_id


routes = [
    route("/stop/{name}/{proof}", ask, PUBLIC),
    route("/stop/{name}/{proof}", stop, PUBLIC, "POST"),
]
