"""Connections: accounts at systems that keep people, send messages or place calls."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hub import registry
from hub.contract.connectors import Ability, Account, ConnectorManifest
from hub.contract.phone import read
from hub.crypto import Safe
from hub.db import Work
from hub.desk import lines
from hub.desk.errors import Conflict, NotFound
from hub.desk.given import checked
from hub.desk.shelf import Shelf
from hub.house import House
from hub.models import Connection, Line, new_id, now


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A connection. *settings* are the plain ones; *hidden* names the secret ones that are set.

    *line_id*: the line that hears its callbacks. *state*: ok, trouble or paused.
    """

    id: str
    system: str
    title: str
    name: str
    settings: Mapping[str, Any]
    hidden: tuple[str, ...]
    abilities: tuple[str, ...]
    channels: tuple[str, ...]
    embedded: bool
    line_id: str | None
    state: str
    trouble: str
    created_at: datetime
    used_at: datetime | None
    disabled_at: datetime | None


def connections(
    session: Session, safe: Safe, workspace_id: str, *, all_: bool = False
) -> list[ConnectionView]:
    """The connections, oldest first; with *all_* those too that are switched off."""
    found = select(Connection).where(Connection.workspace_id == workspace_id)
    if not all_:
        found = found.where(Connection.disabled_at.is_(None))
    return [view(safe, row) for row in session.scalars(found.order_by(Connection.id))]


def one(session: Session, safe: Safe, workspace_id: str, connection_id: str) -> ConnectionView:
    """One connection; raises NotFound."""
    return view(safe, row(session, workspace_id, connection_id))


def row(session: Session, workspace_id: str, connection_id: str) -> Connection:
    """The table's row of a connection; raises NotFound."""
    found = session.get(Connection, (workspace_id, connection_id))
    if found is None:
        raise NotFound(f"there is no connection {connection_id!r}")
    return found


def add(
    work: Work,
    safe: Safe,
    workspace_id: str,
    system: str,
    given: Mapping[str, str],
    *,
    name: str = "",
    public_url: str = "",
) -> ConnectionView:
    """A new account at *system*; raises BadSetting naming the setting and the cure.

    A system that calls back gets a line that hears it: the one with its sender's number, else a
    new one that knows the same secret.
    """
    module = registry.connector(system)
    manifest: ConnectorManifest = module.MANIFEST
    if manifest.embedded:
        raise Conflict(f"{manifest.title} is part of the hub and already there")
    plain, secret = checked(manifest.settings, given, whose=manifest.title)
    module.open(Account(settings={**plain, **secret}, public_url=public_url))
    connection = Connection(
        workspace_id=workspace_id,
        id=new_id(),
        system=system,
        name=name.strip() or manifest.title,
        settings=plain,
        secrets=safe.seal(secret),
        line_id=_line(work, safe, workspace_id, manifest, {**plain, **secret}),
        state="ok",
        trouble="",
    )
    work.session.add(connection)
    work.session.flush()
    return view(safe, connection)


def change(
    work: Work,
    safe: Safe,
    workspace_id: str,
    connection_id: str,
    given: Mapping[str, str],
    *,
    name: str = "",
) -> ConnectionView:
    """Replace the settings; a secret that is not given stays. Raises NotFound, BadSetting."""
    connection = row(work.session, workspace_id, connection_id)
    module = registry.connector(connection.system)
    kept = safe.open(connection.secrets)
    plain, secret = checked(
        module.MANIFEST.settings, {**kept, **given}, whose=module.MANIFEST.title
    )
    if not module.MANIFEST.embedded:
        module.open(Account(settings={**plain, **secret}))
    connection.settings, connection.secrets = plain, safe.seal(secret)
    connection.name = name.strip() or connection.name
    connection.state, connection.trouble = "ok", ""
    work.session.flush()
    return view(safe, connection)


def switch(
    work: Work, safe: Safe, workspace_id: str, connection_id: str, *, on: bool
) -> ConnectionView:
    """Use the account, or leave it alone."""
    connection = row(work.session, workspace_id, connection_id)
    connection.disabled_at = None if on else connection.disabled_at or now()
    work.session.flush()
    return view(safe, connection)


def mark(work: Work, workspace_id: str, connection_id: str, trouble: str = "") -> None:
    """The connection was just used: it works, or has *trouble* that a person must mend."""
    work.session.execute(
        update(Connection)
        .where(
            Connection.workspace_id == workspace_id,
            Connection.id == connection_id,
            Connection.state != "paused",
        )
        .values(used_at=now(), state="trouble" if trouble else "ok", trouble=trouble[:500])
    )


def with_ability(session: Session, workspace_id: str, ability: Ability) -> list[Connection]:
    """The rows of all enabled connections whose system can do it, oldest first."""
    found = session.scalars(
        select(Connection)
        .where(Connection.workspace_id == workspace_id, Connection.disabled_at.is_(None))
        .order_by(Connection.id)
    )
    return [row for row in found if ability in _abilities(row.system)]


@contextlib.asynccontextmanager
async def opened(house: House, connection: Connection) -> AsyncIterator[Any]:
    """The connector of *connection*, closed at the end; raises BadSetting."""
    account = Account(
        settings={**connection.settings, **house.safe.open(connection.secrets)},
        public_url=house.settings.public_url,
        shelf=Shelf(house.db, connection.workspace_id, connection.id),
        timeout=house.settings.remote_timeout,
    )
    connector = registry.connector(connection.system).open(account)
    try:
        yield connector
    finally:
        await connector.close()


async def check(house: House, workspace_id: str, connection_id: str) -> str:
    """Prove that the account works: one sentence. Raises BadSetting and the remote errors."""
    connection = await house.db.read(row, workspace_id, connection_id)
    if Ability.CHECK not in _abilities(connection.system):
        return "There is nothing to check here."
    async with opened(house, connection) as connector:
        said: str = await connector.check()
        return said


def view(safe: Safe, connection: Connection) -> ConnectionView:
    """The row as a value, without its secrets."""
    module = registry.connectors().get(connection.system)
    manifest: ConnectorManifest | None = module.MANIFEST if module else None
    return ConnectionView(
        id=connection.id,
        system=connection.system,
        title=manifest.title if manifest else connection.system,
        name=connection.name,
        settings=connection.settings,
        hidden=tuple(safe.open(connection.secrets)),
        abilities=tuple(sorted(_abilities(connection.system))),
        channels=tuple(sorted(manifest.channels)) if manifest else (),
        embedded=bool(manifest and manifest.embedded),
        line_id=connection.line_id,
        state=connection.state,
        trouble=connection.trouble,
        created_at=connection.created_at,
        used_at=connection.used_at,
        disabled_at=connection.disabled_at,
    )


def _abilities(system: str) -> frozenset[Ability]:
    module = registry.connectors().get(system)
    found: frozenset[Ability] = module.MANIFEST.abilities if module else frozenset()
    return found


def _line(
    work: Work,
    safe: Safe,
    workspace_id: str,
    manifest: ConnectorManifest,
    settings: Mapping[str, str],
) -> str | None:
    """The id of the line that hears the system's callbacks; made now if there is none."""
    if not manifest.webhook or manifest.webhook not in registry.webhooks():
        return None
    numbers = _senders(manifest, settings)
    found = work.session.scalar(
        select(Line.id)
        .where(
            Line.workspace_id == workspace_id,
            Line.provider == manifest.webhook,
            Line.number.in_(numbers),
            Line.disabled_at.is_(None),
        )
        .order_by(Line.id)
        .limit(1)
    )
    if found is not None:
        return found
    secret = _shared_secret(manifest, settings)
    if not secret:
        return None
    draft = _draft(manifest, settings, next(iter(numbers), None))
    return lines.add(work, safe, workspace_id, manifest.webhook, draft, secret=secret).line.id


def _draft(
    manifest: ConnectorManifest, settings: Mapping[str, str], number: str | None
) -> lines.LineDraft:
    """A line named after the system, with those plain settings that both sides know."""
    known = {one.name for one in registry.webhook(manifest.webhook).MANIFEST.settings}
    hidden = {one.name for one in manifest.settings if one.secret}
    shared = {name: settings[name] for name in settings if name in known - hidden}
    return lines.LineDraft(name=manifest.title, number=number, settings=shared)


def _senders(manifest: ConnectorManifest, settings: Mapping[str, str]) -> list[str]:
    names = [name for group in manifest.senders.values() for name in group] or ["from"]
    found = (read(settings.get(name, "")).e164 for name in names)
    return [number for number in found if number]


def _shared_secret(manifest: ConnectorManifest, settings: Mapping[str, str]) -> str:
    names = (setting.name for setting in manifest.settings if setting.secret)
    return next((settings[name] for name in names if settings.get(name)), "")
