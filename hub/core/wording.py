"""Fills the texts that marketers write, in the right language, and counts the parts of an SMS.

The language that texts are written in is that of `hub.core.liquid_text`, which loads at first
use: it takes a fifth of a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from hub.contract.errors import BadText

if TYPE_CHECKING:
    from babel import Locale

SMS_MOST = 1600
"""Characters that the carriers' gateways take at most (https://www.twilio.com/docs/api/errors/21617)."""

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

SAMPLE: Mapping[str, str] = {
    "caller.name": "Emma Taylor",
    "caller.first_name": "Emma",
    "caller.company": "Chrispresso",
    "caller.number": "+1 202-555-0143",
    "line.name": "Sales",
    "line.number": "+1 202-555-0100",
    "call.time": "14:05",
    "call.day": "23 November",
    "agent.name": "Liam Brown",
    "workspace.name": "Example & Sons",
}
"""Invented facts with which a text is tried before it is kept, and shown in previews."""

TEXTS: Mapping[str, str] = {
    "en": (
        "{% if caller.first_name %}Hello {{ caller.first_name }}, {% endif %}"
        "{{ workspace.name }} here. Sorry we missed your call at {{ call.time }}. "
        "Write back{% if line.number %} or call {{ line.number }}{% endif %}. "
        "Reply STOP to opt out."
    ),
    "it": (
        "{% if caller.name %}Gentile {{ caller.name }}, {% else %}Buongiorno, {% endif %}"
        "{{ workspace.name }} si scusa per non aver risposto alle {{ call.time }}. "
        "Ci scriva{% if line.number %} o chiami {{ line.number }}{% endif %}. "
        "Risponda STOP per non ricevere altro."
    ),
}
"""Our own answers to a missed call: service, no promotion, and how to stop."""

SUBJECTS: Mapping[str, str] = {
    "en": "We missed your call",
    "it": "Non abbiamo risposto alla Sua chiamata",
}

_COUNTRIES: Mapping[str, str] = {
    "ar fr": "MA TN", "bg": "BG", "cs": "CZ", "da": "DK", "de": "AT DE LI", "de fr it": "CH",
    "el": "CY GR", "en": "AU GB IE MT NZ ZA", "en es": "US", "en fr": "CA", "en zh": "SG",
    "es": "AR BO CL CO CR DO EC ES GT MX PA PE PY UY VE", "et": "EE", "fi sv": "FI",
    "fr": "FR MC", "fr de": "LU", "he": "IL", "hi en": "IN", "hr": "HR", "hu": "HU", "is": "IS",
    "it": "IT SM VA", "ja": "JP", "ko": "KR", "lt": "LT", "lv": "LV", "nb": "NO", "nl": "NL",
    "nl fr de": "BE", "pl": "PL", "pt": "PT", "pt-BR": "BR", "ro": "RO", "ru": "RU", "sk": "SK",
    "sl": "SI", "sr": "RS", "sv": "SE", "tr": "TR", "uk": "UA", "zh": "CN", "zh en": "HK",
}  # fmt: skip
_LANGUAGES = {
    country: tuple(languages.split())
    for languages, countries in _COUNTRIES.items()
    for country in countries.split()
}


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
    """Refuse a text that could not be filled later; raises BadText naming the trouble.

    Names are looked for in every branch; then the text is tried on a known caller and on one of
    whom we know nothing.
    """
    from hub.core import liquid_text

    for name in liquid_text.names_in(text, html=html):
        if name not in NAMES:
            raise BadText(liquid_text.unknown(name))
    fill(text, SAMPLE, html=html)
    fill(text, {}, html=html)


def fill(text: str, names: Mapping[str, object], *, html: bool = False) -> str:
    """Fill *text*; *names* are flat, as in NAMES. With *html*, what is filled in is escaped.

    Raises BadText for an unknown name, a broken tag or a text that grows past the limits.
    """
    from hub.core import liquid_text

    return liquid_text.render(text, _nested(names), html=html).strip()


def choose_language(wanted: Sequence[str], available: Mapping[str, object]) -> str:
    """The best of *available*: first of *wanted* that fits (`pt-BR`, then `pt`), else the first.

    Raises BadText when nothing is available.
    """
    if not available:
        raise BadText("there is no text in any language: write one")
    fits = (fit for tag in wanted if (fit := _fit(tag, available)))
    return next(fits, next(iter(available)))


def languages_of(country: str) -> tuple[str, ...]:
    """The main languages of a country (ISO 3166 alpha-2), most spoken first; perhaps none."""
    return _LANGUAGES.get(country.upper(), ())


def call_names(at: datetime, place: tzinfo, language: str, country: str = "") -> dict[str, str]:
    """`call.time` and `call.day` as people write them in *language* (and *country*)."""
    from babel.dates import format_skeleton, format_time

    locale, wall = _locale(language, country), at.astimezone(place)
    names = {
        "call.time": format_time(wall, "short", locale=locale),
        "call.day": format_skeleton("MMMMd", wall, locale=locale),
    }
    return {name: _plain_spaces(value) for name, value in names.items()}


def sms_parts(text: str) -> Parts:
    """How *text* travels as an SMS and in how many parts (3GPP TS 23.038 and 23.040).

    One part holds 160 septets or 70 units, each of several 153 or 67; a character of two units
    is never torn apart.
    """
    gsm = all(letter in _GSM_UNITS for letter in text)
    units = [_GSM_UNITS[letter] if gsm else _utf16_units(letter) for letter in text]
    single, several = (160, 153) if gsm else (70, 67)
    total = sum(units)
    return Parts(
        encoding=Encoding.GSM7 if gsm else Encoding.UCS2,
        units=total,
        parts=1 if total <= single else _packed(units, several),
    )


def _nested(names: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """`{"caller.name": ...}` as Liquid walks it. What is absent or empty is nil: false in `if`."""
    nested: dict[str, dict[str, object]] = {}
    for name in NAMES:
        group, _, key = name.partition(".")
        nested.setdefault(group, {})[key] = names.get(name) or None
    return nested


def _fit(tag: str, available: Mapping[str, object]) -> str | None:
    """*tag* itself, else its bare language, else another region's text in that language."""
    wanted = tag.casefold().replace("_", "-")
    language = wanted.partition("-")[0]
    by_tag = {have.casefold().replace("_", "-"): have for have in reversed(list(available))}
    by_language = {have.partition("-")[0]: by_tag[have] for have in by_tag}
    return by_tag.get(wanted) or by_tag.get(language) or by_language.get(language)


@cache
def _locale(language: str, country: str) -> "Locale":
    from babel import Locale, UnknownLocaleError

    bare = language.replace("_", "-").partition("-")[0]
    for tag in (f"{bare}-{country.upper()}", language.replace("_", "-"), bare):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en")


def _plain_spaces(text: str) -> str:
    """CLDR writes 2:05 PM with a narrow space, which alone would make an SMS UCS-2."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


_GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = "\f^{}\\[~]|€"
_GSM_UNITS = dict.fromkeys(_GSM_BASIC, 1) | dict.fromkeys(_GSM_EXTENSION, 2)


def _utf16_units(letter: str) -> int:
    return len(letter.encode("utf-16-le", "surrogatepass")) // 2


def _packed(units: Sequence[int], size: int) -> int:
    parts, room = 0, 0
    for unit in units:
        if unit > room:
            parts, room = parts + 1, size
        room -= unit
    return parts
