"""What the vocabulary of the house is called on a page: a word, and the shape of its mark.

English stands here, `hub.web.language` translates it where it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hub.contract.events import (
    Channel,
    Direction,
    Ending,
    LegKind,
    MessageStatus,
    MissedReason,
    Outcome,
    Phase,
)
from hub.models import Role
from hub.web.language import said_later as _


@dataclass(frozen=True, slots=True)
class Mark:
    """A state: its *shape* is drawn by the macro `mark`, its *word* always stands beside it."""

    shape: str
    word: str


class CallLike(Protocol):
    """What a mark needs to know of a call; the words are those of the contract."""

    @property
    def direction(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def missed_reason(self) -> str | None: ...


_LIVE: Mapping[str, Mark] = {
    Phase.STARTED: Mark("ringing", _("Ringing")),
    Phase.RINGING: Mark("ringing", _("Ringing")),
    Phase.ANSWERED: Mark("talking", _("Talking")),
    Phase.RESUMED: Mark("talking", _("Talking")),
    Phase.HELD: Mark("waiting", _("On hold")),
    Phase.ENDED: Mark("waiting", _("Just ended")),
}
_IN: Mapping[str, Mark] = {
    Outcome.ANSWERED: Mark("answered", _("Answered")),
    Outcome.MISSED: Mark("missed", _("Missed")),
    Outcome.FORWARDED: Mark("forwarded", _("Forwarded")),
    Outcome.BLOCKED: Mark("failed", _("Blocked")),
    Outcome.FAILED: Mark("failed", _("Failed")),
}
_OUT: Mapping[str, Mark] = {
    Outcome.ANSWERED: Mark("answered", _("Called, answered")),
    Outcome.NO_ANSWER: Mark("missed", _("Called, no answer")),
    Outcome.BUSY: Mark("missed", _("Called, busy")),
    Outcome.CANCELED: Mark("missed", _("Called, given up")),
    Outcome.FAILED: Mark("failed", _("Call failed")),
}
MISSED: Mapping[str, Mark] = {
    MissedReason.NO_ANSWER: Mark("missed", _("Missed, nobody answered")),
    MissedReason.SHORT_ABANDON: Mark("missed", _("Missed, hung up at once")),
    MissedReason.ABANDONED_IN_IVR: Mark("missed", _("Missed, left the menu")),
    MissedReason.ABANDONED_IN_QUEUE: Mark("missed", _("Missed, left the queue")),
    MissedReason.NO_AGENT: Mark("missed", _("Missed, nobody there")),
    MissedReason.CLOSED: Mark("missed", _("Missed, closed")),
    MissedReason.VOICEMAIL: Mark("voicemail", _("Missed, voicemail")),
    MissedReason.BUSY: Mark("missed", _("Missed, all busy")),
    MissedReason.REJECTED: Mark("missed", _("Missed, rejected")),
}
MESSAGES: Mapping[str, Mark] = {
    MessageStatus.QUEUED: Mark("waiting", _("Waiting")),
    MessageStatus.SENDING: Mark("waiting", _("Being sent")),
    MessageStatus.ACCEPTED: Mark("waiting", _("On its way")),
    MessageStatus.SENT: Mark("answered", _("Sent")),
    MessageStatus.DELIVERED: Mark("handled", _("Delivered")),
    MessageStatus.READ: Mark("handled", _("Read")),
    MessageStatus.FAILED: Mark("failed", _("Failed")),
    MessageStatus.UNDELIVERED: Mark("failed", _("Not delivered")),
    MessageStatus.CANCELED: Mark("waiting", _("Cancelled")),
    MessageStatus.UNKNOWN: Mark("failed", _("Unclear whether it was sent")),
    MessageStatus.RECEIVED: Mark("answered", _("Received")),
}
REMOTE: Mapping[str, Mark] = {
    "intended": Mark("waiting", _("Being written")),
    "written": Mark("handled", _("Written")),
    "failed": Mark("failed", _("Not written")),
    "unknown": Mark("failed", _("Unclear whether it was written")),
}
FOLLOW_UPS: Mapping[str, Mark] = {
    "waiting": Mark("waiting", _("Follow-up waits")),
    "sent": Mark("handled", _("Followed up")),
    "suppressed": Mark("missed", _("No follow-up")),
}
DELIVERIES: Mapping[str, Mark] = {
    "done": Mark("handled", _("Done")),
    "failed": Mark("failed", _("Failed")),
    "unreadable": Mark("failed", _("Unreadable")),
}
IMPORTS: Mapping[str, Mark] = {
    "running": Mark("waiting", _("Running")),
    "done": Mark("handled", _("Done")),
    "failed": Mark("failed", _("Failed")),
}
CONNECTIONS: Mapping[str, Mark] = {
    "ok": Mark("answered", _("Works")),
    "trouble": Mark("failed", _("Needs you")),
    "paused": Mark("waiting", _("Paused")),
}
CHANNELS: Mapping[str, str] = {
    Channel.SMS: _("SMS"),
    Channel.WHATSAPP: _("WhatsApp"),
    Channel.EMAIL: _("E-mail"),
}
LEGS: Mapping[str, str] = {
    LegKind.AGENT: _("Colleague"),
    LegKind.FORWARD: _("Forwarded to"),
    LegKind.CALLEE: _("Called"),
    LegKind.MENU: _("Menu"),
    LegKind.QUEUE: _("Queue"),
    LegKind.VOICEMAIL: _("Voicemail"),
}
ENDINGS: Mapping[str, str] = {
    Ending.COMPLETED: _("ended"),
    Ending.NO_ANSWER: _("no answer"),
    Ending.BUSY: _("busy"),
    Ending.REJECTED: _("rejected"),
    Ending.CANCELED: _("caller gave up"),
    Ending.ELSEWHERE: _("taken by a colleague"),
    Ending.ABANDONED: _("caller hung up"),
    Ending.LEFT: _("left"),
    Ending.UNAVAILABLE: _("not reachable"),
    Ending.TRANSFERRED: _("transferred"),
    Ending.FAILED: _("failed"),
    Ending.LOST_END: _("its end was never told"),
}
DISPOSITIONS: Mapping[str, str] = {
    "solved": _("Solved"),
    "call_back": _("Call back"),
    "offer": _("Send an offer"),
    "not_interested": _("Not interested"),
    "wrong_number": _("Wrong number"),
}
"""What became of a call, in one word; the key is what is stored."""
ROLES: Mapping[str, str] = {
    Role.AGENT: _("Agent"),
    Role.MANAGER: _("Manager"),
    Role.MARKETER: _("Marketer"),
    Role.ADMIN: _("Administrator"),
}
DAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)


STORIES: Mapping[str, str] = {
    "answered": _("An agent answers after 8 seconds and talks for 95"),
    "no_answer": _("Nobody answers"),
    "busy": _("All agents are busy"),
    "abandoned_in_queue": _("The caller hangs up after 42 seconds in the queue"),
    "voicemail": _("The caller leaves a message of 21 seconds"),
    "ring_group": _("Several phones ring, one agent answers"),
    "blind_transfer": _("The first agent passes the call on without a word"),
    "attended_transfer": _("The first agent speaks to a colleague, then passes on"),
    "outbound": _("An agent calls a customer, who answers"),
    "closed": _("A call outside the opening hours"),
    "recording": _("An answered call that was recorded"),
    "inbound_stop": _("The caller texts STOP"),
    "redial": _("Nobody answers; the caller tries again within 20 seconds and is answered"),
    "withheld": _("A caller without a number; nobody answers"),
    "duplicated": _("An answered call whose every message comes three times"),
    "reordered": _("An answered call whose messages come in a wild order"),
}
"""The titles of `hub.contract.scenarios.STORIES`, for the translators."""


def mark_of(call: CallLike) -> Mark:
    """The mark of a call: how it went, or what it does now."""
    if call.outcome is None:
        return _LIVE[call.phase]
    if call.missed_reason is not None:
        return MISSED[call.missed_reason]
    table = _OUT if call.direction == Direction.OUTBOUND else _IN
    return table.get(call.outcome, _IN.get(call.outcome) or Mark("failed", _("Failed")))
