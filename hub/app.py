"""The hub as one ASGI application, and the server around it."""

import asyncio
import errno
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog
import uvicorn
from starlette.applications import Starlette

from hub import api, inbox, jobs, registry, web
from hub.contract import phone
from hub.contract.errors import BadSetting
from hub.contract.events import Channel, Direction, Outcome
from hub.core import hours, rules, wording
from hub.house import House, build
from hub.settings import Settings, strangers

log = structlog.get_logger()

_OPENED = 1.0
"""Seconds after the start: by then requests are taken, and a start has better things to do."""

Around = Callable[[Starlette], AbstractAsyncContextManager[None]]
"""What lives around the application, and is there before its first job runs."""


@asynccontextmanager
async def _nothing(_app: Starlette) -> AsyncIterator[None]:
    yield


def create(settings: Settings, around: Around = _nothing) -> Starlette:
    """The application; its parts live from start to end of its lifespan, inside *around*."""
    house = build(settings)
    app = Starlette(
        routes=[*inbox.routes, *api.routes, *web.routes],
        middleware=web.middleware,
        exception_handlers=web.exception_handlers,
        lifespan=partial(_lifespan, around=around),
    )
    app.state.house = house
    app.state.limits = inbox.Limits(settings.line_rate)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette, around: Around) -> AsyncIterator[None]:
    house: House = app.state.house
    registry.webhooks()
    registry.connectors()
    phone.read("+12025550100")
    await house.db.write(jobs.take_back)
    async with around(app):
        work = (jobs.run(house), house.places.write(), _warm_up())
        tasks = [asyncio.create_task(one) for one in work]
        for task in tasks:
            task.add_done_callback(_complain)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    await house.db.close()


async def _warm_up() -> None:
    """Load what the first follow-up needs, half a second's worth, once the doors are open."""
    await asyncio.sleep(_OPENED)
    await asyncio.to_thread(rehearse)


def rehearse() -> rules.Decision:
    """Decide about an invented call: that brings in the texts, their languages and holidays."""
    at = datetime.now(UTC)
    hours.is_open(hours.Calendar(time_zone="UTC", holidays=hours.Holidays(country="US")), at)
    facts = rules.Facts(
        direction=Direction.INBOUND,
        outcome=Outcome.MISSED,
        started_at=at,
        kind=phone.CallerKind.NUMBER,
        e164="+12025550100",
        country="US",
        channels=frozenset({Channel.SMS}),
        names=wording.SAMPLE,
    )
    rule = replace(rules.default_rule(), wait=rules.Wait(seconds=0, quiet=None))
    return rules.decide(facts, rule, at)


def _complain(task: asyncio.Task[None]) -> None:
    """What was to run for ever has stopped: say so, loudly."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the hub has stopped; restart it", error=repr(error))


class Server(uvicorn.Server):
    """Says that it is ready, once, when it is."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], object]) -> None:
        """Call *ready* with the address once requests are taken."""
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override] # uvicorn leaves the sockets untyped
        """Start, then tell."""
        await super().startup(sockets)  # type: ignore[arg-type] # as above
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._ready(f"http://{host}:{port}")

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override] # as above
        """Break off the open streams, which would not end by themselves, then stop."""
        house: House = self.config.app.state.house  # type: ignore[union-attr] # ours: see serve
        house.live.cut()
        await super().shutdown(sockets)  # type: ignore[arg-type] # as above


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    ready: Callable[[str], object] | None = None,
    around: Around = _nothing,
) -> None:
    """Serve until told to stop; prints one line with the address when ready.

    Raises BadSetting before anything starts when nobody can listen there.
    """
    _try_port(host, port)
    configure_logs(settings)
    for stranger in strangers():
        log.warning(stranger)
    told = ready or (lambda address: print(f"Centralino is ready on {address}", flush=True))  # noqa: T201 - the one line that people and scripts wait for
    config = uvicorn.Config(
        create(settings, around),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        backlog=4096,
    )
    Server(config, told).run()


_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def _try_port(host: str, port: int) -> None:
    """Raise BadSetting with the cure where the server would end with a number."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for family, *_, address in found:
            try:
                socket.create_server((address[0], port), family=family).close()
            except OSError as error:
                # A name may have an address of a kind that this machine does without.
                if len(found) == 1 or error.errno not in _ABSENT:
                    raise
    except OSError as error:
        raise BadSetting(
            f"nobody can listen on {host}:{port} ({error.strerror}): "
            "choose another --port, or another --host"
        ) from error


def configure_logs(settings: Settings) -> None:
    """Text for people or JSON for machines, on standard error."""
    last = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING)
