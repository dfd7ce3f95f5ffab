"""What a connector's `twin.py` offers: the vendor's behaviour on loopback, for suites and demo.

    def start() -> AbstractAsyncContextManager[Running]

Servers also take `port` (0 is a free one), and all take `state`, a `State()` of theirs. While the
context is open the twin answers on 127.0.0.1 over the vendor's own protocol, keeps state, and
refuses what the vendor refuses. After it, the port is closed: the vendor is dead.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from hub.contract.connectors import Account, LoggedCall, Shelf, Template
from hub.contract.errors import RemoteRefused
from hub.contract.events import Channel


class Fault(StrEnum):
    """A bad day of the vendor's, on demand."""

    LIMITED = "limited"  # asks us to slow down, having done nothing
    BROKEN = "broken"  # fails, having done nothing
    BROKEN_AFTER = "broken_after"  # does it, then fails
    SLOW = "slow"  # does it, but answers later than anybody waits


@dataclass(slots=True, kw_only=True)
class Sent:
    """A message that the twin took, as an outbox page shows it; *status* is the vendor's word."""

    ref: str
    channel: Channel
    sender: str
    recipient: str
    text: str
    at: datetime
    subject: str = ""
    html: str = ""
    status: str = ""


class TwinState(Protocol):
    """What every twin remembers; each has more of its own."""

    fault: Fault | None
    messages: list[Sent]
    logged: list[LoggedCall]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A twin that answers now.

    *settings* open a connection to it; *wrong* are settings that the vendor refuses. *secret* is
    what a line of the same vendor must know for the twin's own callbacks to be believed.
    *refuses* names addresses that cannot be written to, and the error each must become.
    *template* is one that a WhatsApp sender may use. At *media_url* a recording can be fetched.
    """

    settings: Mapping[str, str]
    state: TwinState
    wrong: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    shelf: Shelf | None = None
    template: Template | None = None
    media_url: str = ""
    refuses: Mapping[str, type[RemoteRefused]] = field(default_factory=dict)

    def account(self, *, timeout: float = 10.0, **changes: str) -> Account:
        """What opens the connector against this twin, with *changes* to its settings."""
        return Account(settings={**self.settings, **changes}, shelf=self.shelf, timeout=timeout)


Start = Callable[[], AbstractAsyncContextManager[Running]]
