"""Where a user stands to a call: what their pop is about to them, and whether it stays."""

from dataclasses import dataclass
from enum import StrEnum

from hub.contract.events import Direction, Outcome, Phase
from hub.web.language import said_later as _
from hub.web.now.facts import Branch, Facts
from hub.web.words import MISSED, Mark


class Stance(StrEnum):
    """What a call is to one user."""

    RINGING = "ringing"
    CALLING = "calling"  # an outbound call that nobody answered yet
    TALKING = "talking"
    HELD = "held"
    WRAP_UP = "wrap_up"  # over; the user talked: stays until it is closed
    TAKEN = "taken"  # somebody else took it: says who, and leaves
    MISSED = "missed"  # over, and the user never talked: says how, and leaves
    PASSED = "passed"  # the user's phone stopped ringing, others ring on: leaves


LEAVES = frozenset({Stance.TAKEN, Stance.MISSED, Stance.PASSED})

_MARKS = {
    Stance.RINGING: Mark("ringing", _("Ringing")),
    Stance.CALLING: Mark("ringing", _("Calling")),
    Stance.TALKING: Mark("talking", _("Talking")),
    Stance.HELD: Mark("waiting", _("On hold")),
    Stance.WRAP_UP: Mark("handled", _("Call ended")),
    Stance.TAKEN: Mark("answered", _("Answered")),
    Stance.PASSED: Mark("forwarded", _("Rings elsewhere")),
}
_OVER = Mark("missed", _("Call ended"))
_LOST = Mark("missed", _("Missed"))
_TALK = {Phase.ANSWERED: Stance.TALKING, Phase.RESUMED: Stance.TALKING, Phase.HELD: Stance.HELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A call as one user sees it."""

    stance: Stance
    mark: Mark

    @property
    def leaves(self) -> bool:
        """Whether its pop goes away by itself."""
        return self.stance in LEAVES


def see(call: Facts, user_id: str) -> Seen:
    """How *user_id* stands to *call*."""
    stance = _stance(call, [leg for leg in call.branches if leg.agent_id == user_id], user_id)
    return Seen(stance=stance, mark=_mark(call, stance))


def _stance(call: Facts, mine: list[Branch], user_id: str) -> Stance:
    talks = [leg for leg in mine if leg.answered_at and leg.phase is not Phase.ENDED]
    talked = any(leg.answered_at for leg in mine) or _is_mine(call, user_id)
    if call.phase is Phase.ENDED:
        return Stance.WRAP_UP if talked else _after(call)
    if talks:
        return Stance.HELD if talks[0].phase is Phase.HELD else Stance.TALKING
    if call.phase in _TALK:
        return _in_talk(call, user_id, talked=talked)
    if talked:
        return Stance.WRAP_UP  # handed on, and it rings at the next one
    if _rings_elsewhere(call, mine, user_id):
        return Stance.PASSED
    return Stance.CALLING if call.direction is Direction.OUTBOUND else Stance.RINGING


def _in_talk(call: Facts, user_id: str, *, talked: bool) -> Stance:
    if _is_mine(call, user_id):
        return _TALK[call.phase]
    return Stance.WRAP_UP if talked else Stance.TAKEN


def _rings_elsewhere(call: Facts, mine: list[Branch], user_id: str) -> bool:
    """Their own phone is quiet: it stopped, or it never rang."""
    if mine:
        return all(leg.phase is Phase.ENDED for leg in mine)
    return user_id not in call.audience


def _is_mine(call: Facts, user_id: str) -> bool:
    """Theirs by name; or, when the phone system does not say who took it, by being alone."""
    if call.agent_id is not None:
        return call.agent_id == user_id
    return call.answered_at is not None and call.audience == (user_id,)


def _after(call: Facts) -> Stance:
    return Stance.TAKEN if call.outcome is Outcome.ANSWERED else Stance.MISSED


def _mark(call: Facts, stance: Stance) -> Mark:
    if stance is not Stance.MISSED:
        return _MARKS[stance]
    if call.missed_reason:
        return MISSED[call.missed_reason]
    return _LOST if call.direction is Direction.INBOUND else _OVER
