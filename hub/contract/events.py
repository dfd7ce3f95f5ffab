"""What phone systems tell us: one shape of events, whoever told us.

A call is the set of its events (`hub.core.calls` folds it). So an event never says "set the
status to": it says what happened, when, to which leg, and carries an id that is the same each
time the provider tells it. Times are aware UTC datetimes, durations are seconds, numbers are
the provider's raw strings: `hub.contract.phone` reads them.
"""

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar


class Direction(StrEnum):
    """Which way a call or a message goes, seen from our side."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"  # between two of our own people: never missed, never followed up


class Phase(StrEnum):
    """What happened to a call or a leg at this moment."""

    STARTED = "started"  # it exists (queued, initiated); nothing rings yet
    RINGING = "ringing"
    ANSWERED = "answered"  # for a person's leg: really talking (bridged), not a machine's pick-up
    HELD = "held"
    RESUMED = "resumed"
    ENDED = "ended"


class LegKind(StrEnum):
    """What the caller was connected to."""

    AGENT = "agent"  # one of our people (phone, extension, SIP, browser)
    FORWARD = "forward"  # a number outside that takes the call instead of us
    CALLEE = "callee"  # the far end of an outbound call
    MENU = "menu"  # IVR, announcement
    QUEUE = "queue"
    VOICEMAIL = "voicemail"


class Ending(StrEnum):
    """How a leg or a call came to its end, where the provider says so."""

    COMPLETED = "completed"  # ended after an answer, or an end about which nothing more is known
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"  # the called person pressed reject
    CANCELED = "canceled"  # the caller gave up while it rang
    ELSEWHERE = "elsewhere"  # another phone of the same group took it
    ABANDONED = "abandoned"  # the caller hung up in a menu or a queue
    LEFT = "left"  # left a queue by key, time-out or a full queue
    UNAVAILABLE = "unavailable"  # no phone to ring: offline, unregistered, nobody on duty
    TRANSFERRED = "transferred"
    FAILED = "failed"
    LOST_END = "lost_end"  # upkeep closed it: the end never reached us


class Verdict(StrEnum):
    """What was decided about an inbound call, by a calendar and a block list; mostly by ours."""

    OPEN = "open"
    CLOSED = "closed"
    BLOCKED = "blocked"
    NO_AGENT = "no_agent"  # open, but nobody is there to be rung


class Transfer(StrEnum):
    """How a call came from one leg to the next."""

    BLIND = "blind"
    ATTENDED = "attended"


class Outcome(StrEnum):
    """How the whole call went. Inbound: the first five; outbound: answered or the rest."""

    ANSWERED = "answered"
    MISSED = "missed"
    FORWARDED = "forwarded"
    BLOCKED = "blocked"
    FAILED = "failed"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    CANCELED = "canceled"


class MissedReason(StrEnum):
    """Why nobody spoke with the caller; exactly one per missed call (`docs/missed.md`)."""

    NO_ANSWER = "no_answer"
    SHORT_ABANDON = "short_abandon"
    ABANDONED_IN_IVR = "abandoned_in_ivr"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    NO_AGENT = "no_agent"
    CLOSED = "closed"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    REJECTED = "rejected"


class RecordingKind(StrEnum):
    """A recorded conversation, or a message that the caller left."""

    CALL = "call"
    VOICEMAIL = "voicemail"


class RecordingState(StrEnum):
    """Where the provider is with the file."""

    PENDING = "pending"
    READY = "ready"
    ABSENT = "absent"
    FAILED = "failed"


class Channel(StrEnum):
    """A way to reach a person in writing."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


class MessageStatus(StrEnum):
    """The life of a message; `rank` orders it, since callbacks arrive in any order."""

    QUEUED = "queued"  # ours: decided, not yet tried
    SENDING = "sending"  # ours: the request may be on its way
    ACCEPTED = "accepted"  # the provider has it
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    CANCELED = "canceled"
    UNKNOWN = "unknown"  # nobody can say whether it left: a person decides
    RECEIVED = "received"  # inbound

    @property
    def rank(self) -> int:
        """A later state never gives way to one of lower rank (`docs/messages.md`)."""
        return _RANKS.get(self, 0)


_RANKS = {
    MessageStatus.SENDING: 1,
    MessageStatus.UNKNOWN: 2,
    MessageStatus.ACCEPTED: 3,
    MessageStatus.SENT: 4,
    MessageStatus.CANCELED: 5,
    MessageStatus.FAILED: 6,
    MessageStatus.UNDELIVERED: 6,
    MessageStatus.DELIVERED: 7,
    MessageStatus.READ: 8,
    MessageStatus.RECEIVED: 9,
}


class Consent(StrEnum):
    """What a person said about being written to."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Something happened to the whole call.

    *seconds* on ENDED is the provider's own measure from answer to end of the caller's leg
    (it counts menus and queues too), only given when that leg was answered by anything.
    """

    KIND: ClassVar[str] = "call"
    id: str
    call_id: str
    at: datetime
    phase: Phase
    direction: Direction | None = None
    caller: str | None = None
    called: str | None = None
    caller_name: str | None = None
    ending: Ending | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent:
    """Something happened to one leg.

    *agent* is a hub user's id where we put it into the callback URL, else the provider's word
    for the person (extension, SIP address, e-mail, name). *seconds* on ENDED is the provider's
    measure: talk time of a person's leg, waiting time of a queue leg. *replaces* names the leg
    that a transfer took over from.
    """

    KIND: ClassVar[str] = "leg"
    id: str
    call_id: str
    leg_id: str
    at: datetime
    phase: Phase
    kind: LegKind
    agent: str | None = None
    number: str | None = None
    ending: Ending | None = None
    seconds: float | None = None
    replaces: str | None = None
    transfer: Transfer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEvent:
    """A file with sound exists, is ready, or will never come; or its words are known."""

    KIND: ClassVar[str] = "recording"
    id: str
    call_id: str
    recording_id: str
    at: datetime
    kind: RecordingKind
    state: RecordingState
    url: str | None = None
    seconds: float | None = None
    channels: int | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingEvent:
    """What was decided about an inbound call; of two verdicts the stricter one counts.

    `hub.flow` gives the hub's own; a phone system with a calendar or a block list of its own may
    tell another.
    """

    KIND: ClassVar[str] = "routing"
    id: str
    call_id: str
    at: datetime
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaItem:
    """A file that came with a message; *url* is the provider's and needs its credentials."""

    url: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """A message came in, or one of ours moved on.

    *ref* is our own message id when the provider carries it back to us (callback URL). *error*
    is the provider's code. *consent* is set on inbound STOP/START/HELP; *answered* says that the
    provider has already replied to it. *identity* is an address without a phone number behind it.
    """

    KIND: ClassVar[str] = "message"
    id: str
    message_id: str
    at: datetime
    direction: Direction
    channel: Channel
    status: MessageStatus
    sender: str = ""
    recipient: str = ""
    text: str = ""
    media: tuple[MediaItem, ...] = ()
    profile_name: str | None = None
    identity: str | None = None
    ref: str | None = None
    error: str | None = None
    consent: Consent | None = None
    answered: bool = False


Event = CallEvent | LegEvent | RecordingEvent | RoutingEvent | MessageEvent
"""Any of the five; the first four belong to a call."""

TalkEvent = CallEvent | LegEvent | RecordingEvent | RoutingEvent
"""An event that is part of a call's event set."""

_BY_KIND: dict[str, type[Event]] = {
    cls.KIND: cls for cls in (CallEvent, LegEvent, RecordingEvent, RoutingEvent, MessageEvent)
}


def to_dict(event: Event) -> dict[str, Any]:
    """Give *event* as JSON-ready data, without the fields that are empty."""
    found: dict[str, Any] = {"kind_": event.KIND}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if value is not None and value != ():
            found[field.name] = _plain(value)
    return found


def from_dict(data: dict[str, Any]) -> Event:
    """Give back the event that `to_dict` wrote."""
    cls = _BY_KIND[data["kind_"]]
    hints = _hints(cls)
    return cls(
        **{name: _typed(value, hints[name]) for name, value in data.items() if name in hints}
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [dataclasses.asdict(item) for item in value]
    return value


def _typed(value: Any, wanted: Any) -> Any:  # noqa: ANN401 - between JSON and types
    if isinstance(wanted, types.UnionType):
        wanted = next(part for part in wanted.__args__ if part is not type(None))
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if typing.get_origin(wanted) is tuple:
        return tuple(MediaItem(**item) for item in value)
    return wanted(value) if isinstance(wanted, type) and issubclass(wanted, StrEnum) else value


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(cls: type) -> dict[str, Any]:
    if cls not in _HINTS:
        hints = typing.get_type_hints(cls)
        _HINTS[cls] = {field.name: hints[field.name] for field in dataclasses.fields(cls)}
    return _HINTS[cls]
