"""Raw deliveries, for whoever wants to know what a phone system really said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub import flow, lines, registry
from hub.contract.webhooks import RawRequest, Urls
from hub.crypto import Safe
from hub.db import Work
from hub.desk.errors import Conflict, NotFound
from hub.desk.page import LIMIT, MOST, Page, before, page
from hub.models import Call, Delivery, DeliveryState, Line

OPEN = (DeliveryState.FAILED, DeliveryState.UNREADABLE)
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One webhook as it came; *body* is text, with what is no UTF-8 replaced."""

    id: str
    line_id: str
    event_key: str
    call_key: str | None
    received_at: datetime
    method: str
    url: str
    state: str
    error: str
    headers: dict[str, str]
    body: str
    reply_status: int
    reply_type: str
    reply_body: str
    copies: int
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilters:
    """All that are set must hold."""

    line_id: str = ""
    state: DeliveryState | None = None


def find(
    session: Session,
    workspace_id: str,
    filters: DeliveryFilters,
    cursor: str = "",
    limit: int = LIMIT,
) -> Page[DeliveryView]:
    """Deliveries, newest first; raises BadPayload for a bad cursor."""
    names = ("line_id", "state")
    wanted = select(Delivery).where(
        Delivery.workspace_id == workspace_id,
        *(getattr(Delivery, name) == value for name in names if (value := getattr(filters, name))),
    )
    if cursor:
        wanted = wanted.where(before(Delivery.received_at, Delivery.id, cursor))
    limit = max(1, min(limit, MOST))
    newest = wanted.order_by(Delivery.received_at.desc(), Delivery.id.desc()).limit(limit + 1)
    rows = page(
        session.scalars(newest).all(), limit, lambda row: (row.received_at.isoformat(), row.id)
    )
    return Page(items=tuple(view(row) for row in rows.items), next=rows.next)


def one(session: Session, workspace_id: str, delivery_id: str) -> DeliveryView:
    """One delivery; raises NotFound."""
    return view(_row(session, workspace_id, delivery_id))


def of_call(
    session: Session, workspace_id: str, line_id: str, call_key: str
) -> list[DeliveryView]:
    """The deliveries that told of one call, in the order of their arrival."""
    found = select(Delivery).where(
        Delivery.workspace_id == workspace_id,
        Delivery.line_id == line_id,
        Delivery.call_key == call_key,
    )
    return [view(row) for row in session.scalars(found.order_by(Delivery.received_at))]


def failed(session: Session, workspace_id: str) -> list[str]:
    """The ids of those that wait for a replay, oldest first."""
    found = select(Delivery.id).where(
        Delivery.workspace_id == workspace_id, Delivery.state.in_(OPEN)
    )
    return list(session.scalars(found.order_by(Delivery.received_at)))


def waiting(session: Session, workspace_id: str) -> dict[str, int]:
    """How many wait for a replay, by their state."""
    found = (
        select(Delivery.state, func.count())
        .where(Delivery.workspace_id == workspace_id, Delivery.state.in_(OPEN))
        .group_by(Delivery.state)
    )
    return {str(state): count for state, count in session.execute(found)}


def call_of(session: Session, workspace_id: str, sent: DeliveryView) -> str | None:
    """The id of the call that a delivery tells of; None when it tells of none."""
    return session.scalar(
        select(Call.id).where(
            Call.workspace_id == workspace_id,
            Call.line_id == sent.line_id,
            Call.call_key == sent.call_key,
        )
    )


def replay(
    work: Work, safe: Safe, public_url: str, workspace_id: str, delivery_id: str
) -> DeliveryView:
    """Do again what a kept delivery asks for: what was done already stays as it is.

    Its events are a set and effects happen once, so a replay of a sound delivery changes nothing.
    Raises NotFound, and Conflict when its line is switched off.
    """
    row = _row(work.session, workspace_id, delivery_id)
    line = lines.load(work.session, safe, Line.id == row.line_id)
    if line is None:
        raise Conflict("the line of this delivery is switched off: switch it on first")
    module = registry.webhook(line.provider)
    urls = Urls(base=f"{public_url}/hooks/{line.provider}/{line.key}")
    arrival = flow.arrive(line, module, _request(row), urls, simulated=row.simulated)
    flow.again(work, row.id, arrival)
    work.session.flush()
    work.session.refresh(row)
    return view(row)


def view(row: Delivery) -> DeliveryView:
    """The row as a value; what would open a door is left out of its headers."""
    return DeliveryView(
        id=row.id,
        line_id=row.line_id,
        event_key=row.event_key,
        call_key=row.call_key,
        received_at=row.received_at,
        method=row.method,
        url=row.url,
        state=str(row.state),
        error=row.error,
        headers={
            name: "(hidden)" if name in SECRET_HEADERS else str(value)
            for name, value in row.headers.items()
        },
        body=row.body.decode(errors="replace"),
        reply_status=row.reply_status,
        reply_type=row.reply_type,
        reply_body=row.reply_body.decode(errors="replace"),
        copies=row.copies,
        simulated=row.simulated,
    )


def _request(row: Delivery) -> RawRequest:
    return RawRequest(
        method=row.method,
        url=row.url,
        headers={name: str(value) for name, value in row.headers.items()},
        body=row.body,
        received_at=row.received_at,
        step=row.step,
    )


def _row(session: Session, workspace_id: str, delivery_id: str) -> Delivery:
    found = session.get(Delivery, (workspace_id, delivery_id))
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id!r}")
    return found
