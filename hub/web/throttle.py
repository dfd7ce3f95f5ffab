"""Growing delays for those who guess: per address and per account, in this process's memory.

Memory is enough: a restart forgives, and N processes allow N times the guesses, each of which
still costs an Argon2 hash. Nobody is ever locked out for longer than `LONGEST`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Failures of a key without a delay: people mistype."""
FREE_OF_ADDRESS = 25
"""The same for an address: a whole office, or everybody behind a proxy, may share it."""
LONGEST = 300.0
FORGIVEN = 3600.0
ROOM = 10_000


@dataclass(slots=True)
class _Tries:
    failures: int = 0
    last: float = 0.0


class Throttle:
    """Failures by key; the oldest are forgotten when there are more than `ROOM`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count by *clock*, in seconds."""
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait(self, *keys: str) -> float:
        """Seconds until somebody with these *keys* may try again; 0: now."""
        return max((self._wait(key) for key in keys), default=0.0)

    def failed(self, *keys: str) -> None:
        """Count a try; it is counted before its answer is known, so that many at once count."""
        for key in keys:
            tries = self._tries.pop(key, None) or _Tries()
            if self._clock() - tries.last > FORGIVEN:
                tries.failures = 0
            tries.failures, tries.last = tries.failures + 1, self._clock()
            self._tries[key] = tries
        while len(self._tries) > ROOM:
            self._tries.popitem(last=False)

    def forgive(self, *keys: str) -> None:
        """It was the right one; an address only gets this try back.

        Else one who may come in could guess at the others' accounts for ever.
        """
        for key in keys:
            tries = self._tries.get(key)
            if tries is not None and _is_address(key):
                tries.failures -= 1
            else:
                self._tries.pop(key, None)

    def _wait(self, key: str) -> float:
        tries = self._tries.get(key)
        free = FREE_OF_ADDRESS if _is_address(key) else FREE
        if tries is None or tries.failures < free:
            return 0.0
        delay = min(LONGEST, 2.0 ** min(tries.failures - free, 20))
        return max(0.0, tries.last + delay - self._clock())


def _is_address(key: str) -> bool:
    return key.startswith("address ")
