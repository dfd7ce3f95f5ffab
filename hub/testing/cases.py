"""A connector and its running twin, and how the conformance suite asks them things."""

import base64
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Protocol, TypeVar

from hub.contract.connectors import (
    Checks,
    Connector,
    ConnectorManifest,
    Creates,
    Dials,
    Fetches,
    Finds,
    LoggedCall,
    LogsCalls,
    OutgoingMessage,
    Sends,
)
from hub.contract.errors import HubError
from hub.contract.events import Channel, Direction, Outcome
from hub.contract.twins import Running

PATIENCE = 1.5
"""Seconds that a connector is given here for one question."""

RECIPIENTS = {
    Channel.SMS: "+12025550123",
    Channel.WHATSAPP: "+12025550123",
    Channel.EMAIL: "ann@example.org",
}

T = TypeVar("T")


class Able(
    Connector, Checks, Finds, Creates, LogsCalls, Sends, Dials, Fetches, Protocol
):  # what it can do of this, its manifest says; a promise asks only for what was promised
    """A connector with whatever abilities."""


Question = Callable[[Able], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Case:
    """One connector, its running twin, and whatever was *said* to people meanwhile."""

    module: ModuleType
    running: Running
    said: list[str] = field(default_factory=list)

    @property
    def manifest(self) -> ConnectorManifest:
        """What the connector says of itself."""
        found: ConnectorManifest = self.module.MANIFEST
        return found

    def open(self, **changes: str) -> Able:
        """A connector that has PATIENCE, with *changes* to the settings."""
        opened: Able = self.module.open(self.running.account(timeout=PATIENCE, **changes))
        self.said.append(repr(opened))
        return opened

    async def ask(self, question: Question[T], **changes: str) -> T:
        """The answer of a connector that is opened for it and closed again."""
        opened = self.open(**changes)
        try:
            return await question(opened)
        except HubError as error:
            self.said.extend((str(error), repr(error)))
            raise
        finally:
            await opened.close()

    async def outcome(self, question: Question[T], **changes: str) -> T | HubError:
        """The answer, or the error in its place."""
        try:
            return await self.ask(question, **changes)
        except HubError as error:
            return error

    async def timed(self, question: Question[T]) -> tuple[T | HubError, float]:
        """The outcome and the seconds that it took."""
        start = time.monotonic()
        found = await self.outcome(question)
        return found, time.monotonic() - start

    def secrets(self) -> list[str]:
        """What nobody may ever read: the secret settings, right, wrong and as Basic auth."""
        names = {setting.name for setting in self.manifest.settings if setting.secret}
        known = {**self.running.settings}, {**self.running.wrong}
        found = [value for some in known for name, value in some.items() if name in names]
        return found + [base64.b64encode(value.encode()).decode() for value in found]


@contextmanager
def overheard(said: list[str]) -> Iterator[None]:
    """Adds to *said* every line that is logged meanwhile, at any level."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    root, ear = logging.getLogger(), Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(ear)


def messages(manifest: ConnectorManifest, running: Running) -> list[OutgoingMessage]:
    """One to send per channel; a WhatsApp message is free text within an open window."""
    return [
        OutgoingMessage(
            ref=f"suite-{channel}",
            channel=channel,
            recipient=RECIPIENTS[channel],
            text=f"You called us, how can we help by {channel}?",
            subject="You called us",
            free_text=running.template is None,
            template=running.template,
            tried_at=datetime.now(UTC),
        )
        for channel in sorted(manifest.channels)
    ]


def call() -> LoggedCall:
    """A call that was missed."""
    now = datetime.now(UTC)
    return LoggedCall(
        ref="call-1",
        direction=Direction.INBOUND,
        outcome=Outcome.MISSED,
        missed_reason=None,
        number="+12025550123",
        line="Sales",
        agent="",
        started_at=now,
        answered_at=None,
        ended_at=now,
        talk_seconds=0,
        wait_seconds=12,
        subject="Missed call",
    )


def lookalikes(host: str) -> list[str]:
    """Addresses that a careless comparison takes for *host*."""
    return [
        f"https://{host}.example.com/a",
        f"https://example.com/{host}/a",
        f"https://example.com/?https://{host}/",
        f"https://x{host}/a",
        f"https://{host}@example.com/a",
        f"https://example.com#@{host}/a",
        f"ftp://{host}/a",
        "",
    ]
