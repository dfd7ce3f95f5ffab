"""A hub that really runs, the people in it, and the phone system that tells it things."""

import asyncio
import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from hub import inbox, registry, web
from hub.contract.connectors import ContactPhone
from hub.db import Work
from hub.desk import contacts, workspace
from hub.desk.contacts import ContactDraft
from hub.house import House, build
from hub.models import Call, Line, Role, User, new_id
from hub.settings import Settings
from hub.web import auth
from webhooks.generic.signature import sign

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

SECRET = "a secret of the tests"
OFFICE = "+12025550100"


@dataclass
class Person:
    """A colleague; *token* is the cookie of a sign-in."""

    id: str
    email: str
    token: str


@dataclass
class Hub:
    """A running hub and handles on it."""

    house: House
    address: str
    workspace_id: str
    line_key: str
    line_id: str
    people: dict[str, Person] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def write(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Write through the running hub, so that its screens hear of it."""

        async def through() -> Any:
            return await self.house.db.write(function, *args, **kwargs)

        return asyncio.run_coroutine_threadsafe(through(), self.loop).result(10)

    def read(self, function: Any, *args: Any) -> Any:
        return self.house.db.read_now(function, *args)

    loop: Any = None
    client: httpx.Client = field(default_factory=httpx.Client)

    def add(
        self, name: str, *, role: Role = Role.AGENT, number: str = "", language: str = ""
    ) -> Person:
        """A user who is signed in."""
        email = f"{name.split(maxsplit=1)[0].lower()}@hub.example"
        user = {"email": email, "name": name, "role": role, "language": language}
        id_, token = self.write(_user, self.workspace_id, number=number or None, **user)
        self.people[name] = Person(id_, email, token)
        return self.people[name]

    def contact(self, name: str, number: str, company: str = "", **more: Any) -> str:
        draft = ContactDraft(
            name=name, company=company, phones=(ContactPhone(number=number),), **more
        )
        return str(self.write(_contact, self.workspace_id, draft))

    def tell(self, type_: str, call: str, **data: Any) -> None:
        """One signed delivery of the phone system."""
        top = {k.rstrip("_"): data.pop(k) for k in ("from_", "to", "direction") if k in data}
        body = json.dumps(
            {
                "type": type_,
                "occurred_at": datetime.now(UTC).isoformat(),
                "call_id": call,
                **top,
                "data": data,
            }
        ).encode()
        message, now = f"msg_{next(self.numbers)}_{new_id()}", str(int(time.time()))
        answer = self.client.post(
            f"{self.address}/hooks/generic/{self.line_key}",
            content=body,
            headers={
                "content-type": "application/json",
                "webhook-id": message,
                "webhook-timestamp": now,
                "webhook-signature": sign(SECRET, message, now, body),
            },
        )
        assert answer.status_code == 204, answer.text

    def ring(self, call: str, caller: str, *agents: str) -> None:
        """A call rings, at the phones of *agents* alone if there are any."""
        if agents:
            self.tell("call.started", call, direction="inbound", from_=caller, to=OFFICE)
        else:
            self.tell("call.ringing", call, direction="inbound", from_=caller, to=OFFICE)
        for agent in agents:
            self.tell("call.leg.ringing", call, leg_id=f"{call}-{agent}", agent=agent)

    def answer(self, call: str, agent: str) -> None:
        self.tell("call.leg.answered", call, leg_id=f"{call}-{agent}", agent=agent)

    def end(self, call: str, **data: Any) -> None:
        self.tell("call.ended", call, **data)

    def cut(self) -> None:
        """Break off every stream, as a proxy or a network does."""

        async def through() -> None:
            self.house.live.cut()

        asyncio.run_coroutine_threadsafe(through(), self.loop).result(10)

    def call_id(self, call: str) -> str:
        def find(session: Any) -> str:
            return str(session.query(Call).filter_by(call_key=call).one().id)

        return str(self.read(find))


def _user(work: Work, workspace_id: str, **values: Any) -> tuple[str, str]:
    user = User(workspace_id=workspace_id, id=new_id(), settings={}, **values)
    work.session.add(user)
    work.session.flush()
    return user.id, auth.begin(work, workspace_id, user.id, timedelta(hours=1))


def _contact(work: Work, workspace_id: str, draft: ContactDraft) -> str:
    return contacts.save(work, workspace_id, draft).id


def _line(work: Work, house: House) -> tuple[str, str, str]:
    place = workspace.ensure(work, region="US")
    line = Line(
        workspace_id=place.id,
        id=new_id(),
        provider="generic",
        name="Sales",
        number=OFFICE,
        key=new_id(),
        secrets=house.safe.seal({"current": SECRET}),
    )
    work.session.add(line)
    work.session.flush()
    return place.id, line.id, line.key


@contextlib.contextmanager
def running(database_url: str, folder: Path, **settings: Any) -> Iterator[Hub]:
    """A hub on an ephemeral port of this machine."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    house = build(
        Settings(  # type: ignore[call-arg] # pydantic-settings knows _env_file
            database_url=database_url,
            data_dir=folder,
            public_url=address,
            _env_file=None,
            **settings,
        )
    )
    registry.connectors()
    workspace_id, line_id, key = house.db.write_now(_line, house)
    hub = Hub(house, address, workspace_id, key, line_id)
    app = Starlette(
        routes=[*inbox.routes, *web.routes],
        middleware=web.middleware,
        exception_handlers=web.exception_handlers,
    )
    app.state.house = house
    app.state.limits = inbox.Limits(1000)
    hub.app = app  # type: ignore[attr-defined] # tests of the demo put its parts here
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )

    def serve() -> None:
        hub.loop = asyncio.new_event_loop()
        hub.loop.run_until_complete(server.serve([door]))
        hub.loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield hub
    hub.client.close()
    server.should_exit = True
    thread.join()
    house.db.close_now()


@pytest.fixture
def run_hub() -> Any:
    """`with run_hub(database_url, folder, **settings) as hub`."""
    return running


@pytest.fixture
def hub(database_url: str, tmp_path: Path) -> Iterator[Hub]:
    """A running hub with the agents Anna and Ben."""
    with running(database_url, tmp_path) as found:
        found.add("Anna Keller", number="+12025550110")
        found.add("Ben Okafor", number="+12025550111")
        yield found


@pytest.fixture
def browse(hub: Hub, browser: "Browser") -> Iterator[Any]:
    """A browser in which somebody is signed in: `browse("Anna Keller")` gives its context."""
    opened: list[BrowserContext] = []

    def open_(name: str, **options: Any) -> "BrowserContext":
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.add_cookies([{"name": "hub", "value": hub.people[name].token, "url": hub.address}])
        context.set_default_timeout(5000)
        opened.append(context)
        return context

    yield open_
    for context in opened:
        context.close()
