"""The page Now: what rings and runs, and the missed-call inbox."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.db import Work
from hub.models import Missed, new_id

ANNA, BEN = "anna@hub.example", "ben@hub.example"
CALLER = "+12025550142"


@pytest.fixture
def now_page(hub: Any, browse: Any) -> Any:
    """The page Now of Anna, listening."""

    def open_(**options: Any) -> Page:
        page: Page = browse("Anna Keller", **options).new_page()
        page.goto(f"{hub.address}/")
        page.wait_for_selector("html[data-missed]")
        return page

    return open_


def missed(hub: Any, caller: str, count: int = 1) -> None:
    """An open entry of the inbox."""
    hub.ring(f"m{caller}", caller, BEN)
    hub.end(f"m{caller}", ending="canceled")
    entry = {
        "workspace_id": hub.workspace_id,
        "line_id": hub.line_id,
        "caller": caller,
        "count": count,
        "last_call_id": hub.call_id(f"m{caller}"),
    }
    hub.write(_add, entry)


def _add(work: Work, entry: dict[str, Any]) -> None:
    at = datetime.now(UTC)
    work.session.add(Missed(id=new_id(), first_at=at, last_at=at, **entry))


def test_the_first_page_is_now(hub: Any, now_page: Any) -> None:
    page = now_page()

    assert page.url == f"{hub.address}/now"
    expect(page.locator("#running .empty")).to_contain_text("It is quiet")
    expect(page.locator("#inbox .empty")).to_contain_text("Nobody waits")


def test_a_running_call_is_on_the_board_with_its_time(hub: Any, now_page: Any) -> None:
    hub.contact("Emma Taylor", CALLER, "Chrispresso")
    page = now_page()

    hub.ring("c1", CALLER, BEN)
    lane = page.locator(".lane")
    expect(lane).to_contain_text("Emma Taylor")
    expect(lane).to_contain_text("Ringing")
    hub.answer("c1", BEN)

    expect(lane).to_contain_text("Ben Okafor")
    expect(lane).to_contain_text("Talking")
    hub.end("c1")
    expect(lane).to_have_count(0)


def test_a_missed_call_is_handled_by_a_key_and_taken_back(hub: Any, now_page: Any) -> None:
    missed(hub, CALLER, count=3)
    page = now_page()
    row = page.locator("#inbox tr.open")
    expect(row).to_contain_text("+1 202-555-0142")
    expect(row.locator("td.num")).to_have_text("3")
    expect(page.locator("[data-count=missed]")).to_contain_text("1")

    page.keyboard.press("j")
    page.keyboard.press("x")

    expect(row).to_have_count(0)
    expect(page.locator(".done")).to_contain_text("handled by hand · anna@hub.example")
    expect(page.locator("[data-count=missed]")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)


def test_an_entry_closes_itself_when_the_caller_is_reached(hub: Any, now_page: Any) -> None:
    missed(hub, CALLER)
    page = now_page()
    expect(page.locator("#inbox tr.open")).to_have_count(1)

    hub.ring("c2", CALLER, BEN)
    hub.answer("c2", BEN)

    expect(page.locator("#inbox tr.open")).to_have_count(0)
    expect(page.locator(".done")).to_contain_text("called again and was reached")


def test_the_page_speaks_the_users_language(hub: Any, browse: Any) -> None:
    hub.add("Chiara Rossi", language="it")
    page = browse("Chiara Rossi").new_page()
    page.goto(f"{hub.address}/now")
    page.wait_for_selector("html[data-missed]")

    hub.ring("c1", CALLER, "chiara@hub.example")

    expect(page.locator(".pop .state").first).to_have_text("Squilla")


def test_the_demo_has_its_button_and_others_do_not(hub: Any, now_page: Any) -> None:
    page = now_page()

    expect(page.get_by_text("Simulate a call")).to_have_count(0)
    assert page.request.get(f"{hub.address}/demo/outbox").status == 404
