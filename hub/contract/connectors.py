"""What a folder under `connectors/` is: a manifest and `open`, and one small Protocol per ability.

    MANIFEST: ConnectorManifest
    def open(account: Account) -> Connector         cheap and offline; SDKs load at first use
    def read_error(code, channel) -> RemoteError     optional: what a status callback's code means
    twin.py: start() -> Running                      is like the vendor, see hub.contract.twins
    read_contacts, read_columns, write_contacts      only where people come as files, see below

All methods are coroutines, are given a deadline by their caller, and raise only the errors of
`hub.contract.errors`: the type decides whether the hub tries again. A connector keeps no state
of its own between calls but its HTTP session. Synchronous SDKs run in threads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from hub.contract.events import Channel, Direction, MessageStatus, MissedReason, Outcome
from hub.contract.webhooks import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPhone:
    """A number of a person: *number* is E.164 when it can be read as one, else digits as given."""

    number: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person as one system knows them; *remote_id* is that system's id."""

    remote_id: str
    name: str
    company: str = ""
    title: str = ""
    phones: tuple[ContactPhone, ...] = ()
    emails: tuple[str, ...] = ()
    owner: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    time_zone: str = ""
    note: str = ""
    url: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A settled call, as it is written into a CRM. Times are UTC, durations seconds."""

    ref: str
    direction: Direction
    outcome: Outcome
    missed_reason: MissedReason | None
    number: str
    line: str
    agent: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_seconds: float
    wait_seconds: float
    subject: str
    note: str = ""
    disposition: str = ""
    contact_id: str = ""
    recording_url: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRef:
    """What we made over there: its id and a page where a person can see it."""

    remote_id: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An approved WhatsApp template: its ContentSid and its variables, in their order."""

    sid: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message to send once.

    *ref* is our id of it; the vendor carries it back in *callback_url*. *sender* is empty when
    the account's own default is to be used. *free_text* says that WhatsApp's 24-hour window is
    open; outside it a *template* is needed.
    """

    ref: str
    channel: Channel
    recipient: str
    text: str
    sender: str = ""
    subject: str = ""
    html: str = ""
    template: Template | None = None
    free_text: bool = False
    callback_url: str = ""
    unsubscribe_url: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The vendor has taken the message: its id and what it says of its state."""

    provider_ref: str
    status: MessageStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingCall:
    """Click-to-call: ring *agent_number*, then connect *number*. URLs are ours, absolute."""

    ref: str
    agent_number: str
    number: str
    caller_id: str
    answer_url: str
    status_url: str


class Ability(StrEnum):
    """What a system can do for us; each has its Protocol in `PROTOCOLS`."""

    CHECK = "check"
    FIND = "find"
    CREATE = "create"
    LOG_CALL = "log_call"
    SEND = "send"
    DIAL = "dial"
    FETCH = "fetch"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorManifest:
    """What a system is, what it can do and what it needs; machines check it against the code.

    *hosts* are the vendor's own: only they are ever given the account's credentials.
    *senders* names, per channel, the settings of which one must be given for it to be usable.
    *embedded* systems keep their people in the hub itself. *seek_after*: seconds after a try came
    to its end (an answer, a deadline, our own death) before `seek` may be believed when it finds
    nothing: the vendor's lists lag that long.
    """

    name: str
    title: str
    summary: str
    abilities: frozenset[Ability]
    settings: tuple[Setting, ...] = ()
    channels: frozenset[Channel] = frozenset()
    senders: Mapping[Channel, tuple[str, ...]] = field(default_factory=dict)
    webhook: str = ""
    hosts: tuple[str, ...] = ()
    embedded: bool = False
    extra: str = ""
    seek_after: float = 0.0


class Shelf(Protocol):
    """Where an embedded system keeps its people: the hub's own contact tables."""

    async def find(self, number: str) -> Sequence[Contact]:
        """The people who have exactly *number* (E.164)."""

    async def put(self, contact: Contact) -> RemoteRef:
        """Keep *contact*; an empty `remote_id` makes a new one."""

    async def note(self, call: LoggedCall) -> RemoteRef:
        """Write *call* into its contact's history, once per `call.ref`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One connection, opened: its settings (secrets in clear, in memory only) and our address."""

    settings: Mapping[str, str]
    public_url: str = ""
    shelf: Shelf | None = None
    timeout: float = 10.0


class Connector(Protocol):
    """The common face; abilities come on top."""

    async def close(self) -> None:
        """Let go of sessions; may be called twice."""


@runtime_checkable
class Checks(Protocol):
    """Ability CHECK."""

    async def check(self) -> str:
        """Prove that the account works; gives one sentence for the administrator."""


@runtime_checkable
class Finds(Protocol):
    """Ability FIND: a live question, never creating anything."""

    async def find(self, number: str) -> Sequence[Contact]:
        """The people with *number* (E.164)."""


@runtime_checkable
class Creates(Protocol):
    """Ability CREATE."""

    async def create(self, contact: Contact) -> RemoteRef:
        """Make the person over there, never twice for one `contact.remote_id`."""


@runtime_checkable
class LogsCalls(Protocol):
    """Ability LOG_CALL."""

    async def log_call(self, call: LoggedCall) -> RemoteRef:
        """Write the call, never twice for one `call.ref`."""


@runtime_checkable
class Sends(Protocol):
    """Ability SEND."""

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send once. RemoteUncertain when it may have left: `seek` decides then."""

    async def seek(self, message: OutgoingMessage) -> Receipt | None:
        """Look *message* up at the vendor: None when it surely never arrived there.

        Raises RemoteUncertain when the vendor cannot tell.
        """


@runtime_checkable
class Dials(Protocol):
    """Ability DIAL."""

    async def dial(self, call: OutgoingCall) -> str:
        """Start a call from the agent's phone to the number; gives the vendor's call id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file at the vendor's: where to get it, and the headers that open it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Fetches(Protocol):
    """Ability FETCH: says how a recording is fetched; the hub's own safe client fetches it."""

    def download(self, url: str) -> Download:
        """The address and headers for *url*; credentials only toward the vendor's hosts."""


PROTOCOLS: Mapping[Ability, type] = {
    Ability.CHECK: Checks,
    Ability.FIND: Finds,
    Ability.CREATE: Creates,
    Ability.LOG_CALL: LogsCalls,
    Ability.SEND: Sends,
    Ability.DIAL: Dials,
    Ability.FETCH: Fetches,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row of an imported file that cannot be taken: its line number in the file, and why."""

    line: int
    reason: str
    text: str = ""


class ReadContacts(Protocol):
    """The module's `read_contacts`: people out of a CSV or vCard file, one by one, no I/O."""

    def __call__(
        self, body: bytes, *, region: str, columns: Mapping[str, str] | None = None
    ) -> Iterator[Contact | BadRow]:
        """Each person, and a BadRow for each row or value that cannot be read.

        *region* is for national numbers; *columns* maps headers to fields of Contact (and
        `phone`, `email`, `given`, `middle`, `family`, or an empty string for "leave out"). Raises
        BadPayload when the file as a whole makes no sense, BadSetting for odd *columns*.
        """


class ReadColumns(Protocol):
    """The module's `read_columns`: what each header of a CSV is taken for, or an empty string."""

    def __call__(self, body: bytes) -> Mapping[str, str]:
        """Header -> field; empty for a vCard. Raises BadPayload."""


class WriteContacts(Protocol):
    """The module's `write_contacts`: a file that `read_contacts` reads back."""

    def __call__(self, contacts: Iterable[Contact], format: str) -> bytes:  # noqa: A002 (its name)
        """*format* is "csv" or "vcard"; raises ValueError for another."""
