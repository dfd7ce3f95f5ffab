"""The parts of a running hub, made once and handed to whoever needs them: there are no globals."""

from dataclasses import dataclass

from hub.crypto import Safe
from hub.db import Database
from hub.lines import Lines
from hub.live import Live, Signal
from hub.places import Places
from hub.queue import Queue, Ring
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
    places: Places

    def hear(self, note: object) -> None:
        """What a transaction told of, now that it is true: screens look, the runner wakes."""
        if isinstance(note, Signal):
            self.live.publish(note)
        elif isinstance(note, Ring):
            self.queue.ring()


def build(settings: Settings) -> House:
    """Put the parts together; nothing is connected or started yet."""
    db = Database(settings.database, room=settings.ingest_room)
    safe = Safe(settings.keys)
    house = House(
        settings=settings,
        db=db,
        safe=safe,
        live=Live(),
        queue=Queue(db),
        lines=Lines(db, safe, settings.settle_seconds),
        places=Places(settings.data_dir.resolve() / "places.sqlite3"),
    )
    db.listener = house.hear
    return house
