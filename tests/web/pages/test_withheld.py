"""Callers who hide their number share one entry of the inbox."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub.house import House
from hub.models import Missed, now

Enter = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(("count", "said"), [(1, 0), (3, 1)])
async def test_hidden_numbers_in_one_entry_may_be_several_people(
    enter: Enter, house: House, town: Any, count: int, said: int
) -> None:
    entry = Missed(
        workspace_id=town.workspace_id,
        line_id=town.line_id,
        caller="",
        count=count,
        first_at=now(),
        last_at=now(),
        last_call_id=town.calls[7],
    )
    house.db.write_now(lambda work: work.session.add(entry))
    page = (await (await enter()).get("/now")).text

    assert "Withheld number" in page
    assert page.count("May be several people") == said
