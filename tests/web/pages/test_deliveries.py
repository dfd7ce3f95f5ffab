"""The deliveries: what was told and not understood is seen, and done again."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.desk import audit
from hub.desk.page import LIMIT
from hub.house import House
from hub.models import Call, Delivery, DeliveryState, Line, new_id, now

Enter = Callable[..., Awaitable[Any]]

TOLD = {
    "type": "call.ringing",
    "occurred_at": "2026-03-02T09:00:00Z",
    "call_id": "told-again",
    "direction": "inbound",
    "from": "+12025550171",
    "to": "+12025550100",
    "data": {},
}


def keep(house: House, town: Any, key: str, **values: Any) -> str:
    """A delivery that waits; gives its id."""
    usual = {
        "id": new_id(),
        "line_id": town.line_id,
        "received_at": now(),
        "method": "POST",
        "url": "http://127.0.0.1/hooks/generic/town-sales",
        "headers": {"content-type": "application/json"},
        "state": DeliveryState.FAILED,
        "error": "RuntimeError: it broke",
        "body": json.dumps(TOLD).encode(),
    }
    row = Delivery(workspace_id=town.workspace_id, event_key=key, **(usual | values))
    id_ = row.id
    house.db.write_now(lambda work: work.session.add(row))
    return id_


def unreadable(house: House, town: Any, key: str = "stranger") -> str:
    return keep(
        house, town, key, state=DeliveryState.UNREADABLE, error="type: is missing", body=b"{}"
    )


def states(house: House, town: Any) -> list[str]:
    """Of the deliveries that `keep` made."""
    rows = house.db.read_now(lambda s: s.query(Delivery).order_by(Delivery.id).all())
    return [str(row.state) for row in rows if not row.event_key.startswith("town-")]


async def test_a_delivery_that_nobody_could_read_is_seen_with_its_reason(
    enter: Enter, house: House, town: Any
) -> None:
    id_ = unreadable(house, town)
    reader = await enter()
    page = (await reader.get("/deliveries")).text
    detail = (await reader.get(f"/deliveries/{id_}")).text

    assert page.index("stranger") < page.index("town-0")
    assert "type: is missing" in page
    assert "Replay the one that waits" in page
    assert "type: is missing" in detail
    assert "in a form we do not know" in detail


async def test_a_detail_shows_all_but_what_would_open_a_door(
    enter: Enter, house: House, town: Any
) -> None:
    id_ = keep(
        house,
        town,
        "told",
        headers={"authorization": "Bearer open-sesame", "x-sort": "mine"},
        body=b"<script>alert(1)</script>",
        reply_body=b"<Response/>",
        call_key="town-3",
    )
    page = (await (await enter()).get(f"/deliveries/{id_}")).text

    assert "open-sesame" not in page
    assert "x-sort: mine" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;Response/&gt;" in page
    assert f'href="/calls/{town.calls[3]}"' in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"broken", "stranger", "town-0"}),
        ("?state=failed", {"broken"}),
        ("?state=unreadable", {"stranger"}),
        ("?state=of-mind", {"broken", "stranger", "town-0"}),
        ("?line_id=nowhere", set()),
    ],
)
async def test_chips_keep_what_they_say(
    enter: Enter, house: House, town: Any, query: str, seen: set[str]
) -> None:
    keep(house, town, "broken")
    unreadable(house, town)
    page = (await (await enter()).get(f"/deliveries{query}")).text

    assert {key for key in ("broken", "stranger", "town-0") if f">{key}<" in page} == seen


async def test_older_ones_are_a_page_further_with_the_same_filter(
    enter: Enter, house: House, town: Any
) -> None:
    for place in range(LIMIT + 1):
        keep(house, town, f"b-{place:03}", received_at=now() - timedelta(minutes=place))
    reader = await enter()
    first = (await reader.get("/deliveries?state=failed")).text
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = (await reader.get(older.replace("&amp;", "&"))).text

    assert "b-000" in first
    assert f"b-{LIMIT:03}" not in first
    assert f"b-{LIMIT:03}" in second
    assert "town-0" not in second


async def test_a_replay_does_what_was_not_done_and_is_written_down(
    enter: Enter, house: House, town: Any
) -> None:
    id_ = keep(house, town, "broken")
    reader = await enter()
    answer = await reader.post(f"/deliveries/{id_}/replay")
    page = (await reader.get(answer.headers["location"])).text

    assert "it is done now" in page
    assert house.db.read_now(lambda s: s.query(Call).filter_by(call_key="told-again").count()) == 1
    last = house.db.read_now(lambda s: audit.latest(s, town.workspace_id))[0]
    assert (last.action, last.subject) == ("delivery.replay", id_)


async def test_a_replay_from_the_call_leads_back_to_the_call(
    enter: Enter, house: House, town: Any
) -> None:
    id_ = keep(house, town, "broken")
    answer = await (await enter()).post(f"/deliveries/{id_}/replay", next="/calls")

    assert answer.headers["location"] == "/calls"


async def test_all_that_wait_are_replayed_and_counted(
    enter: Enter, house: House, town: Any
) -> None:
    keep(house, town, "broken")
    unreadable(house, town)
    reader = await enter()
    answer = await reader.post("/deliveries/replay")
    page = (await reader.get(answer.headers["location"])).text

    assert states(house, town) == ["done", "unreadable"]
    assert "1 delivery is done now." in page
    assert "1 delivery waits on: open it to see why." in page


async def test_a_line_that_is_off_is_said_and_stops_no_other(
    enter: Enter, house: House, town: Any
) -> None:
    def switch_off(work: Any) -> None:
        line = work.session.get(Line, (town.workspace_id, town.line_id))
        work.session.add(
            Line(
                workspace_id=town.workspace_id,
                id="second",
                provider="generic",
                name="Support",
                key="town-support",
                secrets=line.secrets,
            )
        )
        line.disabled_at = now()

    house.db.write_now(switch_off)
    off = keep(house, town, "a-broken")
    keep(house, town, "b-broken", line_id="second")
    reader = await enter()
    alone = await reader.post(f"/deliveries/{off}/replay")
    answer = await reader.post("/deliveries/replay")

    assert alone.status_code == 409
    assert "switched off" in alone.text
    assert answer.headers["location"] == "/deliveries?done=1&still=1"
    assert states(house, town) == ["failed", "done"]


async def test_deliveries_are_for_administrators(enter: Enter, house: House, town: Any) -> None:
    id_ = keep(house, town, "broken")
    reader = await enter("noah")

    assert (await reader.get("/deliveries")).status_code == 403
    assert (await reader.get(f"/deliveries/{id_}")).status_code == 403
    assert (await reader.post("/deliveries/replay")).status_code == 403
    assert 'href="/deliveries"' not in (await reader.get("/calls")).text


async def test_a_senseless_address_is_answered(enter: Enter) -> None:
    reader = await enter()

    assert (await reader.get("/deliveries?done=x&still=-1")).status_code == 200
    assert (await reader.get("/deliveries?cursor=nonsense")).status_code == 400
    assert (await reader.get("/deliveries/nothing")).status_code == 404
