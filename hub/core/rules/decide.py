"""decide(facts, rule, at): send, wait or let be, with the trace that explains itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.contract.connectors import Template
from hub.contract.events import Channel
from hub.core.rules.facts import Facts
from hub.core.rules.rule import Rule


class Verdict(StrEnum):
    """What is to be done now."""

    SEND = "send"
    WAIT = "wait"  # until `Decision.until`; then decide again, with fresh facts
    SUPPRESS = "suppress"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One condition, looked at. *passed* is None when the decision fell before it.

    *sentence* is a constant English text that the console translates; what varies is in
    *detail*. *channel* is set on the conditions of one channel.
    """

    key: str
    sentence: str
    passed: bool | None
    detail: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message, ready to be sent: filled, in the chosen *language*.

    With *template* set, *text* is what the reader of our pages sees of it: the free text.
    """

    channel: Channel
    recipient: str
    language: str
    text: str
    subject: str = ""
    html: str = ""
    template: Template | None = None
    free_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """*draft* on SEND; *until* on WAIT; *reason* (the key of the failed condition) otherwise."""

    verdict: Verdict
    trace: tuple[TraceStep, ...]
    draft: Draft | None = None
    until: datetime | None = None
    reason: str = ""


def decide(facts: Facts, rule: Rule, at: datetime) -> Decision:
    """Decide about the follow-up of one call at the moment *at*; pure, never raises."""
    raise NotImplementedError
