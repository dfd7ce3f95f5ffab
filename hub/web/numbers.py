"""How numbers, times and phone numbers stand on a page, in the language of the answer."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import (
    format_date,
    format_datetime,
    format_skeleton,
    format_time,
    format_timedelta,
)
from babel.numbers import format_decimal
from markupsafe import Markup

from hub.contract.phone import CallerKind, country, read
from hub.models import now
from hub.web import language

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_THOUSAND = 1000


def number(value: float) -> str:
    """1,234 or 1.234."""
    return format_decimal(value, locale=language.locale())


def duration(seconds: float | None) -> str:
    """`0:07`, `12:30`, `1:02:09`; a dash when there is none."""
    if not seconds or seconds < 0:
        return "–"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def exact(at: datetime, zone: str) -> str:
    """The moment in full, at the workspace's place."""
    return format_datetime(at, "full", tzinfo=ZoneInfo(zone), locale=language.locale())


def day(at: datetime, zone: str) -> str:
    """The day, as in `3 Nov 2026`."""
    return format_date(at.astimezone(ZoneInfo(zone)), "medium", locale=language.locale())


def weekday(at: datetime, zone: str) -> str:
    """The day and its name, as in `Mon, Nov 23`."""
    return format_skeleton("MMMEd", at, tzinfo=ZoneInfo(zone), locale=language.locale())


def plainday(at: date) -> str:
    """A day without its time, as in `3 Nov`."""
    return format_skeleton("MMMd", at, locale=language.locale())


def clock(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """The time of day, as in `14:05` or `2:05 PM`."""
    form = "medium" if seconds else "short"
    return format_time(at.astimezone(ZoneInfo(zone)), form, locale=language.locale())


def when(at: datetime | None, zone: str) -> Markup | str:
    """`5 minutes ago`, `14:05`, `Tue 14:05` or a date: a `<time>` that says the exact moment."""
    if at is None:
        return "–"
    full = exact(at, zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), full, _relative(at, zone)
    )


def _relative(at: datetime, zone: str) -> str:
    here, today = at.astimezone(ZoneInfo(zone)), now().astimezone(ZoneInfo(zone))
    age = (today - here).total_seconds()
    locale = language.locale()
    if abs(age) < _HOUR:
        minutes = format_timedelta(here - today, add_direction=True, locale=locale)
        return language.gettext("just now") if abs(age) < _MINUTE else minutes
    if here.date() == today.date():
        return clock(at, zone)
    if 0 < age < 6 * _DAY:
        return f"{format_date(here, 'EEE', locale=locale)} {clock(at, zone)}"
    skeleton = "MMMd" if here.year == today.year else "yMMMd"
    return format_skeleton(skeleton, here, locale=locale)


@lru_cache(maxsize=4096)
def phone(raw: str | None, region: str = "") -> str:
    """International grouping where it is a number; what was given otherwise."""
    if not raw:
        return ""
    caller = read(raw, region=region)
    return "" if caller.kind is CallerKind.WITHHELD else caller.display or raw


def origin(e164: str) -> str:
    """The country that a number is from; empty when it does not tell."""
    if not e164.startswith("+"):
        return ""
    return str(language.locale().territories.get(country(e164), ""))


def size(count: float) -> str:
    """Bytes, as `1.4 MB`."""
    for unit in ("B", "kB", "MB"):
        if count < _THOUSAND:
            return f"{format_decimal(count, '#,##0.#', locale=language.locale())} {unit}"
        count /= _THOUSAND
    return f"{format_decimal(count, '#,##0.#', locale=language.locale())} GB"


def moment(text: str) -> datetime | None:
    """An ISO time out of JSON, or None."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
