"""THE STORY: what happens between a webhook and everything that comes of it.

`receive` runs in the writer's thread, for all deliveries that wait at that moment, in one
transaction: store, advance, match, decide what must follow, and note whom to tell once it is
true. Nothing here sends a request or waits. The rest of the story is told by jobs:
`hub.jobs.settled` when a call has come to rest, and what follows from it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import ModuleType
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, update

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.events import MessageEvent, TalkEvent
from hub.contract.webhooks import Notice, RawRequest, Reply, Urls
from hub.db import Work, is_away
from hub.flow import answers, calls, messages
from hub.flow.turns import Talk
from hub.lines import LineFacts
from hub.models import Delivery, DeliveryState, new_id

log = structlog.get_logger()

_KEY_LENGTH = 300


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
        """What makes it one delivery, however often it comes; fits its column."""
        if self.notice is None:
            return f"unreadable:{_digest(self.request.url.encode(), self.request.body)}"
        if len(self.notice.id) > _KEY_LENGTH:
            return f"long:{_digest(self.notice.id.encode())}"
        return self.notice.id

    @property
    def call_key(self) -> str | None:
        """The provider's id of the call it speaks of, if it speaks of one."""
        events = self.notice.events if self.notice else ()
        return next(
            (event.call_id for event in events if not isinstance(event, MessageEvent)), None
        )


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


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
    except Exception as error:  # a bug of the provider's folder: kept, and replayed once mended
        log.exception("a parser failed", provider=line.provider, line=line.id)
        return Arrival(trouble=f"{type(error).__name__}: {error}"[:2000], **known)


def receive(work: Work, arrivals: Sequence[Arrival]) -> list[Reply]:
    """Take the deliveries in; gives the answer to each. A repeated one is answered as before.

    Rows are written and calls are locked in the order of their keys: two processes that take in
    the same calls at the same moment wait for one another, and not each for the other.
    """
    stored = _store(work, arrivals)
    groups = _by_call(item for item in stored if item.fresh)
    _advance(work, groups)
    for item in chain.from_iterable(groups):
        _remember(work, item)
    _answer_again(work, [item for item in stored if not item.fresh])
    return [item.reply for item in stored]


def again(work: Work, delivery_id: str, arrival: Arrival) -> Reply:
    """Do anew what a kept delivery asks for: a replay. What was done already stays as it is."""
    item = _Stored(arrival, delivery_id)
    _advance(work, [[item]])
    state = DeliveryState.DONE if arrival.notice else DeliveryState.UNREADABLE
    changes = {"state": state, "error": arrival.trouble, "call_key": _call_key(arrival)}
    _change(work, item, changes | _outcome(item))
    return item.reply


def _store(work: Work, arrivals: Sequence[Arrival]) -> list[_Stored]:
    stored = [_Stored(arrival, new_id()) for arrival in arrivals]
    keys = ("workspace_id", "line_id", "event_key")
    rows = sorted(map(_row, stored), key=lambda row: (row["line_id"], row["event_key"]))
    new = work.add(Delivery, rows, *keys)
    for item in stored:
        item.fresh = _name(item) in new
        new.discard(_name(item))  # of two copies in one batch only the first is fresh
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
        "step": _plain(request.step),
        "headers": dict(request.headers),
        "body": request.body,
        "state": DeliveryState.DONE if readable else DeliveryState.UNREADABLE,
        "error": arrival.trouble,
        "call_key": _call_key(arrival),
        "reply_status": item.reply.status,
        "reply_type": "",
        "reply_body": b"",
        "copies": 1,
        "simulated": arrival.simulated,
    }


def _call_key(arrival: Arrival) -> str | None:
    return arrival.call_key[:200] if arrival.call_key else None


def _plain(text: str) -> str:
    """What every database can keep as a text: PostgreSQL takes no NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _name(item: _Stored) -> tuple[str, str, str]:
    return item.arrival.line.workspace_id, item.arrival.line.id, item.arrival.key


def _delivery(name: tuple[str, str, str]) -> ColumnElement[bool]:
    columns = (Delivery.workspace_id, Delivery.line_id, Delivery.event_key)
    return and_(*(column == value for column, value in zip(columns, name, strict=True)))


def _answer_again(work: Work, repeated: Sequence[_Stored]) -> None:
    if not repeated:
        return
    copies = Counter(map(_name, repeated))
    for name, more in sorted(copies.items()):
        row = work.session.scalars(
            update(Delivery)
            .where(_delivery(name))
            .values(copies=Delivery.copies + more)
            .returning(Delivery)
        ).one()
        reply = Reply(status=row.reply_status, media_type=row.reply_type, body=row.reply_body)
        for item in repeated:
            if _name(item) == name:
                item.reply = reply


def _by_call(stored: Iterable[_Stored]) -> list[list[_Stored]]:
    """Deliveries of one call go together, so that it is folded once; order within is kept."""
    groups: dict[tuple[str, str], list[_Stored]] = {}
    for position, item in enumerate(stored):
        name = item.arrival.call_key or f"{position:06}"
        groups.setdefault((item.arrival.line.id, name), []).append(item)
    return [group for _, group in sorted(groups.items())]


def _advance(work: Work, groups: Sequence[list[_Stored]]) -> None:
    """Do what deliveries ask for, grouped by call; a bug of ours leaves them failed, not lost."""
    items = list(chain.from_iterable(groups))
    try:
        with work.part():
            _tell(work, groups)
            for item in items:
                item.reply = answers.reply(item.arrival)
    except Exception as error:  # whatever our bug is, the delivery is kept and shown
        if is_away(error):
            raise
        if len(items) > 1:  # the others may be sound
            for part in groups if len(groups) > 1 else [[item] for item in items]:
                _advance(work, [part])
            return
        log.exception("a delivery failed", line=items[0].arrival.line.id)
        items[0].error = _plain(f"{type(error).__name__}: {error}")[:2000]
        items[0].reply = answers.safe(items[0].arrival)


def _tell(work: Work, groups: Sequence[list[_Stored]]) -> None:
    talks = [talk for group in groups if (talk := _talk(work, group)) is not None]
    if talks:
        calls.advance(work, talks)


def _talk(work: Work, group: list[_Stored]) -> Talk | None:
    """Take in the messages of *group*; gives what it says of its call, if it does."""
    first, told = group[0].arrival, list[tuple[str | None, TalkEvent]]()
    for item in group:
        for event in item.arrival.notice.events if item.arrival.notice else ():
            if isinstance(event, MessageEvent):
                messages.take(work, first.line, event)
            else:
                told.append((item.id, event))
    if not told:
        return None
    return Talk(
        line=first.line,
        told=told,
        at=group[-1].arrival.request.received_at,
        rings=first.provider.MANIFEST.answers_calls,
        simulated=first.simulated,
    )


def _remember(work: Work, item: _Stored) -> None:
    if item.reply != Reply() or item.error:
        _change(work, item, _outcome(item))


def _outcome(item: _Stored) -> dict[str, Any]:
    answered = {
        "reply_status": item.reply.status,
        "reply_type": item.reply.media_type,
        "reply_body": item.reply.body,
    }
    failed = {"state": DeliveryState.FAILED, "error": item.error}
    return answered | failed if item.error else answered


def _change(work: Work, item: _Stored, changes: dict[str, Any]) -> None:
    mine = Delivery.workspace_id == item.arrival.line.workspace_id, Delivery.id == item.id
    work.session.execute(update(Delivery).where(*mine).values(changes))
