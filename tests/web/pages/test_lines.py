"""The form of a line's plan keeps what it does not show, and knows nobody from everybody."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub.desk import lines
from hub.desk.lines import LineDraft
from hub.house import House

Enter = Callable[..., Awaitable[Any]]
UNSHOWN = {"max_wait": 60, "menu": "Press 1.", "menu_keys": {"1": ""}}


@pytest.mark.parametrize(("ticked", "kept"), [("", None), ("-", [])])
async def test_saving_the_plan_keeps_what_the_page_has_no_field_for(
    enter: Enter, town: Any, house: House, ticked: str, kept: list[str] | None
) -> None:
    draft = LineDraft(name="Help", plan={"queue": "help", **UNSHOWN})
    made = house.db.write_now(lines.add, house.safe, town.workspace_id, "generic", draft).line

    reader = await enter()
    await reader.post(f"/lines/{made.id}", part="plan", agents=ticked, seconds="15")

    plan = house.db.read_now(lines.one, house.safe, town.workspace_id, made.id).plan
    assert {name: plan[name] for name in UNSHOWN} == UNSHOWN
    assert (plan.get("agents"), plan["seconds"]) == (kept, 15)
