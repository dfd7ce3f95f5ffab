"""What goes wrong, as RFC 9457 problem details: the type of the error decides the status."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from starlette.responses import JSONResponse

from hub.contract.errors import BadPayload, BadSetting, BadText, HubError, RemoteError
from hub.db import Away
from hub.desk.errors import Conflict, NotFound
from hub.desk.recordings import BadRange

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[HubError], int] = {
    NotFound: 404,
    Conflict: 409,
    BadRange: 416,
    BadPayload: 422,
    BadSetting: 422,
    BadText: 422,
    RemoteError: 502,
    Away: 503,
}
"""The most fitting class counts."""

AWAY = "The database does not answer now; come again in a moment."

log = structlog.get_logger()


class Problem(Exception):
    """An answer that ends the request early."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what the response says; *errors* are pairs of path and sentence."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def of(error: HubError) -> Problem:
    """The problem that *error* is to whoever asked.

    What the database's driver says names hosts and paths: it goes to the log alone.
    """
    status = next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)
    errors = [(error.path, str(error))] if isinstance(error, BadPayload) and error.path else []
    headers: dict[str, str] = {}
    if isinstance(error, Away):
        log.warning("nobody could be served", error=str(error))
        return Problem(STATUS[Away], AWAY, headers={"Retry-After": "2"})
    if isinstance(error, BadRange):
        headers["Content-Range"] = f"bytes */{error.size}"
    return Problem(status, str(error), errors=errors, headers=headers)


def response(problem: Problem) -> JSONResponse:
    """The answer."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"path": path, "detail": detail} for path, detail in problem.errors]
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)
