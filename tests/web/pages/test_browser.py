"""Every page in a real browser: light and dark, wide and narrow, in both languages."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LOOKS = [
    ("light", 1440, "en"),
    ("dark", 1440, "it"),
    ("light", 320, "it"),
    ("dark", 320, "en"),
]


def paths(town: Any) -> list[str]:
    return [
        "/calls",
        "/calls?q=nobody-is-called-that",
        "/calls/reasons",
        f"/calls/{town.calls[2]}",
        f"/calls/{town.calls[3]}",
        f"/calls/{town.calls[6]}",
        "/contacts",
        "/contacts/new",
        "/contacts/import",
        f"/contacts/{town.contacts[2]}",
        "/rules",
        "/lines",
        "/lines/new/generic",
        f"/lines/{town.line_id}",
        "/connections",
        "/connections/new/smtp",
        "/deliveries",
        "/deliveries?state=failed",
        "/settings",
        "/me",
        "/nowhere",
    ]


@pytest.fixture
def served(console: Starlette, town: object) -> Iterator[str]:
    """The address of a console that really listens, on loopback."""
    config = uvicorn.Config(console, host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def console_errors() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def tab(
    browser: "Browser", served: str, console_errors: list[str], look: tuple[str, int, str]
) -> Iterator["Page"]:
    """A signed-in administrator's tab."""
    scheme, width, language = look
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type] # light or dark
        locale=language,
        base_url=served,
        bypass_csp=False,
    )
    page = context.new_page()
    page.on(
        "console", lambda said: console_errors.append(said.text) if said.type == "error" else None
    )
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    page.goto("/sign-in")
    page.fill("#f-email", "admin@example.com")
    page.fill("#f-password", "correct horse")
    page.click("button.primary")
    page.wait_for_url("**/*")
    yield page
    context.close()


def complaints(page: "Page", axe: str) -> list[str]:
    """What axe finds wrong, as `rule: element`; it runs beside the page's own policy."""
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(found => found.violations)")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_fits_is_quiet_and_open_to_all(
    tab: "Page", town: Any, axe_path: Path, console_errors: list[str]
) -> None:
    axe = axe_path.read_text("utf-8")
    wrong: dict[str, list[str]] = {}
    tab.goto("/deliveries")
    for path in (*paths(town), str(tab.get_attribute("tbody a", "href"))):
        console_errors.clear()
        tab.goto(path)
        tab.wait_for_load_state("load")
        found = [error for error in console_errors if "404 (Not Found)" not in error]
        if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("wider than the window")
        found += complaints(tab, axe)
        if found:
            wrong[path] = found

    assert wrong == {}


@pytest.mark.parametrize("look", [("light", 1200, "en")])
def test_the_status_is_switched_in_place_by_keyboard(tab: "Page", look: object) -> None:
    tab.goto("/calls")
    tab.focus("#status button")
    tab.keyboard.press("Space")
    tab.wait_for_selector("#status button[aria-checked=false]")

    assert tab.url.endswith("/calls")
    assert tab.inner_text("#status") == "Away"


@pytest.mark.parametrize("look", [("light", 1200, "en")])
def test_a_text_is_previewed_while_it_is_typed(tab: "Page", console_errors: list[str]) -> None:
    tab.goto("/rules")
    tab.fill("#f-text-en", "Hello {{ caller.name }}, soon.")
    tab.wait_for_selector("#preview-en >> text=Hello Emma Taylor, soon.")

    assert console_errors == []


@pytest.mark.parametrize("look", [("light", 1200, "en")])
def test_a_recording_obeys_space_arrows_and_speed(tab: "Page", town: Any) -> None:
    tab.goto(f"/calls/{town.calls[2]}")
    tab.click("[data-speed='1.5']")
    tab.focus("[data-player]")
    tab.keyboard.press("ArrowRight")

    assert tab.evaluate("document.querySelector('audio').playbackRate") == 1.5
    assert tab.get_attribute("[data-speed='1.5']", "aria-pressed") == "true"


@pytest.mark.parametrize("look", [("light", 1200, "en")])
def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(tab: "Page") -> None:
    tab.goto("/calls")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")

    assert tab.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("look", [("light", 320, "it")])
def test_a_missed_call_is_readable_on_the_narrowest_phone(tab: "Page") -> None:
    tab.goto("/now")
    word = tab.locator("#inbox td .state > span").first.bounding_box()
    button = tab.locator("#inbox .doing .button").first.bounding_box()

    assert word is not None
    assert button is not None
    assert word["height"] < 30
    assert word["y"] + word["height"] <= button["y"]
