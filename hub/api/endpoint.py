"""Lets a request in or answers it with a problem: method, token, role, query and body, in turn."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from hub.api import problems
from hub.api.problems import Problem
from hub.api.schemas import Schema
from hub.api.table import Ask, Operation
from hub.contract.errors import BadPayload, HubError
from hub.contract.payload import Payload
from hub.desk import people
from hub.desk.people import TokenView
from hub.house import House
from hub.models import now

MOST_BODY = 1_048_576
log = structlog.get_logger()


class Endpoint:
    """All operations of one path, as an ASGI application."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        """Take the operations by method."""
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a bug of ours is a problem too, without its stack."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except Problem as problem:
            response = problems.response(problem)
        except HubError as error:
            response = problems.response(problems.of(error))
        except Exception:  # the edge: the log has it all, the stranger nothing
            log.exception("a request failed", path=request.url.path)
            response = problems.response(Problem(500, "Something broke here; the log knows more."))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        operation = self._operations.get(request.method)
        if operation is None:
            allowed = ", ".join(sorted(self._operations))
            raise Problem(405, f"Here go: {allowed}", headers={"Allow": allowed})
        house: House = request.app.state.house
        token = await let_in(request, house)
        if token.role not in operation.roles:
            roles = ", ".join(sorted(operation.roles))
            raise Problem(403, f"This needs a token of another role: {roles}")
        ask = Ask(
            request=request,
            house=house,
            token=token,
            path=_path(request),
            query=_query(request, operation),
            body=await _body(request, operation),
        )
        answer = await operation.handler(ask)
        return answer if isinstance(answer, Response) else JSONResponse(answer, operation.status)


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what is under no known path, whatever the method."""
    problem = Problem(404, "There is nothing under this address; see /api/v1/openapi.json")
    await problems.response(problem)(scope, receive, send)


async def let_in(request: Request, house: House) -> TokenView:
    """Whose token the request carries; raises Problem 401."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    token = None
    if scheme.casefold() == "bearer" and secret.strip():
        token = await house.db.read(people.check_token, secret.strip())
    if token is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="hub"'}
        raise Problem(401, "Send a token: Authorization: Bearer ...", headers=challenge)
    if token.used_at is None or now() - token.used_at > people.USED_AGAIN_AFTER:
        await house.db.write(people.token_used, token)
    return token


def _path(request: Request) -> dict[str, str]:
    found = {name: str(value) for name, value in request.path_params.items()}
    if not all(_is_plain(value) for value in found.values()):
        raise Problem(404, "There is nothing under this address.")
    return found


def _query(request: Request, operation: Operation) -> dict[str, str]:
    """The declared parameters, each once and of its kind; raises Problem 422."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in operation.query:
            known = ", ".join(operation.query) or "none"
            raise _bad_query(name, f"is no parameter here; there are: {known}")
        if name in found:
            raise _bad_query(name, "was given twice")
        _check(name, value, operation.query[name])
        found[name] = value
    for name in operation.required:
        if name not in found:
            raise _bad_query(name, "is missing")
    return found


def _check(name: str, value: str, schema: Schema) -> None:
    if not _is_plain(value):
        raise _bad_query(name, "holds a character that is no text")
    known = schema.get("enum")
    if known and value not in known:
        raise _bad_query(name, f"is none of {', '.join(known)}")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1000):
        raise _bad_query(name, f"should have 1 to {schema.get('maxLength', 1000)} characters")
    kind = _KINDS.get(str(schema.get("format", schema["type"])))
    if kind and not kind[0](value, schema):
        raise _bad_query(name, kind[1])


def _is_whole(value: str, schema: Schema) -> bool:
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        return False
    return bool(schema["minimum"] <= int(value) <= schema["maximum"])


def _is_flag(value: str, _schema: Schema) -> bool:
    return value in {"true", "false"}


def _is_time(value: str, _schema: Schema) -> bool:
    """A day, or a time with its offset; a plus sign that was not encoded has become a space."""
    try:
        found = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        return False
    return found.tzinfo is not None or len(value) == len("2026-01-31")


_KINDS: Mapping[str, tuple[Callable[[str, Schema], bool], str]] = {
    "integer": (_is_whole, "should be a whole number within its bounds"),
    "boolean": (_is_flag, "should be true or false"),
    "date-time": (_is_time, "should be an ISO 8601 time with its offset, or a day"),
}


def _bad_query(name: str, detail: str) -> Problem:
    return Problem(422, f"{name} {detail}", errors=[(name, detail)])


async def _body(request: Request, operation: Operation) -> Payload:
    """The JSON body; raises Problem 400, 413, 415."""
    if not operation.body:
        return Payload({})
    raw = await _bytes(request)
    if not raw and not operation.body_needed:
        return Payload({})
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        raise Problem(415, "Send JSON: Content-Type: application/json")
    try:
        body = Payload.from_json(raw)
        body.names()
    except BadPayload as error:
        raise Problem(400, f"The body is no JSON object: {error}") from error
    return body


async def _bytes(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BODY:
            raise Problem(413, f"The body is larger than {MOST_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


def _is_plain(value: str) -> bool:
    """No NUL, and no half of a surrogate pair: databases refuse both."""
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
