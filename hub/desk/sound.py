"""The file of a recording, whole or in part: console and API let people jump in it."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import obstore
from obstore.store import from_url
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.desk.errors import NotFound
from hub.models import Recording

PIECE = 262_144
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A kept file: *path* within the place of recordings, *size* in bytes."""

    call_id: str
    path: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is to be sent: from *start* to *end* (exclusive), under *status* and *headers*."""

    status: HTTPStatus
    start: int
    end: int
    headers: Mapping[str, str]


def find(session: Session, workspace_id: str, recording_id: str) -> Sound:
    """The file of a recording; raises NotFound while it is not kept."""
    row = session.scalar(
        select(Recording).where(
            Recording.workspace_id == workspace_id, Recording.id == recording_id
        )
    )
    if row is None or row.path is None:
        raise NotFound(f"there is no file of the recording {recording_id!r} yet")
    return Sound(
        call_id=row.call_id,
        path=row.path,
        media_type=row.media_type or "application/octet-stream",
        size=row.size or 0,
    )


def part(sound: Sound, wanted: str) -> Part:
    """What the Range header *wanted* asks for (RFC 9110 section 14; several ranges: the whole)."""
    headers = {"accept-ranges": "bytes", "cache-control": "private, max-age=3600"}
    span = _span(wanted, sound.size)
    if span is None:
        headers["content-length"] = str(sound.size)
        return Part(status=HTTPStatus.OK, start=0, end=sound.size, headers=headers)
    start, end = span
    if start >= end:
        headers["content-range"] = f"bytes */{sound.size}"
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return Part(status=status, start=0, end=0, headers=headers)
    headers["content-range"] = f"bytes {start}-{end - 1}/{sound.size}"
    headers["content-length"] = str(end - start)
    return Part(status=HTTPStatus.PARTIAL_CONTENT, start=start, end=end, headers=headers)


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


async def read(address: str, sound: Sound, wanted: Part) -> AsyncIterator[bytes]:
    """The bytes of *wanted*, in pieces; *address* is `Settings.recordings`."""
    store = from_url(address)
    for start in range(wanted.start, wanted.end, PIECE):
        end = min(wanted.end, start + PIECE)
        yield bytes(await obstore.get_range_async(store, sound.path, start=start, end=end))
