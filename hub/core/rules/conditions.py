"""The ordered tables of conditions: docs, console and trace share them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.contract.events import Channel
from hub.core.rules.facts import Facts
from hub.core.rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a condition does not hold: *detail* for the reader; *until* when it is only too early."""

    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """*sentence* says what must hold; *check* gives None when it does."""

    key: str
    sentence: str
    check: Callable[[Facts, Rule, datetime], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCondition:
    """*sentence* says what must hold for one of *channels* to be used."""

    key: str
    sentence: str
    channels: frozenset[Channel]
    check: Callable[[Facts, Rule, Channel], Finding | None]


CONDITIONS: tuple[Condition, ...] = ()
CHANNEL_CONDITIONS: tuple[ChannelCondition, ...] = ()
