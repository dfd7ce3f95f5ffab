from typing import Any

from playwright.sync_api import expect

CALLER = "+12025550142"


def test_a_pop_appears_with_the_name_while_the_phone_rings(hub: Any, browse: Any) -> None:
    hub.contact("Emma Taylor", CALLER, "Chrispresso")
    page = browse("Anna Keller").new_page()
    page.on("console", lambda said: print("CONSOLE", said.text))
    page.on("pageerror", lambda said: print("ERROR", said))
    page.goto(f"{hub.address}/now")
    page.wait_for_selector("html[data-missed]")

    hub.ring("c1", CALLER, "anna@hub.example")

    pop = page.locator(".pop.ringing")
    expect(pop.locator(".name")).to_have_text("Emma Taylor")
    expect(pop).to_contain_text("Chrispresso")
    expect(pop).to_contain_text("+1 202-555-0142")
