"""Lists by the page: what comes next is found by its key, however much was added meanwhile."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from hub.contract.errors import BadPayload

T = TypeVar("T")
R = TypeVar("R")

LIMIT = 50
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some items, and the cursor of those that follow: None at the end."""

    items: tuple[T, ...]
    next: str | None = None


def encode(*parts: str) -> str:
    """An opaque cursor from the key of the last item."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, str]:
    """The key in *cursor*; raises BadPayload when it is none of ours."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        first, second = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, TypeError) as error:
        raise _bad() from error
    if not isinstance(first, str) or not isinstance(second, str) or "\x00" in first + second:
        raise _bad()
    return first, second


def decode_moment(cursor: str) -> tuple[datetime, str]:
    """As `decode`, of a list in the order of time."""
    first, second = decode(cursor)
    try:
        moment = datetime.fromisoformat(first)
    except ValueError as error:
        raise _bad() from error
    if moment.tzinfo is None:
        raise _bad()
    return moment, second


def before(
    at: InstrumentedAttribute[datetime], id_: InstrumentedAttribute[str], cursor: str
) -> ColumnElement[bool]:
    """The condition "older than *cursor*", of a list with the newest first."""
    moment, last = decode_moment(cursor)
    return or_(at < moment, and_(at == moment, id_ < last))


def page(rows: Sequence[R], limit: int, key: Callable[[R], tuple[str, str]]) -> Page[R]:
    """A page of at most *limit* out of *rows*, which were asked for one more."""
    kept = tuple(rows[:limit])
    return Page(items=kept, next=encode(*key(kept[-1])) if len(rows) > limit else None)


def _bad() -> BadPayload:
    return BadPayload("is none that we gave: begin again without it", path="cursor")
