"""What a folder under `webhooks/` is: a manifest and a few pure functions.

    MANIFEST: WebhookManifest
    def verify(request: RawRequest, secrets: Secrets) -> None     is it really them?
    def parse(request: RawRequest) -> Notice                      what did they say?
    def reply(request, instructions, urls) -> Reply               optional: a live call waits
    def handshake(request: RawRequest) -> Reply | None            optional: asked before they send
    scenarios.TELL, see hub.contract.scenarios                    for the simulator and the tests

Nothing here does I/O or looks at a clock: the time of arrival is on the request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl

from hub.contract.errors import BadPayload
from hub.contract.events import Event
from hub.contract.routing import Instruction, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """One request as it came. *url* is the PUBLIC one (our settings, never the Host header).

    *headers* have lower-case names. *step* is what follows `/hooks/{provider}/{key}/` in the
    path, without slashes at its ends: callback URLs that we hand out carry their meaning there.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    step: str = ""

    def header(self, name: str) -> str:
        """The header's value, or an empty string."""
        return self.headers.get(name.lower(), "")

    def form(self) -> list[tuple[str, str]]:
        """The pairs of a form body in their order: blank and repeated fields are kept.

        Raises BadPayload if the body is not a UTF-8 form.
        """
        try:
            return parse_qsl(
                self.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=500
            )
        except ValueError as error:
            raise BadPayload("the body is not a form in UTF-8", path="body") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What a line shares with its provider: *current* first, then those still valid.

    *settings* are the line's provider settings (for Twilio: `account_sid`, `sha256_key`, ...).
    """

    current: str
    previous: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> tuple[str, ...]:
        """Every secret that is valid now; empty ones never are."""
        return tuple(secret for secret in (self.current, *self.previous) if secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one request says.

    *id* is the same each time the provider delivers the same thing, and unique within the line.
    *question* is set when a live call waits for our answer.
    """

    id: str
    events: tuple[Event, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer in the provider's own language."""

    status: int = 204
    media_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Builds the absolute callback URLs of a line: `urls("wait")` -> `https://.../hooks/.../wait`."""

    base: str

    def __call__(self, step: str = "") -> str:
        """The URL of the line's hook, with *step* behind it."""
        return f"{self.base}/{step}" if step else self.base

    # The three that the hub hands out itself; every provider with a connector understands them.

    def message(self, ref: str) -> str:
        """Where the vendor tells what became of our message *ref*."""
        return self(f"message/{ref}")

    def call_back(self, number: str, agent: str) -> str:
        """Click-to-call: asked when *agent* (user id) has picked up; connect *number* (E.164)."""
        return self(f"call-back/{number.removeprefix('+')}/{agent}")

    def placed(self, number: str, agent: str) -> str:
        """Click-to-call: where the vendor tells how the agent's own leg goes."""
        return self(f"out/{number.removeprefix('+')}/{agent}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing an administrator fills in; *secret* ones are sealed at rest and never shown."""

    name: str
    label: str
    help: str = ""
    required: bool = False
    secret: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookManifest:
    """What a provider is and can do; machines check it against the folder.

    *places* tells the administrator what to set where at the provider: (label, step).
    *system* is the connector (folder name) that sends messages and calls for the same vendor.
    *answers_calls*: the phone system asks us what to do with a live call.
    """

    name: str
    title: str
    summary: str
    secret_label: str
    secret_help: str
    answers_calls: bool = False
    generates_secret: bool = False
    system: str = ""
    settings: tuple[Setting, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    events: tuple[str, ...] = ()


class Webhook(Protocol):
    """The face of a module under `webhooks/`; `reply` and `handshake` are optional."""

    MANIFEST: WebhookManifest

    def verify(self, request: RawRequest, secrets: Secrets) -> None:
        """Return if *request* proves its origin; else raise BadSignature."""

    def parse(self, request: RawRequest) -> Notice:
        """Say what the request says; raise BadPayload with the path of what is wrong."""


ReplyMaker = Callable[[RawRequest, Sequence[Instruction], Urls], Reply]
Handshake = Callable[[RawRequest], Reply | None]
