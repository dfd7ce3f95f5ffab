"""Numbers: E.164, withheld callers, extensions, SIP and client identities.

How a raw string is read, first rule that fits:

1. A withheld placeholder is WITHHELD, whether a word (in any case), nothing at all, or a word
   spelled on a keypad (+266696687 is ANONYMOUS), as long as it stands there bare: the national
   number "(737) 874-2833" is a number.
2. `scheme:rest` by its scheme. `sip:+E164@host` is a NUMBER: a trunk speaks so. Without the plus
   it is SIP, since `sip:2025550100@pbx` may be any user of that PBX. `whatsapp:` and `rcs:` are
   numbers, or an IDENTITY if there is no number in them.
3. Letters make it an ALPHANUMERIC sender, or UNREADABLE.
4. With a plus or 00 in front: a NUMBER if its country has numbers of that length.
5. Bare digits, up to four: EXTENSION. Five or six, without a zero in front: SHORT_CODE. (Five
   digits alone may also be an extension; neither has a person behind it whom we could text.)
6. A valid number of the given region, else digits that are valid with a plus in front: NUMBER.
7. All else is UNREADABLE; seven digits or more still leave a *tail* for suffix matches.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

LONGEST: Final = 200
"""Characters of a raw string that we look at and keep."""

_TAIL = 9
_SHORTEST_TAIL = 7


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
    """A raw string, read.

    *e164* is set for NUMBER only; *tail* is its last nine digits, the key for suffix matches;
    *display* is what a person should see (empty for WITHHELD: the page has its own words).
    """

    raw: str
    kind: CallerKind
    e164: str | None = None
    tail: str | None = None
    region: str | None = None
    display: str = ""


# https://www.twilio.com/docs/voice/twiml#callerid and what PBXs write instead.
_WITHHELD_WORDS = (
    "anonymous|unknown|<unknown>|restricted|unavailable|private|blocked|withheld|hidden|none|null|"
    "undefined|anonymous caller|unknown number|private number|no caller id|anonimo|sconosciuto|"
    "anonymous@anonymous.invalid"
)
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, spelled on a keypad.
_WITHHELD_KEYS = "266696687|7378742833|2562533|8656696|86282452253"
_WITHHELD = frozenset(["", *_WITHHELD_WORDS.split("|"), *_WITHHELD_KEYS.split("|")])
_SCHEME = re.compile(r"([a-z]{3,12}):(.*)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"<\s*((?:sips?|tel):[^<>]*)>", re.IGNORECASE)
_EXTENSION = re.compile(r"[\s,;]*(?:extension|ext\.?|x|#|;ext=|ext=)\s*\d{1,6}$", re.IGNORECASE)
_SENDER = re.compile(r"[a-z0-9][a-z0-9 &._+-]{0,10}", re.IGNORECASE)
_INTERNATIONAL = re.compile(r"(?:\+|00)")
_SHORT_CODE = re.compile(r"[1-9]\d{4,5}")
_EXTENSION_ONLY = re.compile(r"\d{1,4}")


def read(raw: str, *, region: str = "") -> Caller:
    """Read *raw*; national numbers are taken as of *region* (ISO 3166 alpha-2). Never raises."""
    if len(raw) > LONGEST:
        return Caller(raw=raw[:LONGEST], kind=CallerKind.UNREADABLE, display=raw[:40] + "…")
    return _read(raw, region.upper())


@lru_cache(maxsize=16_384)
def _read(raw: str, region: str) -> Caller:
    text = _plain(raw)
    if _is_withheld(text):
        return Caller(raw=raw, kind=CallerKind.WITHHELD)
    if address := _ADDRESS.search(text):
        text = address[1]
    scheme = _SCHEME.fullmatch(text)
    if scheme and (reader := _SCHEMES.get(scheme[1].lower())):
        return replace(reader(scheme[2].strip(), region), raw=raw)
    return replace(_bare(text, region), raw=raw)


def _plain(raw: str) -> str:
    """Fold full-width and other digits and signs to ASCII; invisible marks go."""
    text = unicodedata.normalize("NFKC", raw)
    kept = (_ascii_digit(letter) for letter in text if unicodedata.category(letter) != "Cf")
    return "".join(kept).strip().strip('"').strip()


def _ascii_digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def _is_withheld(text: str) -> bool:
    word = text.casefold()
    return word in _WITHHELD or _INTERNATIONAL.sub("", word, count=1) in _WITHHELD


def _sip(rest: str, region: str) -> Caller:
    user, at, host = rest.partition("@")
    user = re.split(r"[;:]", user)[0]  # a password or parameters may follow
    host = re.split(r"[;?>]", host)[0]
    if _is_withheld(user):
        return Caller(raw="", kind=CallerKind.WITHHELD)
    if user.startswith("+"):
        caller = _bare(user, region)
        if caller.kind is CallerKind.NUMBER:
            return caller
    return Caller(raw="", kind=CallerKind.SIP, display=f"{user}{at}{host}")


def _tel(rest: str, region: str) -> Caller:
    number, _, _ = rest.partition(";")  # RFC 3966: parameters
    if _is_withheld(number):
        return Caller(raw="", kind=CallerKind.WITHHELD)
    return _bare(number, region)


def _messenger(rest: str, region: str) -> Caller:
    """WhatsApp's and RCS's own numbers are international, with or without their plus."""
    if _is_withheld(rest):
        return Caller(raw="", kind=CallerKind.WITHHELD)
    caller = _bare(f"+{rest}" if rest.isdecimal() else rest, region)
    return caller if caller.kind is CallerKind.NUMBER else _identity(rest, region)


def _identity(rest: str, _region: str) -> Caller:
    return Caller(raw="", kind=CallerKind.IDENTITY, display=rest)


def _client(rest: str, _region: str) -> Caller:
    return Caller(raw="", kind=CallerKind.CLIENT, display=rest)


_SCHEMES: dict[str, Callable[[str, str], Caller]] = {
    "sip": _sip,
    "sips": _sip,
    "tel": _tel,
    "client": _client,
    "whatsapp": _messenger,
    "rcs": _messenger,
    "messenger": _identity,
    "sim": _identity,
}


def _bare(text: str, region: str) -> Caller:
    text = _EXTENSION.sub("", text)
    if any(letter.isalpha() for letter in text):
        kind = CallerKind.ALPHANUMERIC if _SENDER.fullmatch(text) else CallerKind.UNREADABLE
        return Caller(raw="", kind=kind, display=text)
    if _EXTENSION_ONLY.fullmatch(text):
        return Caller(raw="", kind=CallerKind.EXTENSION, display=text)
    if _SHORT_CODE.fullmatch(text):
        return Caller(raw="", kind=CallerKind.SHORT_CODE, display=text)
    found = _number(text, region)
    return _of_number(found) if found else _unreadable(text)


def _number(text: str, region: str) -> PhoneNumber | None:
    if international := _INTERNATIONAL.match(text):
        number = _parsed("+" + text[international.end() :], "")
        return number if number and _has_right_length(number) else None
    national = _parsed(text, region) if region else None
    if national and phonenumbers.is_valid_number(national):
        return national
    number = _parsed("+" + text, "")
    return number if number and phonenumbers.is_valid_number(number) else None


def _parsed(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None


def _has_right_length(number: PhoneNumber) -> bool:
    """New prefixes are given out faster than the library learns them: the length must do."""
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _of_number(number: PhoneNumber) -> Caller:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Caller(
        raw="",
        kind=CallerKind.NUMBER,
        e164=e164,
        tail=e164[-_TAIL:].lstrip("+"),
        region=phonenumbers.region_code_for_number(number),
        display=phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
    )


def _unreadable(text: str) -> Caller:
    digits = "".join(letter for letter in text if letter.isdecimal())
    tail = digits[-_TAIL:] if len(digits) >= _SHORTEST_TAIL else None
    return Caller(raw="", kind=CallerKind.UNREADABLE, tail=tail, display=text)


# --- What a number tells about its line ----------------------------------------------------------


class LineType(StrEnum):
    """What kind of line a number leads to; UNKNOWN may be a mobile, as in North America."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    OTHER = "other"
    UNKNOWN = "unknown"


_LINE_TYPES = {
    PhoneNumberType.MOBILE: LineType.MOBILE,
    PhoneNumberType.FIXED_LINE: LineType.LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: LineType.UNKNOWN,
    PhoneNumberType.VOIP: LineType.VOIP,
    PhoneNumberType.TOLL_FREE: LineType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: LineType.PREMIUM,
    PhoneNumberType.UNKNOWN: LineType.UNKNOWN,
}


def line_type(e164: str) -> LineType:
    """The kind of line behind *e164*; UNKNOWN if it cannot be told or read."""
    number = _parsed(e164, "")
    found = phonenumbers.number_type(number) if number else PhoneNumberType.UNKNOWN
    return _LINE_TYPES.get(found, LineType.OTHER)


def country(e164: str) -> str:
    """The ISO 3166 alpha-2 code of *e164*'s country, or an empty string."""
    number = _parsed(e164, "")
    found = phonenumbers.region_code_for_number(number) if number else None
    return found if found and found != "001" else ""


def time_zones(e164: str) -> tuple[str, ...]:
    """The IANA time zones where *e164* may be: several for a mobile of a wide country."""
    from phonenumbers import timezone  # 8 MB that only a quiet-hours check needs

    number = _parsed(e164, "")
    found = timezone.time_zones_for_number(number) if number else ()
    return tuple(zone for zone in found if zone not in {"", "Etc/Unknown"})
