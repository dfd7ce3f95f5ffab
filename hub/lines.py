"""What the hub must know of a line while a call waits: kept in memory for a second.

The database is the truth; what is older than a second is read again, so a change made by
another process (the command line, a second server) is seen at once in human terms.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hub.contract.phone import read
from hub.contract.webhooks import Secrets, Urls
from hub.crypto import Safe
from hub.db import Database
from hub.models import Calendar, Line, Site, User, Workspace

FRESH = 1.0
"""Seconds for which a read line is taken as true."""


_KEY = re.compile(r"[\w-]{1,64}", re.ASCII)


def hook_urls(public_url: str, provider: str, key: str) -> Urls:
    """The callback URLs of the line with *key*, under the hub's public address."""
    return Urls(base=f"{public_url}/hooks/{provider}/{key}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A user as the story of a call needs them."""

    id: str
    email: str
    name: str
    number: str | None
    extension: str | None
    sip: str | None
    available: bool
    rings: bool  # an agent: rung when the line names nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """A line with its workspace, calendar and colleagues, as of a moment ago."""

    id: str
    workspace_id: str
    provider: str
    name: str
    number: str
    region: str
    language: str
    key: str
    secrets: Secrets
    plan: Mapping[str, Any]
    calendar: Mapping[str, Any] | None
    workspace: Mapping[str, Any]
    workspace_name: str
    time_zone: str
    settle: timedelta = timedelta()
    colleagues: tuple[Colleague, ...] = field(default=())

    def urls(self, public_url: str) -> Urls:
        """The callback URLs of this line."""
        return hook_urls(public_url, self.provider, self.key)

    def colleague(self, word: str | None) -> Colleague | None:
        """Whom *word* means: our id, a number, an extension, SIP, e-mail or name."""
        if not word:
            return None
        number = read(word, region=self.region).e164
        for person in self.colleagues:
            names = (person.id, person.extension, person.sip, person.email, person.name)
            if word in names or (number and number == person.number):
                return person
        return None

    def on_duty(self) -> tuple[Colleague, ...]:
        """Whom the line rings: those of its plan; where it says nothing of them, every agent."""
        wanted = self.plan.get("agents")
        if wanted is not None:
            by_id = {person.id: person for person in self.colleagues}
            return tuple(by_id[id_] for id_ in wanted if id_ in by_id and by_id[id_].available)
        return tuple(person for person in self.colleagues if person.rings and person.available)


class Lines:
    """Lines by key, read again when they are older than `FRESH`."""

    def __init__(self, db: Database, safe: Safe, settle_seconds: float) -> None:
        """Nothing is read yet. *settle_seconds* holds where the workspace says nothing."""
        self._db = db
        self._safe = safe
        self._settle = settle_seconds
        self._kept: dict[str, tuple[float, LineFacts]] = {}
        self._reading: dict[str, asyncio.Future[LineFacts | None]] = {}

    async def by_key(self, key: str) -> LineFacts | None:
        """The enabled line with *key*, or None. Raises hub.db.Away."""
        if not _KEY.fullmatch(key):
            return None  # not every text may be asked of every database
        kept = self._kept.get(key)
        if kept and time.monotonic() - kept[0] < FRESH:
            return kept[1]
        reading = self._reading.get(key)
        if reading is None:  # a storm on one line asks once
            reading = self._reading[key] = asyncio.ensure_future(self._read(key))
        return await asyncio.shield(reading)

    async def _read(self, key: str) -> LineFacts | None:
        try:
            found = await self._db.read(load, self._safe, Line.key == key, self._settle)
        finally:
            self._reading.pop(key, None)
        if found is None:
            self._kept.pop(key, None)
        else:
            self._kept[key] = (time.monotonic(), found)
        return found


def load(
    session: Session, safe: Safe, where: ColumnElement[bool], settle_seconds: float = 20.0
) -> LineFacts | None:
    """The one enabled line for which *where* holds, with all that belongs to it."""
    line = session.scalar(select(Line).where(where, Line.disabled_at.is_(None)))
    if line is None:
        return None
    workspace = session.get_one(Workspace, line.workspace_id)
    return LineFacts(
        id=line.id,
        workspace_id=line.workspace_id,
        provider=line.provider,
        name=line.name,
        number=line.number or "",
        region=line.region,
        language=line.language or workspace.language,
        key=line.key,
        secrets=_secrets(safe, line),
        plan=line.plan,
        calendar=hours_of(session, line),
        workspace=workspace.settings,
        workspace_name=workspace.name,
        time_zone=workspace.time_zone,
        settle=timedelta(seconds=workspace.settings.get("settle_seconds", settle_seconds)),
        colleagues=_colleagues(session, line.workspace_id),
    )


def hours_of(session: Session, line: Line) -> Mapping[str, Any] | None:
    """The line's own opening hours, else those of its site; None means always open."""
    calendar_id = line.calendar_id
    if calendar_id is None and line.site_id is not None:
        calendar_id = session.get_one(Site, (line.workspace_id, line.site_id)).calendar_id
    calendar = session.get(Calendar, (line.workspace_id, calendar_id)) if calendar_id else None
    return calendar.hours if calendar else None


def _secrets(safe: Safe, line: Line) -> Secrets:
    opened = safe.open(line.secrets)
    previous = tuple(part for part in opened.pop("previous", "").split("\n") if part)
    current = opened.pop("current", "")
    return Secrets(current=current, previous=previous, settings={**line.settings, **opened})


def _colleagues(session: Session, workspace_id: str) -> tuple[Colleague, ...]:
    rows = session.scalars(
        select(User)
        .where(User.workspace_id == workspace_id, User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return tuple(
        Colleague(
            id=user.id,
            email=user.email,
            name=user.name or user.email,
            number=user.number,
            extension=user.extension,
            sip=user.sip,
            available=user.available,
            rings=user.role == "agent",
        )
        for user in rows
    )
