"""Recordings that we keep: what they are, and their sound, whole or in part."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from hub.contract.errors import HubError
from hub.desk.errors import NotFound
from hub.desk.views import RecordingView, recording
from hub.house import House
from hub.models import Recording

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CHUNK = 262_144
DEFAULT_TYPE = "audio/mpeg"


class BadRange(HubError):
    """The wanted part lies outside the file; *size* is that of the whole."""

    def __init__(self, size: int) -> None:
        """Keep the *size*, in bytes, for the answer."""
        super().__init__(f"the recording has {size} bytes: ask for a part of those")
        self.size = size


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Bytes *start* to *end* (exclusive) of *size*, and how to get them."""

    media_type: str
    size: int
    start: int
    end: int
    changed_at: datetime
    chunks: AsyncIterator[bytes]

    @property
    def partial(self) -> bool:
        """Whether a part was asked for."""
        return (self.start, self.end) != (0, self.size)


def one(session: Session, workspace_id: str, recording_id: str) -> RecordingView:
    """One recording; raises NotFound."""
    return recording(row(session, workspace_id, recording_id))


def row(session: Session, workspace_id: str, recording_id: str) -> Recording:
    """The table's row of a recording; raises NotFound."""
    found = session.get(Recording, (workspace_id, recording_id))
    if found is None:
        raise NotFound(f"there is no recording {recording_id!r}")
    return found


async def sound(house: House, workspace_id: str, recording_id: str, wanted: str = "") -> Sound:
    """The file, or the part that the Range header *wanted* names.

    Raises NotFound when it was not fetched yet, and BadRange. Several ranges give the whole
    file, as RFC 9110 (14.2) allows.
    """
    found = await house.db.read(row, workspace_id, recording_id)
    if found.path is None:
        raise NotFound(f"the file of this recording is not here yet ({found.state})")
    store = opened(house.settings.recordings)
    try:
        meta = await store.head_async(found.path)
    except FileNotFoundError as error:
        raise NotFound(
            "the file of this recording is gone from where recordings are kept"
        ) from error
    size = meta["size"]
    start, end = _span(wanted, size)
    return Sound(
        media_type=found.media_type or DEFAULT_TYPE,
        size=size,
        start=start,
        end=end,
        changed_at=meta["last_modified"].astimezone(UTC),
        chunks=_chunks(store, found.path, start, end),
    )


@cache
def opened(url: str) -> "ObjectStore":
    """The place where recordings are kept; imported late, it is large."""
    from obstore.store import from_url

    return from_url(url)


async def _chunks(store: "ObjectStore", path: str, start: int, end: int) -> AsyncIterator[bytes]:
    while start < end:
        upto = min(start + CHUNK, end)
        yield bytes(await store.get_range_async(path, start=start, end=upto))
        start = upto


def _span(wanted: str, size: int) -> tuple[int, int]:
    """The bytes that a Range header names: (start, end), end exclusive."""
    unit, _, spec = wanted.partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip().casefold() != "bytes" or "," in spec or not dash:
        return 0, size
    if not all(part.isdecimal() and part.isascii() for part in (first, last) if part):
        return 0, size
    if not first:
        start, end = max(0, size - int(last or 0)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        raise BadRange(size)
    return start, end
