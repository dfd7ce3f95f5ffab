"""One reading of a call for all screens that hear the same signal."""

import asyncio

from hub.db import Database
from hub.web.now import facts
from hub.web.now.facts import Facts

MOST = 128


class Shared:
    """The last readings: a call that rings at twenty agents is read once, not twenty times."""

    def __init__(self, db: Database) -> None:
        """Nothing has been read yet."""
        self._db = db
        self._readings: dict[tuple[str, str], asyncio.Task[Facts | None]] = {}

    async def read(self, workspace_id: str, call_id: str, signal_id: str) -> Facts | None:
        """The facts of a call, no older than the signal *signal_id*; None when it is gone."""
        key = (call_id, signal_id)
        reading = self._readings.get(key)
        if reading is None:
            reading = asyncio.ensure_future(self._db.read(facts.read, workspace_id, call_id))
            self._readings[key] = reading
            if len(self._readings) > MOST:
                del self._readings[next(iter(self._readings))]
        return await asyncio.shield(reading)
