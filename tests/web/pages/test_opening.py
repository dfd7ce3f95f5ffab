"""The lines say whether somebody is there now, and when next."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.desk import lines
from hub.house import House
from hub.models import now

Enter = Callable[..., Awaitable[Any]]

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TODAY = now().date()
LATER = (TODAY + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        ({"weekly": {day: ["00:00-24:00"] for day in EVERY_DAY}}, "open now"),
        ({"weekly": {}, "exceptions": {LATER: ["09:00-12:00"]}}, "closed, opens "),
        ({"weekly": {"mon": []}, "exceptions": {}}, "closed for good"),
    ],
)
async def test_a_line_says_whether_it_is_open(
    enter: Enter, house: House, town: Any, calendar: dict[str, Any], said: str
) -> None:
    draft = lines.LineDraft(calendar={"time_zone": "UTC", **calendar})
    house.db.write_now(
        lambda work: lines.change(work, house.safe, town.workspace_id, town.line_id, draft)
    )
    page = (await (await enter()).get("/lines")).text

    assert f"<dd>{said}" in page
