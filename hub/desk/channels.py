"""Which connection can send on which channel, now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import registry
from hub.contract.events import Channel
from hub.crypto import Safe
from hub.models import Connection


def channels(session: Session, safe: Safe, workspace_id: str) -> dict[Channel, str]:
    """Channel -> id of the connection that can send on it; the oldest one wins."""
    found: dict[Channel, str] = {}
    for row in session.scalars(
        select(Connection)
        .where(Connection.workspace_id == workspace_id, Connection.disabled_at.is_(None))
        .where(Connection.state != "paused")
        .order_by(Connection.id)
    ):
        module = registry.connectors().get(row.system)
        if module is None:
            continue
        given = {**row.settings, **safe.open(row.secrets)}
        for channel in module.MANIFEST.channels:
            names = module.MANIFEST.senders.get(channel, ())
            if not names or any(given.get(name) for name in names):
                found.setdefault(channel, row.id)
    return found
