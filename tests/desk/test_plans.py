"""A line's ring plan, as people write it and as the line keeps it."""

from typing import Any

import pytest

from hub.contract.errors import BadSetting
from hub.db import Database
from hub.desk import people
from hub.desk.people import UserDraft
from hub.desk.plans import read_plan
from hub.models import Role


@pytest.fixture
def ada(db: Database, ws: str) -> str:
    """The id of an agent."""
    return db.write_now(people.add, ws, "ada@example.com", UserDraft(role=Role.AGENT)).id


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"agents": None}, {}),
        ({"agents": []}, {"agents": []}),
        ({"queue": "sales", "max_wait": "60"}, {"queue": "sales", "max_wait": 60}),
    ],
)
def test_nobody_is_another_thing_than_everybody(
    db: Database, ws: str, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert db.read_now(read_plan, ws, given, region="GB") == kept


def test_the_keys_of_a_menu_lead_to_people_numbers_and_the_voicemail(
    db: Database, ws: str, ada: str
) -> None:
    keys = {"1": "ada@example.com", "2": "+44 20 7946 0123", "3": ""}

    plan = db.read_now(read_plan, ws, {"menu": "Press 1.", "menu_keys": keys}, region="GB")

    assert plan["menu_keys"] == {"1": ada, "2": "+442079460123", "3": ""}


@pytest.mark.parametrize(
    "plan",
    [
        {"max_wait": 5},
        {"menu": "Press 1."},
        {"menu_keys": {"1": ""}},
        {"menu": "Press 1.", "menu_keys": {"12": ""}},
        {"menu": "Press 1.", "menu_keys": {"1": "nobody"}},
        {"menu": "Press 1.", "menu_keys": {"1": "+1"}},
        {"menu": "Press 1.", "menu_keys": ["1"]},
    ],
)
def test_a_menu_or_a_wait_without_sense_is_refused(
    db: Database, ws: str, plan: dict[str, Any]
) -> None:
    with pytest.raises(BadSetting, match="plan"):
        db.read_now(read_plan, ws, plan, region="GB")
