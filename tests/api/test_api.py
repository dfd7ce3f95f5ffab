from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from hub import api, house
from hub.settings import Settings

As = Callable[[str], httpx.AsyncClient]
API = "/api/v1"
SOUND = bytes(range(256)) * 8
CALL = {
    "id", "line_id", "direction", "from", "to", "outcome", "missed_reason", "started_at",
    "answered_at", "ended_at", "ring_seconds", "wait_seconds", "talk_seconds", "identity",
    "contact", "legs", "recordings", "messages", "trace",
}  # fmt: skip
MESSAGE = {
    "id", "call_id", "channel", "direction", "to", "from", "text", "status", "provider_ref",
    "reason",
}  # fmt: skip


async def test_a_call_has_everything_that_belongs_to_it(
    client: httpx.AsyncClient, told: Any
) -> None:
    call = (await client.get(f"{API}/calls/call0")).json()

    assert set(call) >= CALL
    assert (call["from"], call["to"]) == ("+12025550143", "+12025550100")
    assert call["started_at"] == "2026-03-02T09:00:00Z"
    assert call["contact"] == {
        "id": told.contact_id,
        "name": "Ada Example",
        "company": "Example & Sons",
    }
    [leg] = call["legs"]
    assert (leg["agent"], leg["outcome"], leg["kind"]) == (
        "anna@example.com",
        "no_answer",
        "agent",
    )
    urls = {one["id"]: one["url"] for one in call["recordings"]}
    assert urls["later"] == "https://hub.example/api/v1/recordings/later/audio"
    assert set(call["messages"][0]) >= MESSAGE
    assert call["trace"][0]["rule"] == "Missed call"
    assert call["trace"][0]["steps"][0]["passed"] is True


async def test_the_cursor_leads_through_all_calls_once(client: httpx.AsyncClient) -> None:
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"{API}/calls", params=query)).json()
        ids += [call["id"] for call in page["items"]]
        cursor = page["next"]

    assert ids == ["call2", "call1", "call0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("outcome=missed", 3),
        ("outcome=answered", 0),
        ("number=%2B12025550143", 3),
        ("number=202-555-0143", 3),
        ("q=ada", 3),
        ("q=5550143", 3),
        ("q=nobody", 0),
        ("since=2026-03-02T09:01:00Z", 2),
        ("until=2026-03-02T09:01:00Z", 1),
        ("since=2026-03-03", 0),
        ("unhandled=true", 3),
        ("not_in_crm=true", 0),
        ("missed_reason=voicemail", 0),
        ("identity=known", 3),
    ],
)
async def test_filters_let_through_what_they_name(
    client: httpx.AsyncClient, query: str, found: int
) -> None:
    answer = await client.get(f"{API}/calls?{query}")

    assert len(answer.json()["items"]) == found


async def test_an_agent_filter_finds_those_who_were_rung(
    client: httpx.AsyncClient, told: Any
) -> None:
    answer = await client.get(f"{API}/calls?agent_id={told.agent_id}")

    assert [call["id"] for call in answer.json()["items"]] == ["call0"]


@pytest.mark.parametrize(
    "query",
    ["outcome=gone", "limit=0", "limit=201", "limit=x", "colour=red", "limit=1&limit=2",
     "since=yesterday", "cursor=x", "outcome=", "number=%00"],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_a_problem(
    client: httpx.AsyncClient, query: str
) -> None:
    answer = await client.get(f"{API}/calls?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["path"] == query.partition("=")[0]


async def test_without_a_token_nothing_is_told(as_role: As) -> None:
    async with as_role("") as nobody:
        answer = await nobody.get(f"{API}/calls")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"type", "title", "status", "detail"}


async def test_an_agents_token_reads_no_deliveries(as_role: As) -> None:
    async with as_role("agent") as agent:
        refused = await agent.get(f"{API}/deliveries")
        allowed = await agent.get(f"{API}/calls")

    assert (refused.status_code, allowed.status_code) == (403, 200)


async def test_a_revoked_token_lets_nobody_in(client: httpx.AsyncClient, told: Any) -> None:
    from hub.desk import people

    for token in told.house.db.read_now(people.tokens, told.workspace_id):
        told.house.db.write_now(people.revoke_token, told.workspace_id, token.id)

    assert (await client.get(f"{API}/calls")).status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v2/calls"])
async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_wrong_method_says_which_go(client: httpx.AsyncClient) -> None:
    answer = await client.delete(f"{API}/calls")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["status"] == 405


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"{}" + b" " * 1_100_000, "application/json", 413),
        (b'{"nmae": "Ada"}', "application/json", 422),
        (b'{"name": "\\ud800"}', "application/json", 422),
        (b'{"name": ["Ada"]}', "application/json", 422),
        (b'{"phones": ["none"]}', "application/json", 422),
        (b"{}", "application/json", 422),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem(
    client: httpx.AsyncClient, body: bytes, kind: str, status: int
) -> None:
    answer = await client.post(f"{API}/contacts", content=body, headers={"Content-Type": kind})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/contacts", json={"phones": [{"numbr": "+12025550144"}]})

    assert answer.json()["errors"][0]["path"] == "phones[0].numbr"


async def test_a_contact_is_made_changed_and_found_by_number(client: httpx.AsyncClient) -> None:
    body = {"name": "Bo", "phones": ["(202) 555-0144", {"number": "+442079460123"}]}
    made = await client.post(f"{API}/contacts", json=body)
    path = f"{API}/contacts/{made.json()['id']}"
    changed = await client.patch(path, json={"company": "Bo & Co"})
    known = await client.get(f"{API}/contacts/lookup?number=%2B442079460123")

    assert made.status_code == 201
    assert [one["number"] for one in made.json()["phones"]] == ["+12025550144", "+442079460123"]
    assert (changed.json()["name"], changed.json()["company"]) == ("Bo", "Bo & Co")
    assert known.json()["identity"] == "known"
    assert known.json()["contact"]["company"] == "Bo & Co"
    assert (await client.get(f"{API}/contacts?q=bo%20co")).json()["items"] == [changed.json()]


async def test_nobody_has_a_withheld_number(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{API}/contacts/lookup?number=anonymous")).json()

    assert (found["identity"], found["contact"], found["number"]) == ("withheld", None, None)


async def test_a_note_is_kept(client: httpx.AsyncClient) -> None:
    changed = await client.patch(f"{API}/calls/call1", json={"note": "asks for an offer"})

    assert changed.json()["note"] == "asks for an offer"
    assert (await client.get(f"{API}/calls/call1")).json()["note"] == "asks for an offer"


async def test_an_inbox_entry_is_handled_and_opened_again(client: httpx.AsyncClient) -> None:
    [entry] = (await client.get(f"{API}/missed")).json()["items"]
    path = f"{API}/missed/{entry['id']}/handle"
    done = await client.post(path)
    left = (await client.get(f"{API}/missed")).json()["items"]
    undone = await client.post(path, json={"undo": True})

    assert (entry["count"], entry["reason"]) == (3, "no_answer")
    assert (done.json()["open"], done.json()["handled_how"]) == (False, "by_hand")
    assert left == []
    assert undone.json()["open"] is True


async def test_messages_are_found_by_their_call(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{API}/messages?call_id=call0&channel=sms")).json()

    assert [one["provider_ref"] for one in found["items"]] == ["SM1"]
    assert (await client.get(f"{API}/messages?status=failed")).json()["items"] == []


async def test_a_delivery_shows_no_key_and_is_replayed(client: httpx.AsyncClient) -> None:
    shown = (await client.get(f"{API}/deliveries/delivery")).json()
    again = await client.post(f"{API}/deliveries/delivery/replay")

    assert shown["headers"]["authorization"] == "(hidden)"
    assert again.status_code == 200
    assert again.json()["state"] == "unreadable"


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("", 200, SOUND),
        ("bytes=0-", 200, SOUND),
        ("bytes=10-19", 206, SOUND[10:20]),
        ("bytes=-5", 206, SOUND[-5:]),
        ("bytes=2000-9999", 206, SOUND[2000:]),
        ("bytes=0-1,5-6", 200, SOUND),
        ("lines=1-2", 200, SOUND),
    ],
)
async def test_a_recording_is_heard_whole_or_in_part(
    client: httpx.AsyncClient, wanted: str, status: int, part: bytes
) -> None:
    headers = {"Range": wanted} if wanted else {}
    answer = await client.get(f"{API}/recordings/sound/audio", headers=headers)

    assert (answer.status_code, answer.content) == (status, part)
    assert answer.headers["content-type"] == "audio/mpeg"


async def test_a_part_beyond_the_end_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        f"{API}/recordings/sound/audio", headers={"Range": "bytes=5000-6000"}
    )

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */2048")


async def test_a_recording_not_fetched_yet_never_leads_to_the_vendor(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(f"{API}/recordings/later/audio")

    assert answer.status_code == 404
    assert "vendor" not in answer.text


async def test_click_to_call_needs_a_connection_that_can_dial(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        f"{API}/calls", json={"to": "+12025550143", "agent": "anna@example.com"}
    )

    assert answer.status_code == 409
    assert "add one that can dial" in answer.json()["detail"]


async def test_health_and_metrics_are_for_machines(client: httpx.AsyncClient, as_role: As) -> None:
    ready = await client.get("/readyz")
    numbers = await client.get("/metrics")
    async with as_role("agent") as agent:
        refused = await agent.get("/metrics")

    assert (await client.get("/healthz")).text == "ok\n"
    assert ready.json() == {"ready": True, "reasons": []}
    assert "hub_jobs{" in numbers.text
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["/readyz", "/api/v1/calls", "/metrics"])
async def test_a_database_that_is_away_tells_strangers_nothing_of_itself(
    told: Any, tmp_path: Path, path: str
) -> None:
    nobody = "postgresql://ada:word@127.0.0.1:1/private"
    built = house.build(Settings(data_dir=tmp_path, database_url=nobody))
    app = Starlette(routes=api.routes)
    app.state.house = built
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {told.tokens['admin']}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        answer = await client.get(path, headers=headers)
    await built.db.close()

    assert answer.status_code == 503
    assert "The database does not answer now" in answer.text
    assert not [word for word in ("127.0.0.1", "private", "ada") if word in answer.text]


async def test_a_hub_whose_key_opens_nothing_is_not_ready(told: Any, tmp_path: Path) -> None:
    url = told.house.settings.database_url
    built = house.build(
        Settings(data_dir=tmp_path, database_url=url, secret_key="another key than before")
    )
    told.app.state.house = built
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(told.app), base_url="http://hub"
    ) as client:
        answer = await client.get("/readyz")
    await built.db.close()

    assert answer.status_code == 503
    assert "HUB_SECRET_KEY does not open" in answer.json()["reasons"][0]
