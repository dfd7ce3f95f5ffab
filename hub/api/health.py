"""What machines ask of a process: is it up, can it work, and how much does it do."""

import ipaddress

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub import metrics
from hub.api import problems
from hub.api.endpoint import let_in
from hub.api.problems import Problem
from hub.db import Away
from hub.desk import health
from hub.house import House
from hub.models import Role


async def healthz(_: Request) -> Response:
    """The process is up."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """The hub can work: 200, else 503 with the reasons."""
    house: House = request.app.state.house
    try:
        reasons = await house.db.read(health.troubles, house.safe)
    except Away as error:
        reasons = [problems.of(error).detail]
    status = 503 if reasons else 200
    return JSONResponse({"ready": not reasons, "reasons": reasons}, status)


async def metrics_page(request: Request) -> Response:
    """For Prometheus: from this machine without a token, else with an admin's."""
    house: House = request.app.state.house
    try:
        await _allowed(request, house)
        for state, count in (await house.db.read(health.jobs_by_state)).items():
            metrics.JOBS.labels(state).set(count)
    except Problem as problem:
        return problems.response(problem)
    except Away as error:
        return problems.response(problems.of(error))
    metrics.SCREENS.set(house.live.count())
    metrics.WAITING.set(house.db.waiting)
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)


async def _allowed(request: Request, house: House) -> None:
    if _is_local(request) and "authorization" not in request.headers:
        return
    token = await let_in(request, house)
    if token.role is not Role.ADMIN:
        raise Problem(403, "This needs a token of the role admin")


def _is_local(request: Request) -> bool:
    """From this machine, and not handed on by a proxy on it."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


routes = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", metrics_page, methods=["GET"]),
]
