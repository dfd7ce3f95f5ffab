"""decide(facts, rule, at): send, wait or let be, with the trace that explains itself.

The same function runs live, in the preview and over past calls (with `as_of` the moment). It is
asked again after each wait, with fresh facts: nothing is remembered from the time before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.contract.events import Channel
from hub.core.rules.conditions import (
    CHANNEL_CONDITIONS,
    CONDITIONS,
    NO_CHANNEL,
    NO_CHANNEL_SENTENCE,
    Finding,
)
from hub.core.rules.drafting import Draft, draft
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
    *detail*: a moment (ISO 8601, UTC), an address, an error's text. *channel* is set on the
    conditions of one channel.
    """

    key: str
    sentence: str
    passed: bool | None
    detail: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """*draft* on SEND, *until* on WAIT; *reason*, the failed condition's key, unless SEND."""

    verdict: Verdict
    trace: tuple[TraceStep, ...]
    draft: Draft | None = None
    until: datetime | None = None
    reason: str = ""


def decide(facts: Facts, rule: Rule, at: datetime) -> Decision:
    """Decide about the follow-up of one call at the moment *at*; pure, never raises."""
    trace: list[TraceStep] = []
    for index, condition in enumerate(CONDITIONS):
        found = condition.check(facts, rule, at)
        trace.append(_step(condition.key, condition.sentence, found))
        if found is not None:
            return _stopped(condition.key, found, (*trace, *_unseen(index + 1)))
    return _sent(facts, rule, trace)


def _stopped(key: str, found: Finding, trace: tuple[TraceStep, ...]) -> Decision:
    verdict = Verdict.WAIT if found.until else Verdict.SUPPRESS
    return Decision(verdict=verdict, trace=trace, until=found.until, reason=key)


def _sent(facts: Facts, rule: Rule, trace: list[TraceStep]) -> Decision:
    """By the first channel that can be used; the trace keeps those tried before it."""
    for channel in rule.then.channels:
        tried = list(_try(facts, rule, channel))
        trace += tried
        if all(step.passed for step in tried):
            message = draft(facts, rule, channel)
            trace.append(_step(NO_CHANNEL, NO_CHANNEL_SENTENCE, None, detail=channel))
            return Decision(verdict=Verdict.SEND, trace=tuple(trace), draft=message)
    found = Finding(detail=", ".join(rule.then.channels))
    trace.append(_step(NO_CHANNEL, NO_CHANNEL_SENTENCE, found))
    return _stopped(NO_CHANNEL, found, tuple(trace))


def _try(facts: Facts, rule: Rule, channel: Channel) -> Iterator[TraceStep]:
    """The conditions of *channel*, up to the first that does not hold."""
    for condition in CHANNEL_CONDITIONS:
        if channel not in condition.channels:
            continue
        found = condition.check(facts, rule, channel)
        yield _step(condition.key, condition.sentence, found, channel=channel)
        if found is not None:
            return


def _step(
    key: str,
    sentence: str,
    found: Finding | None,
    *,
    detail: str = "",
    channel: Channel | None = None,
) -> TraceStep:
    return TraceStep(
        key=key,
        sentence=sentence,
        passed=found is None,
        detail=found.detail if found else detail,
        channel=channel,
    )


def _unseen(start: int) -> Iterator[TraceStep]:
    for condition in CONDITIONS[start:]:
        yield TraceStep(key=condition.key, sentence=condition.sentence, passed=None)
