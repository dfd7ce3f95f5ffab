"""The demo's own pages: the button that makes a call come in, and what the twins took."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from hub.contract.events import Channel
from hub.contract.twins import Running, Sent


@pytest.fixture
def hub(request: Any, database_url: str, tmp_path: Path) -> Iterator[Any]:
    """A demo with one colleague, one twin, and a story-teller that rings at her."""
    running = request.getfixturevalue("run_hub")
    with running(database_url, tmp_path, demo=True) as found:
        found.add("Anna Keller")
        at = datetime.now(UTC)
        text = Sent(
            ref="1", channel=Channel.SMS, sender="+12025550100", recipient="+12025550142",
            text="Sorry, we missed your call.", at=at, status="delivered",
        )  # fmt: skip
        mail = Sent(
            ref="2", channel=Channel.EMAIL, sender="a@hub.example", recipient="b@hub.example",
            text="Good morning", subject="Your call", at=at,
        )  # fmt: skip
        state = SimpleNamespace(fault=None, messages=[text, mail], logged=[])
        found.app.state.twins = {"some": Running(settings={}, state=state)}
        found.told = []

        async def tell(story: str) -> None:
            found.told.append(story)

        found.app.state.tell = tell
        yield found


def test_a_story_is_chosen_in_words_and_told(hub: Any, browse: Any) -> None:
    page = browse("Anna Keller").new_page()
    page.goto(f"{hub.address}/now")
    page.wait_for_selector("html[data-missed]")

    page.get_by_text("Simulate a call").click()
    with page.expect_response("**/demo/simulate"):
        page.get_by_role("button", name="Nobody answers", exact=True).click()

    expect(page.locator(".menu-list")).to_be_hidden()
    assert hub.told == ["no_answer"]


def test_what_the_twins_took_is_shown_as_people_would_get_it(hub: Any, browse: Any) -> None:
    page = browse("Anna Keller").new_page()

    page.goto(f"{hub.address}/demo/outbox")

    expect(page.locator(".phone .bubble")).to_have_text("Sorry, we missed your call.")
    expect(page.locator(".phone h3")).to_have_text("+1 202-555-0142")
    expect(page.locator("article")).to_contain_text("Your call")
