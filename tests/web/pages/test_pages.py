"""What the pages show and what their forms do."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub.desk import connections, contacts, lines, people, rules
from hub.house import House
from hub.models import Call, Leg, Line, Workspace

Enter = Callable[..., Awaitable[Any]]


async def test_the_list_says_how_calls_went_and_counts_them_in_words(enter: Enter) -> None:
    page = (await (await enter()).get("/calls")).text

    assert "24 calls" in page
    assert "Missed, nobody answered" in page
    assert "+1 202-555-0143" in page
    assert "Emma Taylor" in page


async def test_a_filter_stands_in_the_address_and_goes_when_pressed_again(enter: Enter) -> None:
    reader = await enter()
    page = (await reader.get("/calls?missed_reason=voicemail")).text

    assert 'aria-current="true"' in page
    assert page.count("Missed, voicemail") == 2
    assert 'href="/calls?"' in page


@pytest.mark.parametrize("q", ["emma", "Chrispresso", "202-555-0143", "0143"])
async def test_calls_are_found_by_name_company_and_number(enter: Enter, q: str) -> None:
    page = (await (await enter()).get(f"/calls?q={q}")).text

    assert "Emma Taylor" in page
    assert "Olivia Chen" not in page


async def test_the_csv_is_the_current_view(enter: Enter) -> None:
    answer = await (await enter()).get("/calls.csv?outcome=missed")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 7
    assert {row["outcome"] for row in rows} == {"missed"}


async def test_an_agent_sees_own_calls_and_every_missed_one(
    enter: Enter, town: Any, house: House
) -> None:
    somebody_elses = town.calls[2]

    def give_away(work: Any) -> None:
        call = work.session.get(Call, (town.workspace_id, somebody_elses))
        call.agent_id, call.audience = town.users["noah@example.com"], []
        work.session.query(Leg).filter(Leg.call_id == call.id).update({"agent_id": None})

    house.db.write_now(give_away)
    agent = await enter("liam")

    assert (await agent.get(f"/calls/{somebody_elses}")).status_code == 403
    assert (await agent.get(f"/recordings/{town.recording_id}/audio")).status_code == 403
    assert (await agent.get(f"/calls/{town.calls[3]}")).status_code == 200


async def test_a_call_shows_its_timeline_reasons_and_raw_delivery_unharmed(
    enter: Enter, town: Any
) -> None:
    reader = await enter()
    page = (await reader.get(f"/calls/{town.calls[3]}")).text

    assert "Phones rang and nobody answered." in page
    assert "Nobody has talked with the caller since" in page
    assert "data-timeline" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "open-sesame" not in page


async def test_raw_deliveries_are_for_administrators(enter: Enter, town: Any) -> None:
    page = (await (await enter("noah")).get(f"/calls/{town.calls[3]}")).text

    assert "Raw deliveries" not in page


async def test_a_note_and_a_result_are_kept(enter: Enter, town: Any, house: House) -> None:
    reader = await enter()
    await reader.post(f"/calls/{town.calls[2]}/note", note="Will call again", disposition="solved")

    call = house.db.read_now(lambda s: s.get_one(Call, (town.workspace_id, town.calls[2])))
    assert (call.note, call.disposition) == ("Will call again", "solved")


async def test_a_recording_is_heard_from_where_one_clicks(enter: Enter, town: Any) -> None:
    reader = await enter()
    path = f"/recordings/{town.recording_id}/audio"
    whole = await reader.get(path)
    part = await reader.client.get(path, headers={"range": "bytes=4-7"})
    beyond = await reader.client.get(path, headers={"range": "bytes=99999999-"})

    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert (part.status_code, part.content) == (206, whole.content[4:8])
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    assert beyond.status_code == 416


async def test_a_bad_cursor_is_told_and_no_trace_is_shown(enter: Enter) -> None:
    answer = await (await enter()).get("/calls?cursor=nonsense")

    assert answer.status_code == 400
    assert "Traceback" not in answer.text


async def test_a_contact_is_made_with_its_numbers_and_its_calls_find_it(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter("liam")
    made = await reader.post(
        "/contacts", name="Zoe Ray", phone=["202 555 0133", ""], label=["mobile", ""], tags="a, b"
    )

    page = (await reader.get(made.headers["location"])).text
    found = house.db.read_now(contacts.find, town.workspace_id, "zoe").items[0]
    assert found.phones[0].number == "+12025550133"
    assert found.tags == ("a", "b")
    assert "Missed, nobody answered" in page


async def test_a_number_that_is_none_brings_the_form_back_with_the_cure(enter: Enter) -> None:
    answer = await (await enter()).post("/contacts", name="Zoe", phone="no number", label="")

    assert answer.status_code == 422
    assert "write it as in" in answer.text
    assert 'value="no number"' in answer.text


async def test_a_csv_is_taken_in_and_its_bad_row_told(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter()
    body = b"Who,Tel\nAnna Bell,+1 202 555 0190\nBob,nothing\n"
    columns = await reader.client.post(
        "/contacts/import", data={"csrf": reader.csrf}, files={"file": ("p.csv", body)}
    )
    name = columns.text.split('name="file" value="', 1)[1].split('"', 1)[0]
    begun = await reader.post(
        "/contacts/import/start",
        file=name,
        file_name="p.csv",
        header=["Who", "Tel"],
        field=["name", "phone"],
    )
    progress = await reader.get(begun.headers["location"])
    for _ in range(100):
        if "Done" in progress.text:
            break
        progress = await reader.get(begun.headers["location"])

    assert "nothing" in progress.text
    found = house.db.read_now(contacts.find, town.workspace_id, "anna bell").items
    assert [one.phones[0].number for one in found] == ["+12025550190"]
    assert "Anna Bell" in (await reader.get("/contacts/export?format=vcard")).text


async def test_a_person_is_added_with_a_link_that_lets_them_in(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter()
    page = await reader.post("/settings/people", email="new@example.com", role="agent")

    link = page.text.split("/sign-in/once/", 1)[1].split("<", 1)[0]
    reader.client.cookies.clear()
    assert "new@example.com" in (await reader.get(f"/sign-in/once/{link}")).text
    assert house.db.read_now(people.one, town.workspace_id, "new@example.com").role == "agent"


async def test_nobody_takes_their_own_rights(enter: Enter, town: Any) -> None:
    reader = await enter()
    path = f"/settings/people/{town.users['admin@example.com']}"

    assert (await reader.post(path, act="disable")).status_code == 422
    assert (await reader.post(path, role="agent", name="A")).status_code == 422


async def test_a_token_is_shown_once(enter: Enter, town: Any, house: House) -> None:
    reader = await enter()
    page = (await reader.post("/settings/tokens", name="Reports", role="manager")).text

    token = "hub_" + page.split("hub_", 1)[1].split("<", 1)[0]
    assert house.db.read_now(people.check_token, token) is not None
    assert token not in (await reader.get("/settings")).text


async def test_settings_are_kept_or_refused_with_the_cure(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter()
    form = {"name": "Us", "region": "GB", "language": "it", "time_zone": "Europe/London"}
    kept = await reader.post("/settings", **form, blocked="020 7946 0111", short_abandon="7")
    refused = await reader.post("/settings", **{**form, "time_zone": "Nowhere"})

    found = house.db.read_now(lambda s: s.get_one(Workspace, town.workspace_id))
    assert (kept.status_code, refused.status_code) == (303, 422)
    assert (found.region, found.settings["short_abandon"]) == ("GB", 7)
    assert "Europe/Rome" in refused.text


async def test_a_line_is_added_planned_given_hours_and_a_new_secret(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter()
    page = (
        await reader.post("/lines/new/generic", name="Help", number="+12025550109", region="US")
    ).text
    made = house.db.read_now(lambda s: s.query(Line).filter(Line.name == "Help").one().id)
    agent = town.users["liam@example.com"]
    path = f"/lines/{made}"
    await reader.post(
        path, part="plan", agents=agent, strategy="sequential", seconds="15", record="1"
    )
    await reader.post(path, part="hours", mon="09:00-12:30, 14:00-18:00", exceptions="2026-12-24")
    bad = await reader.post(path, part="hours", tue="9 to 5")
    await reader.post(f"{path}/secret", secret="another one")

    line = house.db.read_now(lines.one, house.safe, town.workspace_id, made)
    assert "whsec_" in page
    assert line.plan["agents"] == [agent]
    assert (line.plan["strategy"], line.plan["record"], line.plan["screen"]) == (
        "sequential",
        True,
        False,
    )
    assert line.calendar is not None
    assert line.calendar["weekly"] == {"mon": ["09:00-12:30", "14:00-18:00"]}
    assert line.calendar["exceptions"] == {"2026-12-24": []}
    assert bad.status_code == 422
    assert line.rotating
    shown = (await reader.get(path)).text
    assert f"/hooks/generic/{line.key}" in shown
    assert "another one" not in shown


async def test_a_connection_hides_its_secret_and_keeps_it_when_left_empty(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter()
    form = {"host": "mail.example.com", "port": "587", "from": "us@example.com", "username": "us"}
    added = await reader.post("/connections/new/smtp", **form, password="tell nobody")
    missing = await reader.post("/connections/new/smtp", host="")

    def read() -> connections.ConnectionView:
        return house.db.read_now(connections.connections, house.safe, town.workspace_id)[-1]

    await reader.post(
        f"/connections/{read().id}", **{**form, "host": "other.example.com"}, name="Mail"
    )

    assert (added.status_code, missing.status_code) == (303, 422)
    assert read().settings["host"] == "other.example.com"
    assert "password" in read().hidden
    assert "tell nobody" not in (await reader.get("/connections")).text


async def test_a_rule_is_drafted_published_and_switched_off(
    enter: Enter, town: Any, house: House
) -> None:
    reader = await enter("mia")
    form = {
        "wait": "180",
        "quiet_from": "21:00",
        "quiet_to": "09:00",
        "cap": "12",
        "kind": "service",
        "channels": ["sms", "email", ""],
        "languages": ["en"],
        "text-en": "Sorry, {{ caller.name }}",
    }
    await reader.post("/rules", **form)
    drafted = house.db.read_now(rules.get, town.workspace_id)
    await reader.post("/rules", **form, publish="1")
    published = house.db.read_now(rules.get, town.workspace_id)
    await reader.post("/rules/switch", off="1")
    bad = await reader.post("/rules", **{**form, "text-en": "{{ caller.shoe_size }}"})

    assert (drafted.published, drafted.draft.wait.seconds) == (None, 180)
    assert published.body is not None
    assert list(published.body.then.channels) == ["sms", "email"]
    assert not house.db.read_now(rules.get, town.workspace_id).enabled
    assert bad.status_code == 422
    assert "caller.shoe_size" in bad.text


async def test_the_preview_fills_the_text_and_counts_its_parts(enter: Enter) -> None:
    reader = await enter("mia")
    shown = await reader.post(
        "/rules/preview", preview="en", **{"text-en": "Hi {{ caller.name }}!"}
    )

    assert "Hi Emma Taylor!" in shown.text
    assert "1 SMS part" in shown.text


async def test_what_stands_in_the_form_is_tried_on_past_calls(enter: Enter) -> None:
    reader = await enter("mia")
    form = {"channels": ["sms"], "languages": ["en"], "text-en": "Sorry"}

    tried = await reader.post("/rules/past", **form)
    bad = await reader.post("/rules/past", **{**form, "text-en": "{{ caller.shoe_size }}"})

    assert "What this draft would have done" in tried.text
    assert "One of the channels of the rule can be used" in tried.text
    assert (tried.status_code, bad.status_code) == (200, 200)
    assert "caller.shoe_size" in bad.text
    assert "What this draft" not in bad.text


async def test_the_profile_is_kept_and_its_language_wins(enter: Enter) -> None:
    reader = await enter("liam")
    await reader.post("/me", name="Liam", number="+12025550102", language="it", theme="dark")

    page = (await reader.get("/me")).text
    assert '<html lang="it" data-theme="dark">' in page
    assert 'data-shortcuts="off"' in page


async def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(enter: Enter) -> None:
    reader = await enter()
    wrong = await reader.post("/me/password", old="not it", password="a longer one")
    right = await reader.post("/me/password", old="correct horse", password="a longer one")

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert (await reader.get("/calls")).status_code == 200


async def test_an_unknown_call_is_a_page_that_says_so(enter: Enter) -> None:
    answer = await (await enter()).get("/calls/01zzzzzzzzzzzzzzzzzzzzzzzz")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_a_call_back_that_cannot_be_placed_says_why(enter: Enter, town: Any) -> None:
    answer = await (await enter()).post(f"/calls/{town.calls[3]}/dial")

    assert answer.status_code == 422
    assert "no connection can place calls" in answer.text
