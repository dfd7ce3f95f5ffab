"""THE STORY: what happens between a webhook and everything that comes of it.

`receive` runs in the writer's thread, for all deliveries that wait at that moment, in one
transaction: store, advance, match, decide what must follow, and note whom to tell once it is
true. Nothing here sends a request or waits. The rest of the story is told by jobs:
`hub.jobs.settled` when a call has come to rest, and what follows from it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import structlog
from sqlalchemy import select, tuple_, update

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.events import MessageEvent, TalkEvent
from hub.contract.webhooks import Notice, RawRequest, Reply, Urls
from hub.db import Work
from hub.flow import answers, calls, messages
from hub.lines import LineFacts
from hub.models import Delivery, DeliveryState, new_id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A verified request. *trouble* is set instead of *notice* when it could not be parsed."""

    line: LineFacts
    provider: ModuleType
    request: RawRequest
    urls: Urls
    notice: Notice | None = None
    trouble: str = ""
    unsupported: bool = False
    simulated: bool = False

    @property
    def key(self) -> str:
        """What makes it one delivery, however often it comes."""
        if self.notice is not None:
            return self.notice.id
        digest = hashlib.sha256(self.request.step.encode() + b"\0" + self.request.body)
        return f"unreadable:{digest.hexdigest()}"

    @property
    def call_key(self) -> str | None:
        """The provider's id of the call it speaks of, if it speaks of one."""
        events = self.notice.events if self.notice else ()
        return next(
            (event.call_id for event in events if not isinstance(event, MessageEvent)), None
        )


@dataclass(slots=True)
class _Stored:
    """An arrival on its way: its delivery's id, whether it is new, and our answer."""

    arrival: Arrival
    id: str
    fresh: bool = True
    reply: Reply = field(default_factory=Reply)
    error: str = ""


def arrive(
    line: LineFacts,
    provider: ModuleType,
    request: RawRequest,
    urls: Urls,
    *,
    simulated: bool = False,
) -> Arrival:
    """Parse a verified request; what cannot be parsed arrives too, to be kept."""
    known: dict[str, Any] = {
        "line": line,
        "provider": provider,
        "request": request,
        "urls": urls,
        "simulated": simulated,
    }
    try:
        return Arrival(notice=provider.parse(request), **known)
    except UnsupportedEvent as error:
        return Arrival(trouble=str(error), unsupported=True, **known)
    except BadPayload as error:
        return Arrival(trouble=str(error), **known)


def receive(work: Work, arrivals: Sequence[Arrival]) -> list[Reply]:
    """Take the deliveries in; gives the answer to each. A repeated one is answered as before."""
    stored = _store(work, arrivals)
    for group in _by_call(item for item in stored if item.fresh):
        _advance(work, group)
    _answer_again(work, [item for item in stored if not item.fresh])
    return [item.reply for item in stored]


def again(work: Work, delivery_id: str, arrival: Arrival) -> Reply:
    """Do anew what a kept delivery asks for: a replay. What was done already stays as it is."""
    item = _Stored(arrival, delivery_id)
    parsed = arrival.notice is not None
    work.session.execute(
        update(Delivery)
        .where(Delivery.workspace_id == arrival.line.workspace_id, Delivery.id == delivery_id)
        .values(
            state=DeliveryState.DONE if parsed else DeliveryState.UNREADABLE,
            error=arrival.trouble,
            call_key=arrival.call_key,
        )
    )
    _advance(work, [item])
    return item.reply


def _store(work: Work, arrivals: Sequence[Arrival]) -> list[_Stored]:
    stored = [_Stored(arrival, new_id()) for arrival in arrivals]
    keys = ("workspace_id", "line_id", "event_key")
    new = work.add(Delivery, [_row(item) for item in stored], *keys)
    for item in stored:
        key = (item.arrival.line.workspace_id, item.arrival.line.id, item.arrival.key)
        item.fresh = key in new
        new.discard(key)  # of two copies in one batch only the first is fresh
    return stored


def _row(item: _Stored) -> dict[str, Any]:
    arrival, request = item.arrival, item.arrival.request
    readable = arrival.notice is not None
    return {
        "workspace_id": arrival.line.workspace_id,
        "id": item.id,
        "line_id": arrival.line.id,
        "event_key": arrival.key,
        "received_at": request.received_at,
        "method": request.method,
        "url": request.url,
        "step": request.step,
        "headers": dict(request.headers),
        "body": request.body,
        "state": DeliveryState.DONE if readable else DeliveryState.UNREADABLE,
        "error": arrival.trouble,
        "call_key": arrival.call_key,
        "reply_status": item.reply.status,
        "reply_type": "",
        "reply_body": b"",
        "copies": 1,
        "simulated": arrival.simulated,
    }


def _answer_again(work: Work, repeated: Sequence[_Stored]) -> None:
    if not repeated:
        return
    wanted = {(item.arrival.line.id, item.arrival.key): item for item in repeated}
    keys = tuple_(Delivery.line_id, Delivery.event_key).in_(list(wanted))
    work.session.execute(update(Delivery).where(keys).values(copies=Delivery.copies + 1))
    for row in work.session.scalars(select(Delivery).where(keys)):
        item = wanted[row.line_id, row.event_key]
        item.reply = Reply(status=row.reply_status, media_type=row.reply_type, body=row.reply_body)
    first = {(item.arrival.line.id, item.arrival.key): item.reply for item in wanted.values()}
    for item in repeated:
        item.reply = first[item.arrival.line.id, item.arrival.key]


def _by_call(stored: Iterable[_Stored]) -> list[list[_Stored]]:
    """Deliveries of one call go together, so that it is folded once; order is kept."""
    groups: dict[tuple[str, str], list[_Stored]] = {}
    for item in stored:
        name = item.arrival.call_key or item.id
        groups.setdefault((item.arrival.line.id, name), []).append(item)
    return list(groups.values())


def _advance(work: Work, group: list[_Stored]) -> None:
    """Do what the deliveries of one call ask for; a bug of ours leaves them failed, not lost."""
    try:
        with work.part():
            _tell(work, group)
    except Exception as error:  # whatever our bug is, the delivery is kept and shown
        log.exception("a delivery failed", line=group[0].arrival.line.id)
        for item in group:
            item.error = f"{type(error).__name__}: {error}"[:2000]
    for item in group:
        item.reply = answers.reply(item.arrival, failed=bool(item.error))
        _remember(work, item)


def _tell(work: Work, group: list[_Stored]) -> None:
    line = group[0].arrival.line
    talk: list[tuple[str, TalkEvent]] = []
    for item in group:
        for event in item.arrival.notice.events if item.arrival.notice else ():
            if isinstance(event, MessageEvent):
                messages.take(work, line, event, simulated=item.arrival.simulated)
            else:
                talk.append((item.id, event))
    if talk:
        calls.advance(
            work,
            line,
            talk,
            at=group[-1].arrival.request.received_at,
            rings=group[0].arrival.provider.MANIFEST.answers_calls,
            simulated=group[0].arrival.simulated,
        )


def _remember(work: Work, item: _Stored) -> None:
    if item.reply == Reply() and not item.error:
        return
    changes: dict[str, Any] = {
        "reply_status": item.reply.status,
        "reply_type": item.reply.media_type,
        "reply_body": item.reply.body,
    }
    if item.error:
        changes |= {"state": DeliveryState.FAILED, "error": item.error}
    work.session.execute(
        update(Delivery)
        .where(
            Delivery.workspace_id == item.arrival.line.workspace_id,
            Delivery.id == item.id,
        )
        .values(changes)
    )
