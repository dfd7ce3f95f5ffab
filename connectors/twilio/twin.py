"""A small Twilio on loopback: messages, calls, recordings and signed callbacks, with memory.

It refuses what Twilio refuses, with Twilio's codes, and has bad days on demand (`State.fault`).
"""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from http import HTTPStatus
from re import fullmatch
from urllib.parse import parse_qsl, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.twilio import tone
from connectors.twilio.twin_callbacks import Call, Message, play_call, play_message
from connectors.twilio.twin_refusals import (
    CALL_FIELDS,
    CALL_REFUSALS,
    MESSAGE_FIELDS,
    MESSAGE_REFUSALS,
    NOWHERE,
    Refusal,
    plain,
)
from hub.contract.connectors import LoggedCall, Template
from hub.contract.errors import AddressRefused, OptedOut
from hub.contract.events import Channel
from hub.contract.twins import Fault, Running, Sent

NUMBER = "+12025550100"
TEMPLATE = "HX" + "1".zfill(32)
_LANDLINE, _STOPPED = "+12025550191", "+12025550192"
_ROOT = "/2010-04-01/Accounts/{account}"


@dataclass(slots=True, kw_only=True)
class State:
    """What this Twilio knows; change it to change how it behaves."""

    account_sid: str = "AC" + "1".zfill(32)
    auth_token: str = "twin-token-of-no-worth"
    numbers: set[str] = field(default_factory=lambda: {NUMBER})
    templates: dict[str, str] = field(
        default_factory=lambda: {TEMPLATE: "Hello {{1}}, you called us. How can we help?"}
    )
    landlines: set[str] = field(default_factory=lambda: {_LANDLINE})
    stopped: set[str] = field(default_factory=lambda: {_STOPPED})
    undeliverable: dict[str, str] = field(default_factory=dict)  # number -> code, told later
    open_windows: set[str] = field(default_factory=set)  # who wrote on WhatsApp within 24 hours
    callbacks: bool = True
    pace: float = 0.05  # seconds between two callbacks of a message or a call
    delay: float = 30.0  # seconds that a slow day takes
    fault: Fault | None = None
    messages: list[Sent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    logged: list[LoggedCall] = field(default_factory=list)
    requests: list[tuple[str, str, list[tuple[str, str]]]] = field(default_factory=list)
    background: set[asyncio.Task[None]] = field(default_factory=set)
    closing: asyncio.Event = field(default_factory=asyncio.Event)


def app(state: State) -> Starlette:
    """The API as an ASGI application over *state*."""
    made = Starlette(
        routes=[
            Route(f"{_ROOT}.json", _account),
            Route(f"{_ROOT}/Messages.json", _create_message, methods=["POST"]),
            Route(f"{_ROOT}/Messages.json", _list_messages),
            Route(f"{_ROOT}/Messages/{{sid}}.json", _fetch_message),
            Route(f"{_ROOT}/Calls.json", _create_call, methods=["POST"]),
            Route(f"{_ROOT}/Calls.json", _list_calls),
            Route(f"{_ROOT}/Recordings/{{name}}", _recording),
        ],
        exception_handlers={_Refused: _answer_refusal, 404: _not_found},
    )
    made.state.twin = state
    return made


@asynccontextmanager
async def start(*, port: int = 0, state: State | None = None) -> AsyncIterator[Running]:
    """Serve on 127.0.0.1 while the context is open; *port* 0 takes a free one."""
    state = state or State()
    listener = socket.create_server(("127.0.0.1", port))
    server = _Server(
        uvicorn.Config(
            app(state),
            lifespan="off",
            log_config=None,
            access_log=False,
            ws="none",
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield _running(state, listener.getsockname()[1])
    finally:
        state.closing.set()
        for task in state.background:
            task.cancel()
        await asyncio.gather(*state.background, return_exceptions=True)
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the program in which we are guests."""
        yield


def _running(state: State, port: int) -> Running:
    base = f"http://127.0.0.1:{port}"
    root = _ROOT.format(account=state.account_sid)
    return Running(
        settings={
            "account_sid": state.account_sid,
            "auth_token": state.auth_token,
            "from": NUMBER,
            "whatsapp_from": NUMBER,
            "base_url": base,
        },
        state=state,
        wrong={"auth_token": "not-the-token"},
        secret=state.auth_token,
        template=Template(sid=TEMPLATE, variables={"1": "Ann"}),
        media_url=f"{base}{root}/Recordings/RE{'1'.zfill(32)}",
        refuses={_LANDLINE: AddressRefused, _STOPPED: OptedOut, NOWHERE: AddressRefused},
    )


class _Refused(Exception):
    """An answer in Twilio's shape that ends the request."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


async def _answer_refusal(_request: Request, error: Exception) -> Response:
    return _refusal(error) if isinstance(error, _Refused) else Response(status_code=500)


def _refusal(error: _Refused) -> Response:
    body = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    headers = {"Retry-After": "1"} if error.status == HTTPStatus.TOO_MANY_REQUESTS else None
    return JSONResponse(body, status_code=error.status, headers=headers)


async def _not_found(request: Request, _error: Exception) -> Response:
    return _refusal(_Refused(404, 20404, f"The resource {request.url.path} was not found"))


def _enter(request: Request) -> State:
    """The state, for one who proves to be the account, on a day without a fault."""
    state: State = request.app.state.twin
    sent = request.headers.get("authorization", "")
    key = base64.b64encode(f"{state.account_sid}:{state.auth_token}".encode()).decode()
    if not compare_digest(sent, f"Basic {key}"):
        raise _Refused(401, 20003, "Authenticate")
    if request.path_params["account"] != state.account_sid:
        raise _Refused(404, 20404, f"The requested resource {request.url.path} was not found")
    if state.fault is Fault.LIMITED:
        raise _Refused(429, 20429, "Too Many Requests")
    if state.fault is Fault.BROKEN:
        raise _Refused(500, 20500, "Internal Server Error")
    return state


async def _leave(state: State) -> None:
    """What may still go wrong once the thing is done."""
    if state.fault is Fault.BROKEN_AFTER:
        raise _Refused(500, 20500, "Internal Server Error")
    if state.fault is Fault.SLOW:
        with suppress(TimeoutError):
            await asyncio.wait_for(state.closing.wait(), state.delay)


async def _form(request: Request, known: frozenset[str], state: State) -> dict[str, str]:
    body = await request.body()
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    state.requests.append((request.method, request.url.path, pairs))
    if unknown := {name for name, _ in pairs} - known:
        raise _Refused(400, 20001, f"Unknown parameter: {', '.join(sorted(unknown))}")
    repeated: dict[str, list[str]] = {}
    for name, value in pairs:
        repeated.setdefault(name, []).append(value)
    return {name: " ".join(values) for name, values in repeated.items()}


def _refuse(form: Mapping[str, str], state: State, refusals: tuple[Refusal, ...]) -> None:
    for applies, code, message in refusals:
        if applies(form, state):
            raise _Refused(400, code, message)


def _in_background(state: State, work: asyncio.Task[None]) -> None:
    state.background.add(work)
    work.add_done_callback(state.background.discard)


async def _account(request: Request) -> Response:
    state = _enter(request)
    await _leave(state)
    account = {"sid": state.account_sid, "friendly_name": "Twin", "status": "active"}
    return JSONResponse({**account, "type": "Full"})


async def _create_message(request: Request) -> Response:
    state = _enter(request)
    form = await _form(request, MESSAGE_FIELDS, state)
    _refuse(form, state, MESSAGE_REFUSALS)
    message = Message.made_from(form, state.templates, default_sender=min(state.numbers))
    message.error_code = _later_error(message, form, state)
    state.messages.append(message)
    if state.callbacks:
        work = play_message(message, state.account_sid, state.auth_token, state.pace)
        _in_background(state, asyncio.create_task(work))
    answer = message.resource(state.account_sid)
    await _leave(state)
    return JSONResponse(answer, status_code=201)


def _later_error(message: Message, form: Mapping[str, str], state: State) -> str:
    """The code of the failure that will only come by callback, or an empty string."""
    recipient = plain(message.recipient)
    if message.channel is Channel.WHATSAPP and "ContentSid" in form:
        return "63028" if "{{" in message.text else ""
    if message.channel is Channel.WHATSAPP and recipient not in state.open_windows:
        return "63016"
    return state.undeliverable.get(recipient, "")


async def _list_messages(request: Request) -> Response:
    state = _enter(request)
    query = request.query_params
    wanted = [
        message.resource(state.account_sid)
        for message in reversed(state.messages)
        if isinstance(message, Message)
        and query.get("To", message.recipient) == message.recipient
        and query.get("From", message.sender) == message.sender
    ]
    await _leave(state)
    return _page(request, "messages", wanted)


def _page(request: Request, name: str, items: list[dict[str, object]]) -> Response:
    query = request.query_params
    size, number = min(int(query.get("PageSize", 50)), 1000), int(query.get("Page", 0))
    here = items[number * size : (number + 1) * size]
    onward = urlencode({**query, "Page": number + 1, "PageSize": size})
    more = f"{request.url.path}?{onward}" if len(items) > (number + 1) * size else None
    return JSONResponse(
        {name: here, "page": number, "page_size": size, "next_page_uri": more, "start": 0}
    )


async def _fetch_message(request: Request) -> Response:
    state = _enter(request)
    for message in state.messages:
        if isinstance(message, Message) and message.ref == request.path_params["sid"]:
            return JSONResponse(message.resource(state.account_sid))
    raise _Refused(404, 20404, "The requested resource was not found")


async def _create_call(request: Request) -> Response:
    state = _enter(request)
    form = await _form(request, CALL_FIELDS, state)
    _refuse(form, state, CALL_REFUSALS)
    call = Call.made_from(form, at=datetime.now(UTC))
    state.calls.append(call)
    if state.callbacks:
        work = play_call(call, state.account_sid, state.auth_token, state.pace)
        _in_background(state, asyncio.create_task(work))
    answer = call.resource(state.account_sid)
    await _leave(state)
    return JSONResponse(answer, status_code=201)


async def _list_calls(request: Request) -> Response:
    state = _enter(request)
    calls = [call.resource(state.account_sid) for call in reversed(state.calls)]
    await _leave(state)
    return _page(request, "calls", calls)


async def _recording(request: Request) -> Response:
    """Every recording of this account is the same little tune."""
    state = _enter(request)
    name = request.path_params["name"]
    if not fullmatch(r"RE[0-9a-zA-Z]+(\.mp3|\.wav)?", name):
        raise _Refused(404, 20404, "The requested resource was not found")
    await _leave(state)
    is_mp3 = name.endswith(".mp3")
    body, kind = (tone.mp3(), "audio/mpeg") if is_mp3 else (tone.wav(), "audio/x-wav")
    return _part(body, kind, request.headers.get("range", ""))


def _part(body: bytes, media_type: str, wanted: str) -> Response:
    """The whole or the one range that was asked for (RFC 9110, section 14)."""
    headers = {"Accept-Ranges": "bytes"}
    found = fullmatch(r"bytes=(\d+)-(\d*)", wanted)
    if not found:
        return Response(body, media_type=media_type, headers=headers)
    first, last = int(found[1]), min(int(found[2] or len(body)), len(body) - 1)
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(body)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return Response(body[first : last + 1], 206, headers, media_type)
