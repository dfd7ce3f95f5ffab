"""The API as an application of its own, on a database with a little of everything."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from hub import api, house
from hub.contract.connectors import ContactPhone
from hub.db import Work
from hub.desk import contacts, lines, people, workspace
from hub.desk.contacts import ContactDraft
from hub.desk.lines import LineDraft
from hub.desk.people import UserDraft
from hub.house import House
from hub.models import (
    Call,
    Connection,
    Delivery,
    FollowUp,
    Leg,
    Message,
    Missed,
    Recording,
    Role,
    Rule,
)
from hub.settings import Settings

STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOUND = bytes(range(256)) * 8


@dataclass(frozen=True, slots=True)
class Told:
    """What the tests know of the database; tokens by role."""

    house: House
    app: Starlette
    workspace_id: str
    tokens: dict[str, str]
    line_id: str
    contact_id: str
    agent_id: str


@pytest.fixture
def told(database_url: str, tmp_path: Path) -> Iterator[Told]:
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        public_url="https://hub.example",
        secret_key="a key for the tests",
    )
    built = house.build(settings)
    app = Starlette(routes=api.routes)
    app.state.house = built
    folder = tmp_path / "data" / "recordings"
    folder.mkdir(parents=True)
    (folder / "one.mp3").write_bytes(SOUND)
    workspace_id, tokens, line_id, contact_id, agent_id = built.db.write_now(_fill, built)
    yield Told(built, app, workspace_id, tokens, line_id, contact_id, agent_id)
    built.db.close_now()


@pytest.fixture
async def client(told: Told) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(told, "admin") as found:
        yield found


@pytest.fixture
def as_role(told: Told) -> Callable[[str], httpx.AsyncClient]:
    return lambda role: client_of(told, role)


def client_of(told: Told, role: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(told.app, raise_app_exceptions=True),
        base_url="https://hub.example",
        headers={"Authorization": f"Bearer {told.tokens[role]}"} if role else {},
    )


def _fill(work: Work, built: House) -> tuple[str, dict[str, str], str, str, str]:
    ws = workspace.ensure(work).id
    tokens = {role.value: people.add_token(work, ws, role)[1] for role in Role}
    agent = people.add(work, ws, "anna@example.com", UserDraft(name="Anna", number="+12025550150"))
    line = lines.add(
        work,
        built.safe,
        ws,
        "generic",
        LineDraft(name="Sales", number="+12025550100"),
        secret="shared",
    ).line
    contact = contacts.save(
        work,
        ws,
        ContactDraft(
            name="Ada Example",
            company="Example & Sons",
            phones=(ContactPhone(number="+12025550143", label="mobile"),),
        ),
    )
    _calls(work, ws, line.id, contact.id, agent.id)
    return ws, tokens, line.id, contact.id, agent.id


def _calls(work: Work, ws: str, line_id: str, contact_id: str, agent_id: str) -> None:
    for number in range(3):
        at = STARTED + timedelta(minutes=number)
        work.session.add(
            Call(
                workspace_id=ws,
                id=f"call{number}",
                line_id=line_id,
                call_key=f"c{number}",
                direction="inbound",
                phase="ended",
                caller="+12025550143",
                called="+12025550100",
                outcome="missed",
                missed_reason="no_answer",
                ending="canceled",
                started_at=at,
                ended_at=at + timedelta(seconds=20),
                ring_seconds=20.0,
                identity="known",
                contact_id=contact_id,
                evidence={"why": "exactly one person has this number"},
            )
        )
    work.session.flush()
    work.session.add_all(
        [
            Leg(
                workspace_id=ws,
                call_id="call0",
                position=0,
                leg_key="leg",
                kind="agent",
                agent_id=agent_id,
                number="+12025550150",
                phase="ended",
                ending="no_answer",
                started_at=STARTED,
                ended_at=STARTED + timedelta(seconds=20),
            ),
            Recording(
                workspace_id=ws,
                id="sound",
                call_id="call0",
                recording_key="r",
                kind="voicemail",
                state="ready",
                seconds=21.0,
                path="one.mp3",
                media_type="audio/mpeg",
            ),
            Recording(
                workspace_id=ws,
                id="later",
                call_id="call0",
                recording_key="r2",
                kind="call",
                state="pending",
                source_url="https://vendor.example/secret",
            ),
            Missed(
                workspace_id=ws,
                id="entry",
                line_id=line_id,
                caller="+12025550143",
                count=3,
                first_at=STARTED,
                last_at=STARTED + timedelta(minutes=2),
                last_call_id="call2",
                contact_id=contact_id,
            ),
            Rule(workspace_id=ws, id="rule", name="Missed call", draft={}),
            Connection(workspace_id=ws, id="mail", system="smtp", name="Mail", secrets=b""),
            Delivery(
                workspace_id=ws,
                id="delivery",
                line_id=line_id,
                event_key="e",
                received_at=STARTED,
                method="POST",
                url="https://hub.example/hooks/generic/k",
                headers={"authorization": "Bearer secret", "content-type": "application/json"},
                body=b"{\xff",
                state="unreadable",
                error="body: the body is not JSON",
            ),
        ]
    )
    work.session.flush()
    work.session.add_all(
        [
            FollowUp(
                workspace_id=ws,
                id="follow",
                call_id="call0",
                rule_id="rule",
                rule_number=1,
                state="sent",
                due_at=STARTED,
                trace=[{"key": "missed", "sentence": "The call was missed", "passed": True}],
            ),
            Message(
                workspace_id=ws,
                id="message",
                direction="outbound",
                channel="sms",
                status="delivered",
                sender="+12025550100",
                recipient="+12025550143",
                text="Sorry we missed your call",
                call_id="call0",
                connection_id="mail",
                follow_up_id="follow",
                provider_ref="SM1",
            ),
        ]
    )
