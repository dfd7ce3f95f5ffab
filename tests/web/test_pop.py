"""The pop, in a real browser, told by a real phone system's signed requests."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

EMMA = "+12025550142"
SHARED = "+442079460110"
ANNA, BEN = "anna@hub.example", "ben@hub.example"


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What the browser complains of; a page that breaks its own policy is a defect."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_page(hub: Any, browse: Any, troubles: list[str]) -> Any:
    """A page of the console that hears the hub."""

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" or "Content Security Policy" in said.text:
            troubles.append(said.text)

    def open_(name: str, path: str = "/now", context: Any = None, **options: Any) -> Page:
        page: Page = (context or browse(name, **options)).new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(hub.address + path)
        page.wait_for_selector("html[data-missed]")
        return page

    return open_


def test_a_pop_appears_with_the_name_while_the_phone_rings(hub: Any, open_page: Any) -> None:
    hub.contact("Emma Taylor", EMMA, "Chrispresso", owner="Ben Okafor", tags=("VIP",))
    page = open_page("Anna Keller")

    hub.ring("c1", EMMA, ANNA)

    pop = page.locator(".pop.ringing")
    expect(pop.locator(".name")).to_have_text("Emma Taylor")
    for words in ("Chrispresso", "+1 202-555-0142", "VIP", "Ben Okafor", "to Sales", "Phone book"):
        expect(pop).to_contain_text(words)
    expect(pop.locator("[data-run]")).to_have_text(re.compile(r"0:0[1-9]"))
    expect(page.locator("#cried")).to_have_text(
        "Incoming call, Emma Taylor, Chrispresso, to Sales"
    )
    expect(page).to_have_title("Incoming call: Emma Taylor")


def test_only_the_agent_whose_phone_rings_gets_the_pop(hub: Any, open_page: Any) -> None:
    anna, ben = open_page("Anna Keller"), open_page("Ben Okafor")

    hub.ring("c1", EMMA, ANNA)

    expect(anna.locator(".pop.ringing")).to_be_visible()
    expect(ben.locator("#running")).to_contain_text("+1 202-555-0142")  # on the board it is
    expect(ben.locator(".pop")).to_have_count(0)


def test_a_phone_that_rings_last_keeps_its_pop(hub: Any, open_page: Any) -> None:
    page = open_page("Ben Okafor")

    hub.ring("c1", EMMA)  # nobody says whose phone: everybody's
    expect(page.locator(".pop.ringing")).to_be_visible()
    hub.tell("call.leg.ringing", "c1", leg_id="1", agent=ANNA)
    expect(page.locator(".pop.passed")).to_be_visible()
    hub.tell("call.leg.ringing", "c1", leg_id="2", agent=BEN)

    expect(page.locator(".pop.ringing")).to_be_visible()
    page.wait_for_timeout(800)
    expect(page.locator(".pop.ringing:not([data-kept-going])")).to_be_visible()


def test_a_pop_leaves_when_a_colleague_answers_and_says_who(hub: Any, open_page: Any) -> None:
    anna, ben = open_page("Anna Keller"), open_page("Ben Okafor")
    hub.ring("c1", EMMA, ANNA, BEN)
    expect(anna.locator(".pop.ringing")).to_be_visible()

    hub.answer("c1", BEN)

    expect(anna.locator(".pop .took")).to_have_text("Ben Okafor took it")
    expect(ben.locator(".pop.talking")).to_be_visible()
    expect(anna.locator(".pop")).to_have_count(0, timeout=7000)


def test_a_pop_stays_for_the_wrap_up_until_it_is_closed(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")
    hub.ring("c1", EMMA, ANNA)
    hub.answer("c1", ANNA)
    expect(page.locator(".pop.talking")).to_be_visible()

    hub.end("c1")

    expect(page.locator(".pop.wrap_up")).to_be_visible()
    page.reload()
    expect(page.locator(".pop.wrap_up")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".pop")).to_have_count(0)
    page.reload()
    page.wait_for_selector("html[data-missed]")
    expect(page.locator(".pop")).to_have_count(0)


def test_a_call_is_handled_by_the_keyboard_alone(hub: Any, open_page: Any) -> None:
    for name in ("Luca Bianchi", "Marta Bianchi"):
        hub.contact(name, SHARED, "Bianchi & Figli")
    page = open_page("Anna Keller")
    hub.ring("c1", SHARED, ANNA)
    pop = page.locator(".pop")
    expect(pop.locator("[data-pick]")).to_have_count(2)

    page.keyboard.press("Alt+Shift+P")
    expect(pop).to_be_focused()
    page.keyboard.press("2")
    expect(pop.locator(".name")).to_have_text("Marta Bianchi")
    page.keyboard.press("n")
    page.keyboard.type("wants 20 kg, ring back at 3 n")

    area = pop.locator("textarea")
    expect(area).to_have_value("wants 20 kg, ring back at 3 n")
    expect(pop.locator(".kept")).to_have_text("Kept")
    page.keyboard.press("Escape")
    expect(page.locator("#main")).to_be_focused()
    hub.ring("c2", SHARED, ANNA)
    expect(page.locator(".pop .name").first).to_have_text("Marta Bianchi")  # it was remembered


def test_a_choice_can_be_undone(hub: Any, open_page: Any) -> None:
    for name in ("Luca Bianchi", "Marta Bianchi"):
        hub.contact(name, SHARED)
    page = open_page("Anna Keller")
    hub.ring("c1", SHARED, ANNA)
    page.locator("[data-pick='1']").click()
    expect(page.locator(".pop .name")).to_have_text("Luca Bianchi")

    page.get_by_role("button", name="Undo").click()

    expect(page.locator(".pop .name")).to_have_text("+44 20 7946 0110")


def test_a_note_being_typed_survives_what_happens_to_the_call(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")
    hub.ring("c1", EMMA, ANNA)
    area = page.locator(".pop textarea")
    area.click()
    page.keyboard.type("ask about")

    hub.answer("c1", ANNA)
    expect(page.locator(".pop.talking")).to_be_visible()
    page.keyboard.type(" the invoice")

    expect(area).to_be_focused()
    expect(area).to_have_value("ask about the invoice")
    expect(page.locator(".pop .kept")).to_have_text("Kept")
    page.reload()
    expect(area).to_have_value("ask about the invoice")


def test_a_contact_is_made_in_place_and_the_pop_knows_it(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")
    hub.ring("c1", EMMA, ANNA)
    pop = page.locator(".pop")
    expect(pop.locator(".name")).to_have_text("+1 202-555-0142")
    expect(pop).to_contain_text("United States")

    pop.get_by_text("Create contact").click()
    pop.get_by_placeholder("Name").fill("Emma Taylor")
    page.keyboard.press("Enter")

    expect(pop.locator(".name")).to_have_text("Emma Taylor")


def test_a_withheld_caller_is_offered_nothing_wrong(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")

    hub.ring("c1", "anonymous", ANNA)

    pop = page.locator(".pop")
    expect(pop.locator(".name")).to_have_text("Withheld number")
    expect(pop.get_by_text("Create contact")).to_have_count(0)
    expect(pop.locator("[data-copy], [href^='tel:']")).to_have_count(0)


def test_a_second_tab_does_not_pop_twice(hub: Any, open_page: Any, browse: Any) -> None:
    context = browse("Anna Keller")
    first = open_page("Anna Keller", context=context)
    second = open_page("Anna Keller", "/calls", context=context)

    hub.ring("c1", EMMA, ANNA)

    expect(second.locator(".pop.ringing textarea")).to_be_visible()
    expect(first.locator(".pop.ringing textarea")).to_be_hidden()  # a pill there
    expect(first.locator("#cried")).to_be_empty()
    assert hub.house.live.count() == 1
    second.get_by_role("button", name="Close").click()
    expect(first.locator(".pop")).to_have_count(0)


def test_the_next_tab_takes_over_when_the_listening_one_closes(
    hub: Any, open_page: Any, browse: Any
) -> None:
    context = browse("Anna Keller")
    first = open_page("Anna Keller", context=context)
    second = open_page("Anna Keller", context=context)

    first.close()
    hub.ring("c1", EMMA, ANNA)

    expect(second.locator(".pop.ringing")).to_be_visible()


def test_a_broken_stream_loses_nothing(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")
    hub.ring("c1", EMMA, ANNA, BEN)
    expect(page.locator(".pop.ringing")).to_be_visible()

    hub.cut()
    hub.answer("c1", BEN)
    hub.ring("c2", SHARED, ANNA)

    taken = page.locator(f"#pop-{hub.call_id('c1')}")
    expect(taken.locator(".took")).to_have_text("Ben Okafor took it")
    expect(page.locator(f"#pop-{hub.call_id('c2')}.ringing")).to_be_visible()
    expect(page.locator("#running .lane")).to_have_count(2)


def test_several_pops_stack_and_the_newest_is_open(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")

    hub.ring("c1", EMMA, ANNA)
    expect(page.locator(".pop")).to_have_count(1)
    hub.ring("c2", SHARED, ANNA)

    expect(page.locator(".pop")).to_have_count(2)
    expect(page.locator(".pop[data-kept-small] .name")).to_have_text("+1 202-555-0142")
    page.locator(".pop[data-kept-small] .name").click()
    expect(page.locator(".pop textarea")).to_have_count(2)


def test_single_keys_are_dead_while_typing(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")

    page.keyboard.press("/")
    page.keyboard.type("gc?")

    expect(page.locator("#seek")).to_have_value("gc?")
    assert page.url == f"{hub.address}/now"
    expect(page.locator("#keys")).to_be_hidden()


def test_a_question_mark_shows_all_keys(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")

    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_a_pop(
    hub: Any, open_page: Any, axe_path: Path, width: int, colours: str
) -> None:
    hub.contact("Emma Taylor", EMMA, "Chrispresso", tags=("VIP",))
    page = open_page(
        "Anna Keller",
        viewport={"width": width, "height": 900},
        color_scheme=colours,
        bypass_csp=True,
    )
    hub.ring("c1", EMMA, ANNA)
    hub.ring("c2", SHARED, ANNA)
    expect(page.locator(".pop")).to_have_count(2)
    page.wait_for_timeout(2100)  # what is new is tinted for two seconds
    page.add_script_tag(path=str(axe_path))

    found = page.evaluate("axe.run({rules: {'color-contrast': {enabled: true}}})")

    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.timeout(240)
def test_a_page_that_is_left_open_for_a_day_leaks_nothing(hub: Any, open_page: Any) -> None:
    page = open_page("Anna Keller")
    watch = page.context.new_cdp_session(page)
    watch.send("Performance.enable")

    def measured() -> dict[str, float]:
        watch.send("HeapProfiler.collectGarbage")
        given = watch.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in given}

    def calls(first: int, last: int) -> None:
        for number in range(first, last):
            hub.ring(f"c{number}", f"+1202555{number:04}")
            hub.end(f"c{number}", ending="canceled")
        expect(page.locator(".pop")).to_have_count(0, timeout=30_000)
        expect(page.locator("#running .lane")).to_have_count(0)

    calls(0, 50)
    before = measured()
    calls(50, 550)
    after = measured()

    assert after["Nodes"] < before["Nodes"] + 1500
    assert after["JSEventListeners"] < before["JSEventListeners"] + 20
    assert after["JSHeapUsedSize"] < before["JSHeapUsedSize"] + 2_000_000
