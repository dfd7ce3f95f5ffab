"""POST /hooks/{provider}/{key}: the door through which phone systems tell us things.

2xx means that it is committed. Whoever cannot prove where they come from gets 403 and leaves no
trace but a number and, now and then, a line in the log. While the database is away they are
asked to come again; nothing ever waits in memory alone.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from urllib.parse import quote

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub import flow, registry
from hub.contract.errors import BadSignature
from hub.contract.webhooks import RawRequest, Reply
from hub.db import Away
from hub.house import House
from hub.lines import LineFacts
from hub.metrics import DELIVERIES, INBOX_SECONDS
from hub.models import now

log = structlog.get_logger()

QUIET = 60.0
"""Seconds between two complaints about one line in the log."""

BURST = 10.0
"""Seconds of a line's rate that may come at once."""

RESERVE = 2.0
"""Times its rate that a line may ask besides for callers who wait: they must not hear of it."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: *rate* a second, *rate* x BURST at once."""

    rate: float
    tokens: float
    filled: float = field(default_factory=time.monotonic)

    def take(self) -> float:
        """0 when there is one to take, else the seconds until there will be."""
        at = time.monotonic()
        self.tokens = min(self.rate * BURST, self.tokens + (at - self.filled) * self.rate)
        self.filled = at
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate
        self.tokens -= 1
        return 0


class Limits:
    """How often each line may knock, and how often we complain in the log."""

    def __init__(self, rate: float) -> None:
        """*rate*: webhooks a second for one line, on the long run."""
        self._rate = rate
        self._buckets: dict[str, Bucket] = {}
        self._reserves: dict[str, Bucket] = {}
        self._complained: dict[str, float] = {}

    def wait(self, line_id: str) -> float:
        """Seconds that the line must wait; 0 when it may come in."""
        return _take(self._buckets, line_id, self._rate)

    def spare(self, line_id: str) -> bool:
        """Whether a line past its rate may come in all the same, if a caller waits."""
        return not _take(self._reserves, line_id, self._rate * RESERVE)

    def complain(self, line_id: str, error: str) -> None:
        """Log a refused request, at most once in QUIET seconds for one line."""
        at = time.monotonic()
        if at - self._complained.get(line_id, -QUIET) >= QUIET:
            self._complained[line_id] = at
            log.warning("a webhook was refused", line=line_id, error=error)


def _take(buckets: dict[str, Bucket], line_id: str, rate: float) -> float:
    bucket = buckets.get(line_id)
    if bucket is None:
        bucket = buckets[line_id] = Bucket(rate, rate * BURST)
    return bucket.take()


async def hook(request: Request) -> Response:
    """Take one webhook; the steps of the story, in their order."""
    house: House = request.app.state.house
    provider = request.path_params["provider"]
    began = time.perf_counter()
    try:
        response, result = await _hook(request, house, provider)
    except Away:
        response, result = _plain(503, "the database is away, come again", 5), "away"
    except ClientDisconnect:
        response, result = _plain(400, "the request was cut off"), "cut"
    known = provider if provider in registry.webhooks() else "unknown"
    DELIVERIES.labels(known, result).inc()
    INBOX_SECONDS.observe(time.perf_counter() - began)
    return response


async def _hook(request: Request, house: House, provider: str) -> tuple[Response, str]:
    limits: Limits = request.app.state.limits
    line = await house.lines.by_key(request.path_params["key"])
    if line is None or line.provider != provider:
        return _plain(404, "there is no such hook"), "unknown"
    module, wait = registry.webhook(provider), limits.wait(line.id)
    if wait and not (module.MANIFEST.answers_calls and limits.spare(line.id)):
        return _limited(wait)
    body = await _body(request, house.settings.max_body)
    if body is None:
        return _plain(413, f"the body is larger than {house.settings.max_body} bytes"), "large"
    raw = _raw(request, house.settings.public_url, body)
    if shaken := _handshake(module, raw):
        return _response(shaken), "handshake"
    try:
        module.verify(raw, line.secrets)
    except BadSignature as error:
        limits.complain(line.id, str(error))
        return _plain(403, "the signature is missing or wrong"), "refused"
    return await _take_in(request, house, line, module, raw, wait=wait)


async def _take_in(
    request: Request,
    house: House,
    line: LineFacts,
    module: ModuleType,
    raw: RawRequest,
    *,
    wait: float,
) -> tuple[Response, str]:
    """Keep and answer the request; of a line that has to *wait* only what a caller waits for."""
    arrival = flow.arrive(
        line,
        module,
        raw,
        line.urls(house.settings.public_url),
        simulated=request.headers.get("x-hub-simulated") == "1",
    )
    if wait and not (arrival.notice and arrival.notice.question):
        return _limited(wait)
    reply = await house.db.batch(flow.receive, arrival)
    return _response(reply), "taken" if arrival.notice else "unreadable"


def _limited(wait: float) -> tuple[Response, str]:
    return _plain(429, "too many requests on this line", wait), "limited"


def _handshake(module: ModuleType, raw: RawRequest) -> Reply | None:
    found: Reply | None = module.handshake(raw) if hasattr(module, "handshake") else None
    return found


async def _body(request: Request, most: int) -> bytes | None:
    """The body, or None as soon as it is too large."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > most:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def _raw(request: Request, public_url: str, body: bytes) -> RawRequest:
    """The request under its public URL: the Host header belongs to whoever sent it."""
    path = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query = request.scope["query_string"]
    url = public_url + path.split(b"?")[0].decode("latin-1")
    return RawRequest(
        method=request.method,
        url=f"{url}?{query.decode('latin-1')}" if query else url,
        headers=_headers(request),
        body=body,
        received_at=now(),
        step=request.path_params.get("step", "").strip("/"),
    )


def _headers(request: Request) -> Mapping[str, str]:
    """Repeated headers are joined, as HTTP allows; a signature sent twice then fits nowhere."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _plain(status: int, text: str, wait: float = 0) -> Response:
    headers = {"Retry-After": str(max(1, round(wait)))} if wait else {}
    return Response(f"{text}\n", status, headers, "text/plain")


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, media_type=reply.media_type or None)


routes = [
    Route("/hooks/{provider}/{key}", hook, methods=["GET", "POST"]),
    Route("/hooks/{provider}/{key}/{step:path}", hook, methods=["GET", "POST"]),
]
