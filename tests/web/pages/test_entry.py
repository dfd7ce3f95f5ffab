"""Coming in: sign-in, one-time links, throttle, and who may see what."""

from datetime import timedelta
from ipaddress import ip_network
from itertools import pairwise
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.routing import Mount, Route

from hub import web
from hub.crypto import fingerprint
from hub.desk import audit, people
from hub.house import House
from hub.models import Audit, Role, SignIn, now
from hub.settings import Settings
from hub.web import auth
from hub.web.address import behind
from hub.web.guard import EVERYBODY, local, roles_of
from hub.web.throttle import FREE, FREE_OF_ADDRESS, LONGEST, Throttle

GOOD = {"email": "admin@example.com", "password": "correct horse", "next": "/calls"}


def routes() -> list[Route]:
    found: list[Route] = []
    for route in web.routes:
        assert isinstance(route, Route | Mount)
        if isinstance(route, Route):
            found.append(route)
        else:
            assert route.path == "/assets"
    return found


def address(route: Route) -> str:
    return route.path_format.replace("{", "").replace("}", "")


@pytest.mark.usefixtures("town")
async def test_the_right_password_opens_and_only_a_hash_of_the_cookie_is_kept(
    visitor: httpx.AsyncClient, house: House
) -> None:
    answer = await visitor.post("/sign-in", data=GOOD)

    cookie = answer.headers["set-cookie"]
    token = visitor.cookies["hub"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "the public address of this hub is plain http"
    rows = house.db.read_now(lambda session: [row.token_hash for row in session.query(SignIn)])
    assert rows == [fingerprint(token)]


@pytest.mark.usefixtures("town")
async def test_an_unknown_address_is_answered_as_a_wrong_password(
    visitor: httpx.AsyncClient,
) -> None:
    wrong = await visitor.post("/sign-in", data={**GOOD, "password": "wrong horse"})
    unknown = await visitor.post("/sign-in", data={**GOOD, "email": "nobody@example.com"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("admin@", "") == unknown.text.replace("nobody@", "")


@pytest.mark.usefixtures("town")
async def test_who_guesses_waits_longer_and_longer_even_with_the_right_password(
    visitor: httpx.AsyncClient,
) -> None:
    for _ in range(FREE):
        await visitor.post("/sign-in", data={**GOOD, "password": "a guess"})

    answer = await visitor.post("/sign-in", data=GOOD)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # a stranger's word
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),  # the left one is invented
        ("127.0.0.1", ["192.0.2.66", "198.51.100.1, 10.0.0.4"], "198.51.100.1"),
        ("127.0.0.1", ["10.0.0.5, 10.0.0.4"], "10.0.0.5"),
        ("127.0.0.1", ["198.51.100.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_an_address_is_what_our_own_proxy_saw(peer: str, forwarded: list[str], found: str) -> None:
    assert behind(peer, forwarded, PROXIES) == found
    assert behind(peer, forwarded, ()) == peer


@pytest.mark.usefixtures("town")
async def test_a_sign_in_is_written_down_with_its_address_and_no_proxy_is_trusted_unasked(
    visitor: httpx.AsyncClient, house: House
) -> None:
    await visitor.post("/sign-in", data=GOOD, headers={"X-Forwarded-For": "198.51.100.1"})

    def read(session: Session) -> object:
        return session.scalars(select(Audit.detail).where(Audit.action == audit.SIGNED_IN)).one()

    assert house.db.read_now(read) == {"address": "127.0.0.1"}


def test_proxies_are_addresses_or_networks() -> None:
    assert Settings(trusted_proxies="127.0.0.1, 10.0.0.0/8").proxies == PROXIES
    with pytest.raises(ValidationError, match="'the proxy' is no address"):
        Settings(trusted_proxies="the proxy")


def test_the_wait_grows_and_has_an_end() -> None:
    clock = [0.0]
    throttle = Throttle(lambda: clock[0])
    waits = []
    for _ in range(FREE + 12):
        throttle.failed("somebody")
        waits.append(throttle.wait("somebody"))

    assert waits[: FREE - 1] == [0] * (FREE - 1)
    assert all(before <= after for before, after in pairwise(waits))
    assert waits[-1] == LONGEST
    clock[0] = LONGEST
    assert throttle.wait("somebody") == 0


@pytest.mark.usefixtures("town")
async def test_a_disabled_user_is_out_at_once(
    visitor: httpx.AsyncClient, house: House, town: Any
) -> None:
    await visitor.post("/sign-in", data=GOOD)
    assert (await visitor.get("/calls")).status_code == 200
    ws = house.db.read_now(lambda session: session.query(SignIn).one().workspace_id)

    house.db.write_now(people.disable, ws, "admin@example.com")

    answer = await visitor.get("/calls")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/calls")


@pytest.mark.usefixtures("town")
async def test_an_idle_sign_in_ends_and_a_used_one_lasts(
    visitor: httpx.AsyncClient, house: House
) -> None:
    await visitor.post("/sign-in", data=GOOD)
    soon = now() + timedelta(minutes=1)
    house.db.write_now(lambda work: work.session.query(SignIn).update({"expires_at": soon}))

    await visitor.get("/calls")

    later = house.db.read_now(lambda session: session.query(SignIn).one().expires_at)
    assert later > soon + timedelta(hours=1)
    past = now() - timedelta(seconds=1)
    house.db.write_now(lambda work: work.session.query(SignIn).update({"expires_at": past}))
    assert (await visitor.get("/calls")).status_code == 303


async def test_a_one_time_link_asks_for_a_password_and_works_once(
    visitor: httpx.AsyncClient, house: House, town: Any
) -> None:
    ws = town.workspace_id
    user = house.db.read_now(people.one, ws, "mia@example.com")
    link = house.db.write_now(auth.once_link, ws, user.id)

    looked = await visitor.get(f"/sign-in/once/{link}")
    short = await visitor.post(f"/sign-in/once/{link}", data={"password": "short"})
    first = await visitor.post(f"/sign-in/once/{link}", data={"password": "a new long one"})
    again = await visitor.post(f"/sign-in/once/{link}", data={"password": "a new long one"})

    assert "mia@example.com" in looked.text
    assert [short.status_code, first.status_code, again.status_code] == [422, 303, 410]
    assert (await visitor.get("/rules")).status_code == 200


@pytest.mark.usefixtures("town")
async def test_signing_out_ends_the_cookie_in_the_table_too(
    visitor: httpx.AsyncClient, house: House
) -> None:
    await visitor.post("/sign-in", data=GOOD)
    page = (await visitor.get("/me")).text
    token = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]

    await visitor.post("/sign-out", data={"csrf": token})

    assert house.db.read_now(lambda session: session.query(SignIn).count()) == 0


def test_who_may_come_in_does_not_win_back_the_guesses_at_others() -> None:
    throttle = Throttle(lambda: 0.0)
    for guess in range(FREE_OF_ADDRESS):
        throttle.failed(f"account {guess}", "address 192.0.2.1")
    throttle.failed("account mine", "address 192.0.2.1")
    throttle.forgive("account mine", "address 192.0.2.1")

    assert throttle.wait("account mine") == 0
    assert throttle.wait("address 192.0.2.1") > 0


def test_every_route_of_the_console_names_its_roles() -> None:
    assert not [route.path for route in routes() if roles_of(route) is None]


@pytest.mark.usefixtures("town")
async def test_no_page_is_for_the_anonymous(visitor: httpx.AsyncClient) -> None:
    guarded = [route for route in routes() if roles_of(route)]

    opened = {}
    for route in guarded:
        method = "GET" if "GET" in (route.methods or ()) else "POST"
        answer = await visitor.request(method, address(route))
        if answer.status_code != 303 or not answer.headers["location"].startswith("/sign-in"):
            opened[address(route)] = answer.status_code
    assert len(guarded) > 40
    assert not opened


@pytest.mark.parametrize("role", [Role.AGENT, Role.MARKETER, Role.MANAGER])
@pytest.mark.usefixtures("town")
async def test_a_page_refuses_the_roles_that_it_does_not_name(
    visitor: httpx.AsyncClient, role: Role
) -> None:
    email = {"agent": "liam", "marketer": "mia", "manager": "noah"}[role]
    await visitor.post("/sign-in", data={**GOOD, "email": f"{email}@example.com"})
    closed = [route for route in routes() if (roles_of(route) or EVERYBODY).isdisjoint({role})]

    answers = {}
    for route in closed:
        method = "GET" if "GET" in (route.methods or ()) else "POST"
        answers[address(route)] = (await visitor.request(method, address(route))).status_code

    assert len(closed) > 10
    assert set(answers.values()) == {403}, answers


@pytest.mark.usefixtures("town")
async def test_a_form_of_another_page_changes_nothing(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/sign-in", data=GOOD)
    page = (await visitor.get("/me")).text
    token = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]

    without = await visitor.post("/me/status", data={"available": ""})
    forged = await visitor.post("/me/status", data={"csrf": "x" * len(token)})
    elsewhere = await visitor.post(
        "/me/status", data={"csrf": token}, headers={"origin": "http://evil.example"}
    )
    crossing = await visitor.post(
        "/me/status", data={"csrf": token}, headers={"sec-fetch-site": "cross-site"}
    )
    ours = await visitor.post("/me/status", data={"csrf": token, "next": "/calls"})

    assert {one.status_code for one in (without, forged, elsewhere, crossing)} == {403}
    assert (ours.status_code, ours.headers["location"]) == (303, "/calls")


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"]
)
def test_nobody_is_led_away_from_the_console(path: str) -> None:
    assert local(path) == "/"


async def test_every_answer_carries_the_headers_and_a_nonce_of_its_own(
    visitor: httpx.AsyncClient,
) -> None:
    first, second = await visitor.get("/sign-in"), await visitor.get("/nowhere")

    policies = [answer.headers["content-security-policy"] for answer in (first, second)]
    assert policies[0] != policies[1]
    assert all("default-src 'none'" in one and "unsafe" not in one for one in policies)
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["referrer-policy"] == "same-origin"
    assert first.headers["cache-control"] == "no-store"
    assert second.status_code == 404


async def test_an_asset_with_its_hash_is_kept_for_ever(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get("/sign-in")).text
    path = page.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]

    kept, plain = await visitor.get(path), await visitor.get(path.partition("?")[0])

    assert "immutable" in kept.headers["cache-control"]
    assert plain.headers["cache-control"] == "no-cache"


async def test_a_body_that_is_too_large_is_refused(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/sign-in", data={"email": "x" * 1_100_000})

    assert answer.status_code == 413
