"""Answers to a live call, in words that belong to no provider.

A phone system that lets the hub decide asks a `Question`; the hub answers with a sequence of
instructions; the provider folder writes them in its own language (TwiML, XML, JSON).
"""

from dataclasses import dataclass
from enum import StrEnum

from hub.contract.events import Ending


class Step(StrEnum):
    """Where in the call we are asked."""

    INCOMING = "incoming"  # a call has come in: what now?
    RUNG = "rung"  # the ringing is over; `Question.ending` says how
    SCREEN = "screen"  # an agent's outside phone was picked up: is it a person?
    SCREENED = "screened"  # the agent pressed a key (`Question.digits`)
    QUEUE_WAIT = "queue_wait"  # the caller waits and wants something to listen to
    QUEUE_LEFT = "queue_left"
    RECORDED = "recorded"  # the caller has left a message, or has hung up doing so
    CALL_BACK = "call_back"  # click-to-call: the agent has picked up, connect the other side
    CHOSEN = "chosen"  # a key was pressed in a menu (`Question.digits`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A live call waits for an answer; the caller hears silence until it comes.

    *target* is the number to connect in CALL_BACK, the agent's id in SCREEN and SCREENED, and in
    RUNG the number outside that has just been tried, if it was one. *waited* are the seconds that
    the caller has been in the queue in QUEUE_WAIT.
    """

    call_id: str
    step: Step
    ending: Ending | None = None
    answered: bool = False
    digits: str = ""
    target: str = ""
    language: str = ""
    waited: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone to ring: a PSTN number (E.164), or a SIP address; *agent* is the user's id.

    *screen* asks who picks up to press 1, so that an agent's own voicemail never "answers".
    """

    agent: str
    number: str = ""
    sip: str = ""
    screen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak *text* in *language* (BCP 47)."""

    text: str
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Ring *phones* for *seconds*: all at once, or one after another."""

    phones: tuple[Phone, ...]
    seconds: int = 20
    sequential: bool = False
    record: bool = False
    caller_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Let the caller wait in the queue *name*."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Something to listen to while waiting: *text*, then music or *seconds* of silence."""

    text: str = ""
    seconds: int = 10
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Take the caller out of the queue; QUEUE_LEFT asks what then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Ask for one key; *text* is spoken; the keys are decided in the answer to CHOSEN."""

    text: str
    seconds: int = 5
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Ask the person who picked up to press 1 within *seconds*; nothing pressed hangs up."""

    text: str
    agent: str
    seconds: int = 8
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """Let the caller leave a message of at most *seconds*."""

    text: str
    seconds: int = 180
    transcribe: bool = False
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Connect to *number* (E.164) outside and stay out of it."""

    number: str
    caller_id: str = ""
    record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Let the two legs talk: the screened agent is a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Do not take the call; *busy* plays the busy tone."""

    busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the call."""


Instruction = (
    Say
    | Ring
    | Queue
    | Hold
    | Leave
    | Menu
    | Screen
    | Voicemail
    | Transfer
    | Accept
    | Reject
    | Hangup
)
