"""Numbers: E.164, withheld callers, extensions, SIP and client identities."""

from dataclasses import dataclass
from enum import StrEnum


class CallerKind(StrEnum):
    """What a caller's raw string turned out to be."""

    NUMBER = "number"  # E.164 known
    WITHHELD = "withheld"
    SHORT_CODE = "short_code"
    EXTENSION = "extension"
    SIP = "sip"
    CLIENT = "client"  # a browser softphone identity
    ALPHANUMERIC = "alphanumeric"  # an SMS sender's name
    IDENTITY = "identity"  # a WhatsApp or messenger id without a phone number
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A raw string, read. *e164* is set for NUMBER only; *tail* is its last nine digits, the key
    for suffix matches; *display* is what a person should see."""

    raw: str
    kind: CallerKind
    e164: str | None = None
    tail: str | None = None
    region: str | None = None
    display: str = ""


def read(raw: str, *, region: str = "") -> Caller:
    """Read *raw*; national numbers are taken as of *region* (ISO 3166 alpha-2). Never raises."""
    raise NotImplementedError
