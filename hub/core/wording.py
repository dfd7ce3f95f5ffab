"""Fills the texts that marketers write: Liquid with strict names, and the sizes of an SMS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SMS_MOST = 1600

NAMES: Mapping[str, str] = {
    "caller.name": "the caller's full name, if we know it",
    "caller.first_name": "the caller's first name, if we know it",
    "caller.company": "the caller's company, if we know it",
    "caller.number": "the caller's number, as people write it",
    "line.name": "the name of the line that was called",
    "line.number": "the number that was called, as people write it",
    "call.time": "the time of the call at the caller's place, as in 14:05",
    "call.day": "the day of the call, in the language of the text",
    "agent.name": "who looks after this caller, if somebody does",
    "workspace.name": "the name of your company",
}
"""What a text may speak of. Absent ones are empty, so that `{% if caller.name %}` works."""


class Encoding(StrEnum):
    """How an SMS travels; one character outside GSM-7 makes the whole text UCS-2."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an SMS costs: *units* are septets (GSM-7) or 16-bit units (UCS-2)."""

    encoding: Encoding
    units: int
    parts: int


def check(text: str, *, html: bool = False) -> None:
    """Refuse a text that could not be filled later; raises BadText naming the trouble."""
    raise NotImplementedError


def fill(text: str, names: Mapping[str, object], *, html: bool = False) -> str:
    """Fill *text*; *names* are flat, as in NAMES. With *html*, what is filled in is escaped.

    Raises BadText for an unknown name, a broken tag or a text that grows past the limits.
    """
    raise NotImplementedError


def choose_language(wanted: Sequence[str], available: Mapping[str, object]) -> str:
    """The best of *available*: first of *wanted* that fits (`pt-BR`, then `pt`), else the first.

    Raises BadText when nothing is available.
    """
    raise NotImplementedError


def languages_of(country: str) -> tuple[str, ...]:
    """The main languages of a country (ISO 3166 alpha-2), most spoken first; perhaps none."""
    raise NotImplementedError


def sms_parts(text: str) -> Parts:
    """How *text* travels as an SMS and in how many parts."""
    raise NotImplementedError
