"""Screens open now: who must look again, told to each of them through a bounded queue.

A signal carries no data: a screen that gets one asks the database what is true now. So a lost
signal costs freshness and never truth, and a screen that connects late starts from a snapshot.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from hub.models import new_id

ROOM = 64
"""Signals that one screen may have waiting; beyond it is cut off and resumes from a snapshot."""


class Topic(StrEnum):
    """What to look at again."""

    POP = "pop"  # the pop of `subject` (a call id), for the users in the audience
    CALL = "call"  # a call changed: lists and details that show it
    MISSED = "missed"  # the missed-call inbox
    MESSAGE = "message"  # a message of `subject` (a call id, may be empty) moved on
    IMPORT = "import"  # the import `subject` went on
    BYE = "bye"  # the user `subject` lost access: close the stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """*audience*: user ids; None means everybody in the workspace. *id* is in order of time."""

    workspace_id: str
    topic: Topic
    subject: str = ""
    audience: frozenset[str] | None = None
    id: str = field(default_factory=new_id)


@dataclass(eq=False, slots=True)
class Screen:
    """One open stream of one user."""

    workspace_id: str
    user_id: str
    waiting: asyncio.Queue[Signal] = field(default_factory=lambda: asyncio.Queue(ROOM))
    slow: bool = False

    def wants(self, signal: Signal) -> bool:
        """Whether *signal* concerns this screen."""
        return signal.workspace_id == self.workspace_id and (
            signal.audience is None or self.user_id in signal.audience
        )

    async def signals(self, beat: float = 15.0) -> AsyncIterator[Signal | None]:
        """Signals as they come; None when nothing came for *beat* seconds. Ends when too slow."""
        while not self.slow:
            try:
                yield await asyncio.wait_for(self.waiting.get(), beat)
            except TimeoutError:
                yield None


class Live:
    """The screens of this process."""

    def __init__(self) -> None:
        """Nobody watches yet."""
        self._screens: dict[str, set[Screen]] = {}

    @contextmanager
    def open(self, workspace_id: str, user_id: str) -> Iterator[Screen]:
        """A screen that hears signals until the block ends."""
        screen = Screen(workspace_id, user_id)
        mine = self._screens.setdefault(workspace_id, set())
        mine.add(screen)
        try:
            yield screen
        finally:
            mine.discard(screen)

    def publish(self, signal: Signal) -> None:
        """Tell every screen concerned; call it on the event loop."""
        for screen in self._screens.get(signal.workspace_id, ()):
            if screen.wants(signal):
                _hand(screen, signal)

    def cut(self) -> None:
        """Break off every screen, because the hub stops: browsers come back to what follows it."""
        for screen in set().union(*self._screens.values()):
            screen.slow = True
            _hand(screen, Signal(workspace_id=screen.workspace_id, topic=Topic.CALL))

    def count(self) -> int:
        """Screens open now."""
        return sum(map(len, self._screens.values()))


def _hand(screen: Screen, signal: Signal) -> None:
    try:
        screen.waiting.put_nowait(signal)
    except asyncio.QueueFull:
        screen.slow = True
