"""Fetches recordings and keeps them: the vendor's links die, and need its password."""

from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import fetch, registry
from hub.contract.connectors import Ability, Download
from hub.contract.errors import BadSetting, RemoteRefused
from hub.db import Work
from hub.house import House
from hub.jobs.doors import Doors
from hub.live import Signal, Topic
from hub.models import Call, Connection, Line, Recording
from hub.queue import Claimed

_TYPES = {
    "audio/mpeg": ("audio/mpeg", "mp3"),
    "audio/mp3": ("audio/mpeg", "mp3"),
    "audio/wav": ("audio/wav", "wav"),
    "audio/x-wav": ("audio/wav", "wav"),
    "audio/wave": ("audio/wav", "wav"),
    "audio/vnd.wave": ("audio/wav", "wav"),
    "audio/ogg": ("audio/ogg", "ogg"),
    "audio/mp4": ("audio/mp4", "m4a"),
    "audio/webm": ("audio/webm", "webm"),
}

_PATIENCE = 300.0
"""Seconds for one file, as far as it may grow: a recording of hours comes over a slow line.

`remote_timeout` is for answers that are short; here only HUB_MAX_RECORDING bounds the length."""


class Fetcher:
    """The job `fetch`; its key is `call id:the provider's recording id`."""

    def __init__(self, house: House, doors: Doors) -> None:
        """Ask *doors* for the credentials that open the vendor's links."""
        self._house = house
        self._doors = doors

    async def __call__(self, job: Claimed) -> None:
        """Fetch the file, once; a refusal is written down for a person."""
        call_id, _, key = job.key.partition(":")
        found = await self._house.db.read(_wanted, job.workspace_id, call_id, key)
        if found is None:
            return
        recording, connection_id = found
        try:
            file = await self._keep(job, recording, connection_id)
        except (RemoteRefused, BadSetting) as error:
            await self._house.db.write(_failed, job.workspace_id, recording.id, str(error))
            return
        await self._house.db.write(_kept, job.workspace_id, recording.id, file)

    def buried(self, work: Work, job: Claimed, error: str) -> None:
        """Nobody will try again: say so beside the recording."""
        call_id, _, key = job.key.partition(":")
        if found := _wanted(work.session, job.workspace_id, call_id, key):
            _failed(work, job.workspace_id, found[0].id, f"gave up: {error}")

    async def _keep(
        self, job: Claimed, recording: Recording, connection_id: str | None
    ) -> tuple[str, str, int]:
        download, trusted = await self._download(job, recording, connection_id)
        fetched = await fetch.fetch(
            download.url,
            headers=download.headers,
            trusted=trusted,
            most=self._house.settings.max_recording,
            timeout=_PATIENCE,
        )
        with fetched.file:
            if fetched.media_type not in _TYPES:
                raise RemoteRefused(f"the vendor sent {fetched.media_type or 'nothing'}, no sound")
            kind, ending = _TYPES[fetched.media_type]
            path = f"{job.workspace_id}/{recording.call_id}/{recording.id}.{ending}"
            await obstore.put_async(store(self._house.settings.recordings), path, fetched.file)
        return path, kind, fetched.size

    async def _download(
        self, job: Claimed, recording: Recording, connection_id: str | None
    ) -> tuple[Download, set[str]]:
        """Where and with which headers; an address that the administrator set is trusted."""
        url = recording.source_url or ""
        if connection_id is None:
            return Download(url=url), set()
        door = await self._doors.open(job.workspace_id, connection_id)
        base = door.settings.get("base_url", "")
        return door.connector.download(url), {fetch.origin(base)} if base else set()


def store(address: str) -> ObjectStore:
    """The place where recordings are kept; raises BadSetting with what is wrong with it."""
    try:
        if address.startswith("file:"):
            return from_url(address, mkdir=True)
        return from_url(address)
    except BaseError as error:
        why = str(error).partition("\n")[0]
        raise BadSetting(f"recordings cannot be kept: {why}; see HUB_RECORDINGS_URL") from error


def _wanted(
    session: Session, workspace_id: str, call_id: str, key: str
) -> tuple[Recording, str | None] | None:
    """The recording, if it has a link and is not kept yet, and the connection that opens it."""
    recording = session.scalar(
        select(Recording).where(
            Recording.workspace_id == workspace_id,
            Recording.call_id == call_id,
            Recording.recording_key == key,
        )
    )
    if recording is None or recording.path is not None or not recording.source_url:
        return None
    session.expunge(recording)
    return recording, _opener(session, session.get_one(Call, (workspace_id, call_id)))


def _opener(session: Session, call: Call) -> str | None:
    """The connection of the line's own vendor, if it can open recordings."""
    line = session.get_one(Line, (call.workspace_id, call.line_id))
    system = registry.webhook(line.provider).MANIFEST.system
    module: Any = registry.connectors().get(system)
    if module is None or Ability.FETCH not in module.MANIFEST.abilities:
        return None
    return session.scalar(
        select(Connection.id)
        .where(
            Connection.workspace_id == call.workspace_id,
            Connection.system == system,
            Connection.disabled_at.is_(None),
        )
        .order_by(Connection.line_id.is_not_distinct_from(line.id).desc(), Connection.id)
        .limit(1)
    )


def _kept(work: Work, workspace_id: str, recording_id: str, file: tuple[str, str, int]) -> None:
    row = work.session.get_one(Recording, (workspace_id, recording_id))
    row.path, row.media_type, row.size = file
    row.error = ""
    work.tell(Signal(workspace_id=workspace_id, topic=Topic.CALL, subject=row.call_id))


def _failed(work: Work, workspace_id: str, recording_id: str, why: str) -> None:
    row = work.session.get_one(Recording, (workspace_id, recording_id))
    row.error = why[:500]
    work.tell(Signal(workspace_id=workspace_id, topic=Topic.CALL, subject=row.call_id))
