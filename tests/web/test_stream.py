"""The stream as bytes: what a browser is told, when, and when no more."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from hub.crypto import fingerprint
from hub.db import Work
from hub.live import Signal, Topic
from hub.models import Role
from hub.web import auth

ANNA, BEN = "anna@hub.example", "ben@hub.example"
CALLER = "+12025550142"


@contextmanager
def listening(hub: Any, name: str, last: str = "") -> Iterator[Iterator[tuple[str, str, str]]]:
    """(id, event, data) as they come."""
    headers = {"accept": "text/event-stream", "cookie": f"hub={hub.people[name].token}"}
    headers |= {"last-event-id": last} if last else {}
    with httpx.stream("GET", f"{hub.address}/stream", headers=headers, timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        if line:
            key, _, value = line.partition(": ")
            found.setdefault(key, []).append(value)
        elif "event" in found:
            yield found["id"][0], found["event"][0], "\n".join(found.get("data", []))
            found = {}


def test_nobody_listens_without_a_sign_in(hub: Any) -> None:
    answer = httpx.get(f"{hub.address}/stream", headers={"accept": "text/event-stream"})

    assert answer.status_code == 401


def test_a_stream_begins_with_what_is_true(hub: Any) -> None:
    hub.ring("c1", CALLER, ANNA)

    with listening(hub, "Anna Keller") as events:
        _, first, said = next(events)
        _, second, html = next(events)

    assert (first, second) == ("hello", "pop")
    assert json.loads(said)["pops"] == [hub.call_id("c1")]
    assert 'data-stance="ringing"' in html


def test_the_pop_needs_nothing_that_must_be_fetched(hub: Any) -> None:
    hub.contact("Emma Taylor", CALLER, "Chrispresso")
    hub.ring("c1", CALLER, ANNA)

    with listening(hub, "Anna Keller") as events:
        html = next(data for _, name, data in events if name == "pop")

    assert "Emma Taylor" in html
    assert "hx-get" not in html
    assert "<img" not in html


def test_who_comes_back_is_told_how_it_went_meanwhile(hub: Any) -> None:
    with listening(hub, "Anna Keller") as events:
        last, _, _ = next(events)
    hub.ring("c1", CALLER, ANNA, BEN)
    hub.answer("c1", BEN)
    hub.end("c1")

    with listening(hub, "Anna Keller", last) as events:
        next(events)
        _, _, html = next(events)
    with listening(hub, "Anna Keller") as events:
        _, _, said = next(events)

    assert 'data-stance="taken"' in html
    assert "Ben Okafor took it" in html
    assert json.loads(said)["pops"] == []


@pytest.mark.parametrize("last", ["0", "not-an-id-of-ours-at-all!!", "z" * 26, "9" * 26])
def test_a_senseless_last_event_id_is_no_trouble(hub: Any, last: str) -> None:
    with listening(hub, "Anna Keller", last) as events:
        assert next(events)[1] == "hello"


def test_lists_are_told_at_most_twice_a_second(hub: Any) -> None:
    hub.add("Mia Lang", role=Role.MANAGER)
    began = time.monotonic()
    with listening(hub, "Mia Lang") as events:
        next(events)
        for number in range(30):
            hub.ring(f"c{number}", f"+1202555{number:04}", ANNA)
        took = time.monotonic() - began
        hub.write(_import_went_on, hub.workspace_id)
        told = []
        for _, name, _ in events:
            told.append(name)
            if name == "import":
                break

    assert 1 <= told.count("calls") <= 2 * took + 2
    assert "pop" not in told


def _import_went_on(work: Work, workspace_id: str) -> None:
    work.tell(Signal(workspace_id=workspace_id, topic=Topic.IMPORT))


def test_a_stream_ends_when_its_sign_in_does(hub: Any) -> None:
    who = hub.read(auth.find, fingerprint(hub.people["Anna Keller"].token))
    with listening(hub, "Anna Keller") as events:
        next(events)
        hub.write(auth.end, who.workspace_id, who.sign_in_id)
        told = [name for _, name, _ in events]

    assert told == ["bye"]
    assert hub.house.live.count() == 0
