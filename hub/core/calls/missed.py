"""Why a call was missed: an ordered table, the first rule that holds gives the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.contract.events import (
    Ending,
    LegKind,
    MissedReason,
    RecordingKind,
    RecordingState,
    Verdict,
)
from hub.core.calls.legs import Thread
from hub.core.calls.shapes import Policy, Recording

# What a person's leg can end in by itself, not because of the caller or of a colleague. A leg
# COMPLETED without an answer is a pick-up by a machine, or one who did not press the key.
_BY_ITSELF = (
    Ending.NO_ANSWER,
    Ending.COMPLETED,
    Ending.BUSY,
    Ending.REJECTED,
    Ending.UNAVAILABLE,
    Ending.FAILED,
)
_UNREACHED = (Ending.UNAVAILABLE, Ending.FAILED)
_GAVE_UP = (Ending.CANCELED, Ending.ABANDONED)
_RECORDED = (RecordingState.READY, RecordingState.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that the rules look at. *waited* is None when nobody knows how long the caller did."""

    legs: tuple[Thread, ...]
    ending: Ending | None
    verdict: Verdict | None
    recordings: tuple[Recording, ...]
    waited: float | None
    policy: Policy

    def endings(self, *kinds: LegKind) -> list[Ending | None]:
        """How the legs of these *kinds* ended."""
        return [leg.ending for leg in self.legs if leg.kind in kinds]

    @property
    def persons(self) -> list[Ending | None]:
        """How the persons' legs ended; where no leg tells, as the call did."""
        told = self.ending in _BY_ITSELF and self.ending is not Ending.COMPLETED
        of_call = self.ending if told else None
        found = [leg.ending or of_call for leg in self.legs if leg.is_person]
        return found or ([of_call] if told else [])

    @property
    def own_endings(self) -> set[Ending]:
        """How persons' legs ended by themselves."""
        return {ending for ending in self.persons if ending in _BY_ITSELF}

    @property
    def gave_up(self) -> bool:
        """The caller hung up, and did so before anything else ended the waiting."""
        if self.ending in _GAVE_UP or any(leg.ending is Ending.ABANDONED for leg in self.legs):
            return True
        # A caller's own leg that nobody answered may have been given up: the phones tell.
        undecided = (None, Ending.COMPLETED, Ending.NO_ANSWER)
        if self.ending not in undecided or self.verdict is Verdict.NO_AGENT:
            return False
        decided = self.own_endings or self.reached_voicemail
        return not decided and Ending.LEFT not in self.endings(LegKind.QUEUE)

    @property
    def reached_voicemail(self) -> bool:
        """The caller heard the greeting of a voicemail."""
        return any(leg.kind is LegKind.VOICEMAIL for leg in self.legs)

    @property
    def nobody_rung(self) -> bool:
        """No phone of a person rang, as far as anything tells.

        An open line rings: where nothing at all is told of its phones, the telling got lost.
        """
        if not self.legs and not self.persons:
            return self.verdict is not Verdict.OPEN
        return all(ending in _UNREACHED for ending in self.persons)


def has_message(seen: Evidence) -> bool:
    """Whether the caller left a message: the strongest of all reasons."""
    return any(
        _is_message(recording, seen.policy)
        for recording in seen.recordings
        if recording.kind is RecordingKind.VOICEMAIL
    )


def _is_message(recording: Recording, policy: Policy) -> bool:
    """Long enough, or of unknown length but ready to be heard."""
    if recording.seconds is None:
        return recording.state is RecordingState.READY
    return recording.state in _RECORDED and recording.seconds >= policy.shortest_voicemail


def _closed(seen: Evidence) -> bool:
    return seen.verdict is Verdict.CLOSED


def _short_abandon(seen: Evidence) -> bool:
    waited = seen.waited
    return seen.gave_up and waited is not None and waited < seen.policy.short_abandon


def _abandoned_in_queue(seen: Evidence) -> bool:
    queues = [leg for leg in seen.legs if leg.kind is LegKind.QUEUE]
    if any(leg.ending is Ending.ABANDONED for leg in queues):
        return True
    return not seen.reached_voicemail and any(leg.is_open for leg in queues)


def _abandoned_in_ivr(seen: Evidence) -> bool:
    menus = seen.endings(LegKind.MENU)
    passed_on = seen.persons or seen.reached_voicemail or seen.endings(LegKind.QUEUE)
    stayed = not passed_on and seen.verdict is not Verdict.NO_AGENT
    return Ending.ABANDONED in menus or (bool(menus) and stayed)


def _rejected(seen: Evidence) -> bool:
    own = seen.own_endings
    return Ending.REJECTED in own and not own & {Ending.NO_ANSWER, Ending.COMPLETED}


def _busy(seen: Evidence) -> bool:
    return seen.own_endings - set(_UNREACHED) == {Ending.BUSY}


def _no_agent(seen: Evidence) -> bool:
    return seen.nobody_rung and seen.ending is not Ending.CANCELED


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRule:
    """A reason, when it holds, and the sentence that tells people so."""

    reason: MissedReason
    holds: Callable[[Evidence], bool]
    sentence: str


MISSED_RULES: Final[tuple[MissedRule, ...]] = (
    MissedRule(
        reason=MissedReason.VOICEMAIL,
        holds=has_message,
        sentence="The caller left a message that is long enough not to be silence.",
    ),
    MissedRule(
        reason=MissedReason.CLOSED,
        holds=_closed,
        sentence="The call came outside the opening hours of the line.",
    ),
    MissedRule(
        reason=MissedReason.SHORT_ABANDON,
        holds=_short_abandon,
        sentence="The caller hung up after waiting less than the shortest time that counts.",
    ),
    MissedRule(
        reason=MissedReason.ABANDONED_IN_QUEUE,
        holds=_abandoned_in_queue,
        sentence="The caller hung up while waiting in a queue.",
    ),
    MissedRule(
        reason=MissedReason.ABANDONED_IN_IVR,
        holds=_abandoned_in_ivr,
        sentence="The caller hung up in a menu or an announcement, before any phone rang.",
    ),
    MissedRule(
        reason=MissedReason.REJECTED,
        holds=_rejected,
        sentence="Somebody rejected the call, and no other phone rang to its end.",
    ),
    MissedRule(
        reason=MissedReason.BUSY,
        holds=_busy,
        sentence="Every phone that could be reached was busy.",
    ),
    MissedRule(
        reason=MissedReason.NO_AGENT,
        holds=_no_agent,
        sentence="There was no phone to ring: nobody on duty, or none that could be reached.",
    ),
    MissedRule(
        reason=MissedReason.NO_ANSWER,
        holds=lambda _: True,
        sentence="Phones rang and nobody answered.",
    ),
)
"""In order of precedence; the last one always holds, so a missed call has exactly one reason."""


def missed_reason(seen: Evidence) -> MissedReason:
    """The one reason for which the call was missed."""
    return next(rule.reason for rule in MISSED_RULES if rule.holds(seen))
