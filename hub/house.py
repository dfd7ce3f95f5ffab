"""The parts of a running hub, made once and handed to whoever needs them: there are no globals."""

from dataclasses import dataclass

from hub.crypto import Safe
from hub.db import Database
from hub.lines import Lines
from hub.live import Live
from hub.queue import Queue
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """Everything with a life of its own; `app.state.house` in requests."""

    settings: Settings
    db: Database
    safe: Safe
    live: Live
    queue: Queue
    lines: Lines


def build(settings: Settings) -> House:
    """Put the parts together; nothing is connected or started yet."""
    db = Database(settings.database, room=settings.ingest_room)
    safe, live = Safe(settings.keys), Live()
    return House(settings, db, safe, live, Queue(db), Lines(db, safe))
