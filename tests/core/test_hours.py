"""Opening hours and quiet hours, also where the wall clock skips or repeats an hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.errors import BadSetting
from hub.core.hours import (
    NEVER,
    Calendar,
    QuietHours,
    blocks_on,
    from_dict,
    is_open,
    next_opening,
    quiet_until,
    to_dict,
)

SHOP = {
    "time_zone": "Europe/Rome",
    "weekly": {day: ["09:00-12:30", "14:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    | {"sat": ["20:00-24:00"], "sun": ["00:00-02:00"]},
    "holidays": {"country": "IT", "subdivision": "MI"},
    "exceptions": {"2026-12-24": ["09:00-11:00"], "2026-12-28": [], "2026-12-25": ["10:00-11:00"]},
}
ROME = ZoneInfo("Europe/Rome")
NIGHT = QuietHours.parse("21:00-09:00")
ZONES = (
    "Europe/Rome", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Africa/Cairo",
    "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC",
)  # fmt: skip
zones = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3)
moments = st.integers(1_293_840_000, 2_051_222_400).map(lambda s: datetime.fromtimestamp(s, UTC))
minutes = st.integers(0, 1439)


def rome(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T12:29:59", True),
        ("2026-11-23T12:30", False),
        ("2026-11-23T13:59", False),
        ("2026-11-23T14:00", True),
        ("2026-11-23T18:00", False),
        ("2026-11-28T23:59:59", True),
        ("2026-11-29T00:00", True),
        ("2026-11-29T02:00", False),
        ("2026-12-07T10:00", False),  # Saint Ambrose, in Milan alone
        ("2026-12-08T10:00", False),
        ("2026-12-24T10:59", True),
        ("2026-12-24T14:30", False),
        ("2026-12-25T10:30", True),  # an exception beats the holiday
        ("2026-12-28T10:00", False),
    ],
)
def test_a_shop_is_open_by_its_own_clock(wall: str, *, expected: bool) -> None:
    calendar = from_dict(SHOP)

    assert is_open(calendar, rome(wall)) is expected


@pytest.mark.parametrize(
    ("wall", "opens"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),
        ("2026-11-23T12:30", "2026-11-23T14:00"),
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-11-27T19:00", "2026-11-28T20:00"),
        ("2026-12-24T11:00", "2026-12-25T10:00"),
        ("2026-12-27T03:00", "2026-12-29T09:00"),
    ],
)
def test_the_next_opening_skips_closed_days(wall: str, opens: str) -> None:
    calendar = from_dict(SHOP)

    assert next_opening(calendar, rome(wall)) == rome(opens)


def test_without_a_calendar_it_is_always_open() -> None:
    at = datetime(2026, 1, 1, 3, tzinfo=UTC)

    assert is_open(None, at)
    assert next_opening(None, at) == at


def test_a_calendar_without_hours_never_opens() -> None:
    assert next_opening(Calendar(time_zone="UTC"), datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_a_block_that_starts_in_the_skipped_hour_opens_at_the_skip() -> None:
    calendar = from_dict({"time_zone": "Europe/Rome", "weekly": {"sun": ["02:30-05:00"]}})

    assert next_opening(calendar, rome("2026-03-29T00:00")) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_block_that_lies_in_the_skipped_hour_does_not_happen() -> None:
    calendar = from_dict({"time_zone": "Europe/Rome", "weekly": {"sun": ["02:00-03:00"]}})

    assert next_opening(calendar, rome("2026-03-29T00:00")) == rome("2026-04-05T02:00")


def test_a_block_in_the_repeated_hour_opens_twice() -> None:
    calendar = from_dict({"time_zone": "Europe/Rome", "weekly": {"sun": ["02:15-02:30"]}})
    first, second = rome("2026-10-25T02:15"), rome("2026-10-25T02:15", fold=1)

    assert next_opening(calendar, rome("2026-10-25T00:00")) == first
    assert next_opening(calendar, first + timedelta(minutes=20)) == second


def test_a_calendar_survives_its_json() -> None:
    calendar = from_dict(SHOP)

    assert from_dict(to_dict(calendar)) == calendar


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"time_zone": "Rome"}, "time_zone: is no time zone; write it as Europe/Rome"),
        ({"time_zone": "../etc/passwd"}, "time_zone: is no time zone"),
        ({"time_zone": "Europe"}, "time_zone: is no time zone"),
        ({"time_zone": None}, "time_zone: is missing"),
        ({"weekly": {"monday": []}}, "weekly: 'monday' is no day"),
        ({"weekly": {"mon": "09:00-12:00"}}, "weekly.mon: should be a list"),
        ({"weekly": {"mon": ["9-13"]}}, r"weekly.mon\[0\]: is no block"),
        ({"weekly": {"mon": ["22:00-06:00"]}}, r"weekly.mon\[0\]: .*22:00-24:00"),
        ({"weekly": {"mon": ["09:00-24:30"]}}, r"weekly.mon\[0\]: is no block"),
        ({"weekly": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "weekly.mon: .* overlap"),
        ({"exceptions": {"24/12/2026": []}}, "exceptions: '24/12/2026' is no day"),
        ({"holidays": {"country": "XX"}}, "holidays: no holidays are known for 'XX'"),
        ({"holidays": {"country": "IT", "subdivision": "ZZ"}}, "holidays: 'ZZ' is no part of IT"),
        ({"weekday": {}}, "weekday: is none of time_zone"),
    ],
)
def test_a_senseless_calendar_is_refused_with_its_path(
    change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(BadSetting, match=complaint):
        from_dict(SHOP | change)


@pytest.mark.parametrize("data", [None, 7, "mon", [], [SHOP]])
def test_what_is_no_object_is_no_calendar(data: object) -> None:
    with pytest.raises(BadSetting):
        from_dict(data)


@pytest.mark.parametrize("text", ["21:00-09:00", "00:00-06:30", "12:00-14:00"])
def test_quiet_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(QuietHours.parse(text)) == text


def test_none_means_no_quiet_hours() -> None:
    assert QuietHours.parse(" None ") is None


@pytest.mark.parametrize(
    "text", ["", "21-9", "21:00", "25:00-09:00", "09:00-09:00", "00:00-24:00"]
)
def test_senseless_quiet_hours_are_refused_with_the_cure(text: str) -> None:
    with pytest.raises(BadSetting, match="write them as 21:00-09:00, or none"):
        QuietHours.parse(text)


@pytest.mark.parametrize(
    ("wall", "until"),
    [
        ("2026-11-23T20:59:59", None),
        ("2026-11-23T21:00", "2026-11-24T09:00"),
        ("2026-11-24T00:00", "2026-11-24T09:00"),
        ("2026-11-24T08:59:59", "2026-11-24T09:00"),
        ("2026-11-24T09:00", None),
    ],
)
def test_the_night_is_quiet_until_nine(wall: str, until: str | None) -> None:
    expected = rome(until) if until else None

    assert quiet_until(NIGHT, ["Europe/Rome"], rome(wall)) == expected


def test_of_several_zones_the_strictest_counts() -> None:
    noon_in_new_york = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/New_York"))
    both = ["America/New_York", "America/Los_Angeles"]
    at = noon_in_new_york - timedelta(hours=2)  # ten there, seven at the other coast

    assert quiet_until(NIGHT, both, noon_in_new_york) is None
    assert quiet_until(NIGHT, both, at) == noon_in_new_york.astimezone(UTC)


def test_zones_all_around_the_world_are_never_free_together() -> None:
    around = ["Pacific/Auckland", "Europe/London", "America/Los_Angeles"]

    assert quiet_until(NIGHT, around, datetime(2026, 6, 1, tzinfo=UTC)) == NEVER


@pytest.mark.parametrize("names", [[], ["Etc/Unknown"], ["nowhere", "../x"]])
def test_where_no_zone_is_known_utc_counts(names: list[str]) -> None:
    at = datetime(2026, 6, 1, 22, tzinfo=UTC)

    assert quiet_until(NIGHT, names, at) == datetime(2026, 6, 2, 9, tzinfo=UTC)


def test_quiet_hours_that_end_in_the_skipped_hour_end_at_the_skip() -> None:
    quiet = QuietHours.parse("23:00-02:30")
    skip = datetime(2026, 3, 29, 1, tzinfo=UTC)

    assert quiet_until(quiet, ["Europe/Rome"], rome("2026-03-29T01:00")) == skip


def test_quiet_hours_that_end_in_the_repeated_hour_hold_again_after_it() -> None:
    quiet = QuietHours.parse("23:00-02:30")
    first, second = rome("2026-10-25T02:30"), rome("2026-10-25T02:30", fold=1)

    assert quiet_until(quiet, ["Europe/Rome"], rome("2026-10-25T01:00")) == first
    assert quiet_until(quiet, ["Europe/Rome"], rome("2026-10-25T02:10", fold=1)) == second


@given(start=minutes, end=minutes, names=zones, at=moments)
def test_what_quiet_hours_end_at_is_quiet_nowhere(
    start: int, end: int, names: list[str], at: datetime
) -> None:
    quiet = QuietHours(start=start, end=end) if start != end else NIGHT
    assert quiet is not None
    until = quiet_until(quiet, names, at)
    free = at if until is None else until

    if free != NEVER:
        assert free >= at
        for name in names:
            wall = free.astimezone(ZoneInfo(name))
            assert not quiet.holds(wall.hour * 60 + wall.minute)


@given(name=st.sampled_from(ZONES), at=moments, start=st.integers(0, 1438), data=st.data())
def test_it_is_open_when_it_opens_and_closed_before(
    name: str, at: datetime, start: int, data: st.DataObject
) -> None:
    end = data.draw(st.integers(start + 1, 1440))
    day = data.draw(st.sampled_from(["mon", "fri", "sun"]))
    text = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    calendar = from_dict({"time_zone": name, "weekly": {day: [text]}})
    opening = next_opening(calendar, at)

    assert opening is not None
    assert opening >= at
    assert is_open(calendar, opening)
    assert opening == at or not is_open(calendar, opening - timedelta(seconds=1))


def test_an_exception_without_hours_closes_the_day() -> None:
    assert blocks_on(from_dict(SHOP), date(2026, 12, 28)) == ()
