"""Opening hours, split shifts, holidays, one-off closures; quiet hours of the recipient.

People keep hours by the clock on their wall; the hub keeps time in UTC. A wall clock skips an
hour in spring and shows one twice in autumn, so a wall time is zero, one or two instants:
`_instants` is the only place that knows. What is open or quiet is asked of the wall clock alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from hub.contract.errors import BadPayload, BadSetting
from hub.contract.payload import Payload

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEVER = datetime.max.replace(tzinfo=UTC)

_HOUR = 60
_DAY = 24 * _HOUR
_LOOK_AHEAD = 400  # days: past every yearly closure
_MOST_DAYS = 2000
_DAY_FORMS = f"write {', '.join(DAYS)} in the week, 2026-12-24 in the exceptions"
_BLOCK = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Block:
    """From *start* to *end* (exclusive), in minutes of the local day; 1440 is 24:00."""

    start: int
    end: int

    def __str__(self) -> str:
        """As people write it: `09:00-12:30`."""
        return f"{_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The public holidays of a country (ISO 3166 alpha-2) and perhaps one of its parts."""

    country: str
    subdivision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When somebody is there. *weekly* is by weekday, 0 is Monday.

    *exceptions* beat holidays, holidays beat the week; an exception without blocks is a
    closed day.
    """

    time_zone: str
    weekly: Mapping[int, tuple[Block, ...]] = field(default_factory=dict)
    holidays: Holidays | None = None
    exceptions: Mapping[date, tuple[Block, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From *start* to *end*, in minutes of the recipient's local day; may cross midnight."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "QuietHours | None":
        """Read `21:00-09:00`, or `none`; raises BadSetting."""
        if text.strip().casefold() == "none":
            return None
        found = _minutes(text)
        if found is None:
            raise BadSetting(f"quiet hours {text!r}: write them as 21:00-09:00, or none")
        if found[0] % _DAY == found[1] % _DAY:
            raise BadSetting(
                f"quiet hours {text!r} begin and end at the same time: "
                "write them as 21:00-09:00, or none"
            )
        return cls(start=found[0] % _DAY, end=found[1] % _DAY)

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{_clock(self.start)}-{_clock(self.end)}"

    def holds(self, minute: int) -> bool:
        """Whether *minute* of the local day is quiet."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    """Whether somebody is there at *at*; without a calendar it is always open."""
    if calendar is None:
        return True
    wall = at.astimezone(ZoneInfo(calendar.time_zone))
    minute = _minute(wall)
    return any(block.start <= minute < block.end for block in blocks_on(calendar, wall.date()))


def blocks_on(calendar: Calendar, day: date) -> tuple[Block, ...]:
    """The hours of one day: its exception, else none on a holiday, else those of the weekday."""
    if day in calendar.exceptions:
        return calendar.exceptions[day]
    if calendar.holidays and day in _holidays(calendar.holidays, day.year):
        return ()
    return calendar.weekly.get(day.weekday(), ())


def next_opening(calendar: Calendar | None, at: datetime) -> datetime | None:
    """The first moment from *at* on (UTC) when it is open; None if not within 400 days."""
    if is_open(calendar, at) or calendar is None:
        return at.astimezone(UTC)
    return next((start for start in _openings(calendar, at) if start > at), None)


def quiet_until(quiet: QuietHours | None, zones: Sequence[str], at: datetime) -> datetime | None:
    """When the quiet hours around *at* are over in all *zones* (UTC); None when it is not quiet.

    It is quiet when it is quiet in any of the zones. NEVER when the zones lie so far apart that
    it is always quiet in one of them. Names that are no time zones are passed over; with none
    left, UTC counts.
    """
    if quiet is None:
        return None
    clocks = [clock for name in zones if (clock := zone(name))] or [ZoneInfo("UTC")]
    now = at
    while waiting := [clock for clock in clocks if quiet.holds(_minute(now.astimezone(clock)))]:
        now = max(_quiet_end(quiet, clock, now) for clock in waiting)
        if now - at > timedelta(days=3):
            return NEVER
    return None if now == at else now.astimezone(UTC)


def zone(name: str) -> ZoneInfo | None:
    """The time zone called *name* (IANA), or None when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a plain name, a folder's name
        return None


def to_dict(calendar: Calendar) -> dict[str, object]:
    """Give *calendar* as JSON-ready data."""
    plain: dict[str, object] = {
        "time_zone": calendar.time_zone,
        "weekly": {DAYS[day]: _texts(blocks) for day, blocks in sorted(calendar.weekly.items())},
        "exceptions": {
            day.isoformat(): _texts(blocks) for day, blocks in sorted(calendar.exceptions.items())
        },
    }
    if calendar.holidays:
        plain["holidays"] = {
            "country": calendar.holidays.country,
            "subdivision": calendar.holidays.subdivision,
        }
    return plain


def from_dict(data: object) -> Calendar:
    """Read what `to_dict` wrote or a person typed; raises BadSetting with path and cure."""
    try:
        return _calendar(Payload(data))
    except BadPayload as error:
        raise BadSetting(str(error)) from error


def _calendar(data: Payload) -> Calendar:
    data.only("time_zone", "weekly", "holidays", "exceptions")
    name = data["time_zone"]
    if zone(name.token()) is None:
        raise BadPayload("is no time zone; write it as Europe/Rome", path=name.path)
    return Calendar(
        time_zone=name.token(),
        weekly=_by_key(data.get("weekly"), _weekday),
        holidays=_holiday_setting(data.get("holidays")),
        exceptions=_by_key(data.get("exceptions"), _date),
    )


def _by_key(data: Payload | None, read: Callable[[str], T | None]) -> dict[T, tuple[Block, ...]]:
    if data is None:
        return {}
    if len(data.names()) > _MOST_DAYS:
        raise BadPayload(f"holds more than {_MOST_DAYS} days; drop the past ones", path=data.path)
    found: dict[T, tuple[Block, ...]] = {}
    for name in data.names():
        key = read(name)
        if key is None:
            raise BadPayload(f"{name!r} is no day; {_DAY_FORMS}", path=data.path)
        found[key] = _blocks(data[name])
    return found


def _weekday(name: str) -> int | None:
    return DAYS.index(name) if name in DAYS else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _blocks(data: Payload) -> tuple[Block, ...]:
    blocks = tuple(sorted(map(_block, data)))
    for earlier, later in pairwise(blocks):
        if later.start < earlier.end:
            raise BadPayload(f"{earlier} and {later} overlap; join them", path=data.path)
    return blocks


def _block(data: Payload) -> Block:
    found = _minutes(data.text(most=20))
    if found is None or found[0] >= found[1]:
        raise BadPayload(
            "is no block of hours within one day; write it as 09:00-12:30, and a night as "
            "22:00-24:00 with 00:00-06:00 on the next day",
            path=data.path,
        )
    return Block(start=found[0], end=found[1])


def _holiday_setting(data: Payload | None) -> Holidays | None:
    if data is None:
        return None
    data.only("country", "subdivision")
    country, part = data["country"].token(), data.get("subdivision")
    subdivision = part.text() if part else ""
    known = _supported()
    if country not in known:
        raise BadPayload(
            f"no holidays are known for {country!r}; use a code as IT", path=data.path
        )
    if subdivision and subdivision not in known[country]:
        raise BadPayload(
            f"{subdivision!r} is no part of {country}; use one of: {', '.join(known[country])}",
            path=data.path,
        )
    return Holidays(country=country, subdivision=subdivision)


@cache
def _supported() -> Mapping[str, Sequence[str]]:
    import holidays

    return holidays.list_supported_countries()


@cache
def _holidays(which: Holidays, year: int) -> frozenset[date]:
    import holidays

    return frozenset(
        holidays.country_holidays(which.country, subdiv=which.subdivision or None, years=year)
    )


def _openings(calendar: Calendar, at: datetime) -> Iterator[datetime]:
    """The instants at which a block starts, from the day of *at* on, in order."""
    clock = ZoneInfo(calendar.time_zone)
    first = at.astimezone(clock).date()
    for ahead in range(_LOOK_AHEAD):
        day = first + timedelta(days=ahead)
        for block in blocks_on(calendar, day):
            for instant in _instants(clock, day, block.start):
                if is_open(calendar, instant):  # a block may fall into the skipped hour whole
                    yield instant


def _quiet_end(quiet: QuietHours, clock: ZoneInfo, at: datetime) -> datetime:
    """The first instant after *at*, which is quiet, when the wall clock shows the end."""
    today = at.astimezone(clock).date()
    return next(
        instant
        for ahead in range(4)
        for instant in _instants(clock, today + timedelta(days=ahead), quiet.end)
        if instant > at and not quiet.holds(_minute(instant.astimezone(clock)))
    )


def _instants(clock: ZoneInfo, day: date, minute: int) -> list[datetime]:
    """When the wall clock reaches *minute* of *day*, in UTC.

    Twice where it is set back; where it skips the minute, the moment of the skip.
    """
    wall = datetime.combine(day, time(minute // _HOUR, minute % _HOUR), tzinfo=clock)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:  # the skipped hour: each fold reckons with the offset of the other side
        return [_skip(clock, second, first)]
    return [first] if first == second else [first, second]


def _skip(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between *before* and *after* at which the offset of *clock* changes."""
    old = before.astimezone(clock).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(clock).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _minute(wall: datetime) -> int:
    return wall.hour * _HOUR + wall.minute


def _clock(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"


def _texts(blocks: Sequence[Block]) -> list[str]:
    return [str(block) for block in blocks]


def _minutes(text: str) -> tuple[int, int] | None:
    """The two times of `09:00-12:30` in minutes of the day; None when it is no such text."""
    found = _BLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, end_hour, end_minute = map(int, found.groups())
    start, end = hour * _HOUR + minute, end_hour * _HOUR + end_minute
    fits = minute < _HOUR and end_minute < _HOUR and start < _DAY and end <= _DAY
    return (start, end) if fits else None
