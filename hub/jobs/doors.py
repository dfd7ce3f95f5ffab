"""Open connections: one connector per account, kept as long as its settings hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy.orm import Session

from hub import registry
from hub.contract.connectors import Account, ConnectorManifest, Shelf
from hub.contract.errors import BadSetting
from hub.contract.events import Channel
from hub.crypto import Safe
from hub.db import Database
from hub.models import Connection


@dataclass(frozen=True, slots=True)
class Door:
    """A connection, ready: its connector (of the abilities its manifest declares)."""

    connection: Connection
    module: ModuleType
    connector: Any
    settings: Mapping[str, str]

    @property
    def manifest(self) -> ConnectorManifest:
        """What the system declares."""
        manifest: ConnectorManifest = self.module.MANIFEST
        return manifest

    def sender(self, channel: Channel) -> str:
        """The address that messages on *channel* come from; empty when the vendor chooses."""
        names = self.manifest.senders.get(channel, ())
        return self.settings.get(names[0], "") if names else ""


class Doors:
    """The connectors of this process."""

    def __init__(self, db: Database, safe: Safe, *, public_url: str, timeout: float) -> None:
        """Nothing is open yet."""
        self._db = db
        self._safe = safe
        self._public_url = public_url
        self._timeout = timeout
        self._open: dict[tuple[str, str], tuple[bytes, Door]] = {}

    async def open(
        self, workspace_id: str, connection_id: str, shelf: Shelf | None = None
    ) -> Door:
        """The connector of a connection; raises BadSetting when it is gone or switched off."""
        row = await self._db.read(_alive, workspace_id, connection_id)
        if row is None:
            raise BadSetting("the connection was removed or switched off")
        key, state = (workspace_id, connection_id), row.secrets + repr(row.settings).encode()
        kept = self._open.get(key)
        if kept is not None and kept[0] == state:
            return kept[1]
        if kept is not None:
            await kept[1].connector.close()
        door = self._made(row, shelf)
        self._open[key] = (state, door)
        return door

    async def close(self) -> None:
        """Close them all."""
        for _, door in self._open.values():
            await door.connector.close()
        self._open.clear()

    def _made(self, row: Connection, shelf: Shelf | None) -> Door:
        module = registry.connector(row.system)
        settings = {**row.settings, **self._safe.open(row.secrets)}
        account = Account(
            settings=settings, public_url=self._public_url, shelf=shelf, timeout=self._timeout
        )
        return Door(row, module, module.open(account), settings)


def _alive(session: Session, workspace_id: str, connection_id: str) -> Connection | None:
    row = session.get(Connection, (workspace_id, connection_id))
    if row is None or row.disabled_at is not None:
        return None
    session.expunge(row)
    return row
