"""Opening hours, split shifts, holidays, one-off closures; quiet hours of the recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Block:
    """From *start* to *end* (exclusive), in minutes of the local day; *end* may be 1440 (24:00)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The public holidays of a country (ISO 3166 alpha-2) and perhaps one of its parts."""

    country: str
    subdivision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When somebody is there. *weekly* is by weekday (0 is Monday); *exceptions* beat holidays,
    holidays beat the week; an exception without blocks is a closed day."""

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
        raise NotImplementedError

    def __str__(self) -> str:
        """As `parse` reads it."""
        raise NotImplementedError


def to_dict(calendar: Calendar) -> dict[str, object]:
    """Give *calendar* as JSON-ready data."""
    raise NotImplementedError


def from_dict(data: object) -> Calendar:
    """Read what `to_dict` wrote or a person typed; raises BadSetting with path and cure."""
    raise NotImplementedError


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    """Whether somebody is there at *at*; without a calendar it is always open."""
    raise NotImplementedError


def next_opening(calendar: Calendar | None, at: datetime) -> datetime | None:
    """The first moment from *at* on (UTC) when it is open; None if not within 400 days."""
    raise NotImplementedError


def quiet_until(quiet: QuietHours | None, zones: Sequence[str], at: datetime) -> datetime | None:
    """When the quiet hours around *at* are over in all *zones* (UTC); None when it is not quiet.

    It is quiet when it is quiet in any of the zones. NEVER when the zones lie so far apart that
    it is always quiet in one of them. Names that are no time zones are passed over; with none
    left, UTC counts.
    """
    raise NotImplementedError
