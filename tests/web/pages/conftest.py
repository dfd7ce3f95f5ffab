"""A town with people, lines and calls, a console that serves it, and browsers that look."""

import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from hub import web
from hub.contract.connectors import ContactPhone
from hub.core import rules
from hub.crypto import hash_password
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
    ("Maximilian Featherstonehaugh-Cholmondeley", "A Long Company", "+442079460123", ("old",)),
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
_TRACE = [
    {"key": "withheld", "sentence": "The caller did not withhold the number", "passed": True},
    {
        "key": "reached",
        "sentence": "Nobody has talked with the caller since",
        "passed": False,
        "detail": "Liam Brown, 14:05",
    },
    {"key": "capped", "sentence": "The text can be filled", "passed": None},
]


@cache
def hashed() -> str:
    """Everybody's password; hashing it is slow on purpose, so it is done once."""
    return hash_password(PASSWORD)


def sound() -> bytes:
    """A second of silence, as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(8000)
        out.writeframes(b"\x80" * 8000)
    return file.getvalue()


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
        draft = people.UserDraft(name=name, role=role, number=number)
        users[email] = people.add(work, ws, email, draft).id
        people.row(work.session, ws, email).password_hash = hashed()
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
        workspace_id=ws,
        id=new_id(),
        provider="generic",
        name="Sales",
        number="+12025550100",
        region="US",
        key="town-sales",
        secrets=house.safe.seal({"current": "s"}),
        settings={},
        plan={},
    )
    rule = Rule(
        workspace_id=ws,
        id=new_id(),
        name="Missed calls",
        draft=rules.to_dict(rules.default_rule()),
    )
    work.session.add_all([line, rule])
    work.session.flush()
    maker = Maker(work, ws, line, rule, ids, users["liam@example.com"])
    made = [maker.call(place) for place in range(calls)]
    work.session.flush()
    recording = _record(work, ws, house, made[2])
    work.session.add(
        Missed(
            workspace_id=ws,
            line_id=line.id,
            caller=made[3].caller,
            first_at=made[3].started_at,
            last_at=made[3].started_at,
            last_call_id=made[3].id,
        )
    )
    return Town(
        workspace_id=ws,
        users=users,
        contacts=ids,
        line_id=line.id,
        calls=[call.id for call in made],
        recording_id=recording,
    )


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes calls with all that belongs to them; *place* counts back in time."""

    work: Work
    ws: str
    line: Line
    rule: Rule
    ids: list[str]
    agent: str

    def call(self, place: int) -> Call:
        direction, story = STORIES[place % len(STORIES)]
        known, inbound = place % 4 != 3, direction == "inbound"
        number = CONTACTS[place % 5][2] if known else f"+120255501{30 + place % 60:02}"
        at = now() - timedelta(minutes=place * place * 4 + 1, seconds=place * 7 % 50)
        talked = story["outcome"] in {"answered", "forwarded"} or "answered" in story.values()
        ring = 3 + place * 5 % 19
        talk = 20 + place * 131 % 880 if talked else 0
        ended = at + timedelta(seconds=ring + talk) if story["outcome"] else None
        call = Call(
            workspace_id=self.ws,
            id=new_id(at.timestamp()),
            line_id=self.line.id,
            call_key=f"town-{place}",
            direction=direction,
            phase=story.get("phase", "ended"),
            caller=number if inbound else self.line.number,
            called=self.line.number if inbound else number,
            outcome=story["outcome"],
            missed_reason=story.get("missed_reason"),
            started_at=at,
            answered_at=at + timedelta(seconds=ring) if talked else None,
            ended_at=ended,
            settled_at=ended,
            ring_seconds=ring,
            wait_seconds=ring,
            talk_seconds=talk,
            total_seconds=ring + talk,
            identity="known" if known else "unknown",
            contact_id=self.ids[place % 5] if known else None,
            agent_id=self.agent if talked else None,
            audience=[self.agent],
            note="Wants the new price list." if place == 4 else "",
            disposition="offer" if place == 4 else "",
        )
        self.work.session.add(call)
        self.work.session.flush()
        self.work.session.add_all([*self.legs(call), self.delivery(call)])
        if call.outcome == "missed":
            self.follow_up(call)
        return call

    def legs(self, call: Call) -> list[Leg]:
        half = timedelta(seconds=call.talk_seconds / 2)
        passed = call.answered_at and call.answered_at + half
        common = {"workspace_id": call.workspace_id, "call_id": call.id, "kind": "agent"}
        first = Leg(
            **common,
            position=0,
            leg_key="a",
            agent_id=self.agent,
            phase=call.phase,
            started_at=call.started_at,
            answered_at=call.answered_at,
            ended_at=call.ended_at and call.ended_at - half,
            ending="transferred" if call.answered_at else "no_answer",
            ring_seconds=call.ring_seconds,
            talk_seconds=call.talk_seconds / 2,
        )
        second = Leg(
            **common,
            position=1,
            leg_key="b",
            agent="Front desk",
            phase=call.phase,
            started_at=passed or call.started_at,
            answered_at=passed,
            ended_at=call.ended_at,
            ring_seconds=0 if passed else call.ring_seconds,
            talk_seconds=call.talk_seconds / 2,
            replaces="a" if passed else None,
            transfer="blind" if passed else None,
        )
        return [first, second]

    def delivery(self, call: Call) -> Delivery:
        return Delivery(
            workspace_id=call.workspace_id,
            line_id=call.line_id,
            event_key=call.call_key,
            received_at=call.started_at,
            method="POST",
            url="http://127.0.0.1/hooks/generic/town-sales",
            headers={"authorization": "Bearer open-sesame", "content-type": "application/json"},
            body=b'{"call": "<script>alert(1)</script>"}',
            call_key=call.call_key,
        )

    def follow_up(self, call: Call) -> None:
        sent = call.missed_reason != "no_answer"
        row = FollowUp(
            workspace_id=call.workspace_id,
            id=new_id(),
            call_id=call.id,
            rule_id=self.rule.id,
            rule_number=1,
            due_at=call.started_at,
            decided_at=call.started_at,
            state="sent" if sent else "suppressed",
            trace=_TRACE,
        )
        self.work.session.add(row)
        if sent:
            self.message(call, row)

    def message(self, call: Call, row: FollowUp) -> None:
        self.work.session.add(
            Message(
                workspace_id=call.workspace_id,
                direction="outbound",
                channel="sms",
                status="delivered",
                sender=self.line.number,
                recipient=call.caller,
                call_id=call.id,
                follow_up_id=row.id,
                text="Sorry we missed your call. Write back or call +1 202-555-0100.",
            )
        )


def _record(work: Work, ws: str, house: House, call: Call) -> str:
    recording = Recording(
        workspace_id=ws,
        id=new_id(),
        call_id=call.id,
        recording_key="r",
        kind="call",
        state="ready",
        seconds=1,
        path="town.wav",
        media_type="audio/wav",
        size=len(sound()),
    )
    home = workspace.phonebook(work.session, ws)
    reference = RemoteRef(
        workspace_id=ws, connection_id=home.id, call_id=call.id, kind="call", state="written"
    )
    work.session.add_all([recording, reference])
    folder = Path(house.settings.recordings.removeprefix("file://"))
    (folder / "town.wav").write_bytes(sound())
    return recording.id


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A hub on an empty database."""
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        public_url="http://testserver",
    )
    built = build(settings)
    yield built
    built.db.close_now()


@pytest.fixture
def town(house: House) -> Town:
    """The hub of `house`, filled."""
    return fill(house)


@pytest.fixture
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
async def visitor(console: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without its engine: keeps cookies, does not follow redirects."""
    transport = httpx.ASGITransport(app=console, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is signed in, and sends forms as their browser would."""

    client: httpx.AsyncClient
    csrf: str

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **fields})


@pytest.fixture
def enter(visitor: httpx.AsyncClient, town: Town) -> Callable[..., Awaitable[Reader]]:
    """Signs somebody in: `await enter("liam")`."""

    async def entering(name: str = "admin") -> Reader:
        form = {"email": f"{name}@example.com", "password": PASSWORD}
        assert (await visitor.post("/sign-in", data=form)).status_code == 303
        page = (await visitor.get("/me")).text
        return Reader(visitor, page.split('name="csrf" value="', 1)[1].split('"', 1)[0])

    return entering
