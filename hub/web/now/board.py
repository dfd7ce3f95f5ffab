"""The page *Now*: what rings and runs, and who still waits to be called back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.desk import missed
from hub.desk.missed import MissedView
from hub.desk.views import CallView, assemble
from hub.models import Call, now
from hub.web import render
from hub.web.guard import EVERYBODY, house, route, who
from hub.web.now.facts import LIVE, LONGEST

MOST_LIVE = 100
DONE_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The entries that wait, and the last ones that somebody dealt with."""

    waiting: Sequence[MissedView]
    done: Sequence[MissedView]


def live(session: Session, workspace_id: str) -> list[CallView]:
    """Calls that ring or run, those that wait longest first."""
    rows = session.scalars(
        select(Call)
        .where(Call.workspace_id == workspace_id, Call.phase.in_(LIVE))
        .where(Call.started_at > now() - LONGEST)
        .order_by(Call.answered_at.is_not(None), Call.started_at)
        .limit(MOST_LIVE)
    )
    return assemble(session, workspace_id, rows.all())


def inbox(session: Session, workspace_id: str) -> Inbox:
    """The missed-call inbox."""
    return Inbox(
        waiting=missed.missed(session, workspace_id),
        done=missed.missed(session, workspace_id, handled=True, most=DONE_SHOWN),
    )


async def show(request: Request) -> Response:
    """The whole page."""
    workspace_id, db = who(request).workspace_id, house(request).db
    running = await db.read(live, workspace_id)
    box = await db.read(inbox, workspace_id)
    return render.page(request, "now/page.html", running=running, inbox=box)


async def running(request: Request) -> Response:
    """The calls alone, for a page that looks again."""
    found = await house(request).db.read(live, who(request).workspace_id)
    return render.page(request, "now/_running.html", running=found)


async def waiting(request: Request) -> Response:
    """The inbox alone."""
    found = await house(request).db.read(inbox, who(request).workspace_id)
    return render.page(request, "now/_inbox.html", inbox=found)


routes = [
    route("/now", show, EVERYBODY),
    route("/now/calls", running, EVERYBODY),
    route("/now/missed", waiting, EVERYBODY),
]
