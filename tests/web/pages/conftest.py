"""A town with people, lines and calls, a console that serves it, and browsers that look."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from hub import web
from hub.contract.connectors import ContactPhone
from hub.core import rules
from hub.db import Work
from hub.desk import contacts, people, workspace
from hub.house import House, build
from hub.models import (
    Call,
    Delivery,
    FollowUp,
    Leg,
    Line,
    Message,
    Missed,
    Recording,
    RemoteRef,
    Role,
    Rule,
    Workspace,
    new_id,
    now,
)
from hub.settings import Settings

PASSWORD = "correct horse"
PEOPLE = (
    ("admin@example.com", "Ada Marsh", Role.ADMIN, "+12025550101"),
    ("liam@example.com", "Liam Brown", Role.AGENT, "+12025550102"),
    ("mia@example.com", "Mia Rossi", Role.MARKETER, ""),
    ("noah@example.com", "Noah Fischer-Lindqvist von Hohenstein", Role.MANAGER, "+12025550104"),
)
CONTACTS = (
    ("Emma Taylor", "Chrispresso", "+12025550143", ("vip", "coffee")),
    ("Olivia Chen", "Northwind Traders", "+12025550144", ()),
    ("Maximilian Featherstonehaugh-Cholmondeley", "The Very Long Company Name Trust", "+442079460123", ("supplier",)),
    ("Sofia Marino", "Studio Marino", "+442079460188", ()),
    ("Jack Wilson", "", "+12025550176", ()),
)  # fmt: skip
STORIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("inbound", {"outcome": None, "phase": "ringing"}),
    ("inbound", {"outcome": None, "phase": "answered"}),
    ("inbound", {"outcome": "answered"}),
    ("inbound", {"outcome": "missed", "missed_reason": "no_answer"}),
    ("inbound", {"outcome": "answered"}),
    ("outbound", {"outcome": "answered"}),
    ("inbound", {"outcome": "missed", "missed_reason": "voicemail"}),
    ("inbound", {"outcome": "missed", "missed_reason": "abandoned_in_queue"}),
    ("outbound", {"outcome": "no_answer"}),
    ("inbound", {"outcome": "answered"}),
    ("inbound", {"outcome": "missed", "missed_reason": "closed"}),
    ("inbound", {"outcome": "forwarded"}),
    ("inbound", {"outcome": "failed"}),
    ("inbound", {"outcome": "answered"}),
)
_WAV = (
    b"RIFF$\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00@\x1f\x00\x00\x01\x00\x08\x00data\x00\x1f\x00\x00"
    + b"\x80" * 7936
)
_TRACE = [
    {"key": "number", "sentence": "The caller showed a number.", "passed": True, "detail": ""},
    {"key": "reached", "sentence": "Nobody of us has talked with the caller since.", "passed": False, "detail": "Liam Brown, 14:05"},
    {"key": "cap", "sentence": "The caller got no follow-up lately.", "passed": None, "detail": ""},
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What was built: ids to ask for."""

    workspace_id: str
    users: dict[str, str]
    contacts: list[str]
    line_id: str
    calls: list[str]
    recording_id: str


def fill(house: House, calls: int = 24) -> Town:
    """Put people, lines and calls into an empty hub."""
    ws = house.db.write_now(workspace.ensure_id)
    return house.db.write_now(_fill, ws, house, calls)


def _fill(work: Work, ws: str, house: House, calls: int) -> Town:
    work.session.get_one(Workspace, ws).name = "Example & Sons"
    users = {}
    for email, name, role, number in PEOPLE:
        draft = people.UserDraft(name=name, role=role, number=number, password=PASSWORD)
        users[email] = people.add(work, ws, email, draft).id
    ids = [
        contacts.save(
            work,
            ws,
            contacts.ContactDraft(
                name=name, company=company, phones=(ContactPhone(number=number),), tags=tags
            ),
        ).id
        for name, company, number, tags in CONTACTS
    ]
    line = Line(
        workspace_id=ws, id=new_id(), provider="generic", name="Sales", number="+12025550100",
        region="US", key="town-sales", secrets=house.safe.seal({"current": "s"}), settings={}, plan={},
    )  # fmt: skip
    rule = Rule(
        workspace_id=ws,
        id=new_id(),
        name="Missed calls",
        draft=rules.to_dict(rules.default_rule()),
    )
    work.session.add_all([line, rule])
    work.session.flush()
    made = [
        _call(work, ws, line, rule, ids, users["liam@example.com"], place)
        for place in range(calls)
    ]
    work.session.flush()
    recording = _record(work, ws, house, made[2])
    work.session.add(
        Missed(
            workspace_id=ws, line_id=line.id, caller=made[3].caller, first_at=made[3].started_at,
            last_at=made[3].started_at, last_call_id=made[3].id,
        )
    )  # fmt: skip
    return Town(
        workspace_id=ws,
        users=users,
        contacts=ids,
        line_id=line.id,
        calls=[call.id for call in made],
        recording_id=recording,
    )


def _call(
    work: Work, ws: str, line: Line, rule: Rule, ids: list[str], agent: str, place: int
) -> Call:
    direction, story = STORIES[place % len(STORIES)]
    dice = random.Random(place)
    at = now() - timedelta(minutes=place * place * 4 + 1, seconds=dice.randrange(50))
    known = place % 4 != 3
    number = CONTACTS[place % 5][2] if known else f"+120255501{30 + place % 60:02}"
    live = story["outcome"] is None
    talked = story["outcome"] in {"answered", "forwarded"} or story.get("phase") == "answered"
    ring, talk = dice.randrange(3, 22), dice.randrange(20, 900) if talked else 0
    answered = at + timedelta(seconds=ring) if talked else None
    ended = None if live else at + timedelta(seconds=ring + talk)
    call = Call(
        workspace_id=ws, id=new_id(at.timestamp()), line_id=line.id, call_key=f"town-{place}",
        direction=direction, phase=story.get("phase", "ended"),
        caller=number if direction == "inbound" else "+12025550100",
        called="+12025550100" if direction == "inbound" else number,
        outcome=story["outcome"], missed_reason=story.get("missed_reason"), started_at=at,
        answered_at=answered, ended_at=ended, settled_at=ended, ring_seconds=ring,
        wait_seconds=ring, talk_seconds=talk, total_seconds=ring + talk,
        identity="known" if known else "unknown", contact_id=ids[place % 5] if known else None,
        evidence={"why": "Exactly one person has this number."} if known else {},
        agent_id=agent if talked else None, audience=[agent], note="Wants the new price list." if place == 4 else "",
        disposition="offer" if place == 4 else "",
    )  # fmt: skip
    work.session.add(call)
    work.session.flush()
    work.session.add_all(_parts(call, rule, agent, answered, ended, ring, talk))
    return call


def _parts(
    call: Call, rule: Rule, agent: str, answered: datetime | None, ended: datetime | None, ring: int, talk: int
) -> list[Any]:  # fmt: skip
    common = {"workspace_id": call.workspace_id, "call_id": call.id}
    parts: list[Any] = [
        Leg(**common, position=0, leg_key="a", kind="agent", agent_id=agent, phase=call.phase,
            started_at=call.started_at, answered_at=answered, ended_at=ended and ended - timedelta(seconds=talk / 2),
            ending="completed" if answered else "no_answer", ring_seconds=ring, talk_seconds=talk / 2),
        Leg(**common, position=1, leg_key="b", kind="agent", agent="Front desk", phase="ended",
            started_at=(answered or call.started_at) + timedelta(seconds=talk / 2), answered_at=answered and answered + timedelta(seconds=talk / 2),
            ended_at=ended, ring_seconds=ring, talk_seconds=talk / 2, replaces="a" if answered else None,
            transfer="blind" if answered else None),
        Delivery(workspace_id=call.workspace_id, line_id=call.line_id, event_key=call.call_key, received_at=call.started_at,
                 method="POST", url="http://127.0.0.1/hooks/generic/town-sales", headers={"authorization": "secret", "content-type": "application/json"},
                 body=b'{"call": 1}', call_key=call.call_key),
    ]  # fmt: skip
    if call.outcome == "missed":
        follow_up = FollowUp(
            **common, id=new_id(), rule_id=rule.id, rule_number=1, due_at=call.started_at,
            state="suppressed" if call.missed_reason == "no_answer" else "sent", trace=_TRACE,
            decided_at=call.started_at,
        )  # fmt: skip
        parts.append(follow_up)
        if follow_up.state == "sent":
            parts.append(
                Message(workspace_id=call.workspace_id, direction="outbound", channel="sms", status="delivered",
                        sender="+12025550100", recipient=call.caller, call_id=call.id, follow_up_id=follow_up.id,
                        text="Sorry we missed your call. Write back or call +1 202-555-0100.")
            )  # fmt: skip
    return parts


def _record(work: Work, ws: str, house: House, call: Call) -> str:
    recording = Recording(
        workspace_id=ws, id=new_id(), call_id=call.id, recording_key="r", kind="call",
        state="ready", seconds=1, path="town.wav", media_type="audio/wav", size=len(_WAV),
    )  # fmt: skip
    home = workspace.phonebook(work.session, ws)
    reference = RemoteRef(
        workspace_id=ws, connection_id=home.id, call_id=call.id, kind="call", state="written"
    )
    work.session.add_all([recording, reference])
    folder = Path(house.settings.recordings.removeprefix("file://"))
    (folder / "town.wav").write_bytes(_WAV)
    return recording.id


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A hub on an empty database."""
    settings = Settings(
        data_dir=tmp_path / "data", database_url=database_url, public_url="http://testserver",
        _env_file=None,
    )  # type: ignore[call-arg] # pydantic-settings' own  # fmt: skip
    built = build(settings)
    yield built
    built.db.close_now()


@pytest.fixture
def town(house: House) -> Town:
    """The hub of `house`, filled."""
    return fill(house)


def console(house: House) -> Starlette:
    """The console alone, as the application mounts it."""
    app = Starlette(
        routes=web.routes,
        middleware=web.middleware,
        exception_handlers=dict(web.exception_handlers),
    )
    app.state.house = house
    return app


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without its engine: keeps cookies, does not follow redirects."""
    transport = httpx.ASGITransport(app=console(house), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


async def sign_in(
    client: httpx.AsyncClient, email: str = "admin@example.com", password: str = PASSWORD
) -> httpx.Response:
    return await client.post("/sign-in", data={"email": email, "password": password, "next": "/"})


def token_of(page: str) -> str:
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def served(house: House, town: Town) -> Iterator[str]:
    """The address of a console that really listens, on loopback."""
    config = uvicorn.Config(console(house), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield "http://127.0.0.1:{}".format(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join(10)
