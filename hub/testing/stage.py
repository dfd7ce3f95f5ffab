"""A stage: a hub without a server, with people and a phone book, to be told stories.

For tests of the whole way, from a provider's first request to what follows from it, and for those
of plugin authors: `async with stage_on(url, folder) as stage: await stage.tell(key, "answered")`.
"""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from hub import inbox, jobs, registry, simulate
from hub.contract.scenarios import Send
from hub.contract.twins import Running
from hub.core import rules
from hub.db import Work
from hub.desk import workspace
from hub.house import House, build
from hub.jobs.doors import Doors
from hub.lines import LineFacts, load
from hub.models import (
    Connection,
    Contact,
    ContactPhone,
    Line,
    Row,
    Rule,
    RuleVersion,
    User,
    new_id,
)
from hub.settings import Settings

R = TypeVar("R", bound=Row)

PUBLIC_URL = "https://hub.example"
CALLER = "+12025550142"
AGENTS = (("ada", "+12025550111"), ("bob", "+12025550112"))
SECRET = "whsec_Zml4dHVyZS1zZWNyZXQtZml4dHVyZS1zZWNyZXQ="  # noqa: S105 - opens nothing anywhere


@dataclass(frozen=True, slots=True)
class Stage:
    """The hub, the web client that plays the phone systems, and what tests ask of both."""

    house: House
    app: Starlette
    client: httpx.AsyncClient
    doors: Doors
    workspace_id: str
    agents: list[tuple[str, str]]

    def add(self, *rows: Row) -> None:
        """Write *rows*."""
        self.house.db.write_now(_add, rows)

    def all(self, table: type[R]) -> list[R]:
        """All rows of *table*, oldest first."""
        return self.house.db.read_now(_all, table)

    def one(self, table: type[R]) -> R:
        """The only row of *table*."""
        (row,) = self.all(table)
        return row

    def line(self, provider: str, **changes: Any) -> str:  # noqa: ANN401 - columns of a line
        """A line of *provider*; gives its key."""
        key = f"{provider}-{new_id()}"
        given = {
            "name": "Sales",
            "number": "+12025550100",
            "secrets": self.house.safe.seal({"current": SECRET}),
        } | changes
        self.add(
            Line(workspace_id=self.workspace_id, id=new_id(), provider=provider, key=key, **given)
        )
        return key

    def facts(self, key: str) -> LineFacts:
        """What the hub knows of the line with *key*."""
        found = self.house.db.read_now(load, self.house.safe, Line.key == key, 0)
        if found is None:
            raise AssertionError(f"no line has the key {key}")
        return found

    def sends(self, key: str, story: str, **changes: Any) -> list[Send]:  # noqa: ANN401 - of the cast
        """The requests of *story* for the line with *key*."""
        line = self.facts(key)
        given = {
            "caller": CALLER,
            "called": line.number,
            "agents": self.agents,
            "webhook_url": line.urls(PUBLIC_URL)(),
            "secret": line.secrets.current,
        } | changes
        return simulate.tell(registry.webhook(line.provider), story, simulate.cast_for(**given))

    async def post(self, send: Send) -> httpx.Response:
        """Deliver one request."""
        request = send.request
        return await self.client.request(
            request.method,
            request.url.removeprefix(PUBLIC_URL),
            headers=dict(request.headers),
            content=request.body,
        )

    async def tell(self, key: str, story: str, **changes: Any) -> list[httpx.Response]:  # noqa: ANN401 - of the cast
        """Deliver a whole story as fast as it goes, then run the jobs that are due."""
        answers = [await self.post(send) for send in self.sends(key, story, **changes)]
        await self.work()
        return answers

    async def work(self) -> int:
        """Run what is due; gives how many jobs ran."""
        return await self.house.queue.drain(jobs.handlers(self.house, self.doors))

    def person(self, name: str, *numbers: str, **changes: Any) -> str:  # noqa: ANN401 - columns
        """A contact of the phone book; gives its id."""
        book = self.house.db.read_now(workspace.phonebook, self.workspace_id).id
        id_ = new_id()
        given = {"company": "Chrispresso", "search": name.casefold()} | changes
        self.add(
            Contact(
                workspace_id=self.workspace_id,
                id=id_,
                connection_id=book,
                remote_id=id_,
                name=name,
                sort_name=name.casefold(),
                **given,
            )
        )
        self.add(*(self._phone(id_, number) for number in numbers))
        return id_

    def _phone(self, contact_id: str, number: str) -> ContactPhone:
        return ContactPhone(
            workspace_id=self.workspace_id, contact_id=contact_id, number=number, tail=number[-9:]
        )

    def rule(self, **changes: Any) -> None:  # noqa: ANN401 - parts of the rule's JSON
        """Publish the follow-up rule, with nothing to wait for unless *changes* say so."""
        rule = rules.Rule(
            wait=rules.Wait(seconds=0, quiet=None),
            then=rules.Then(contents={"en": rules.Content(text="Sorry, {{ caller.first_name }}")}),
        )
        body: dict[str, Any] = rules.to_dict(rule) | changes
        keys = {"workspace_id": self.workspace_id}
        id_ = new_id()
        self.add(Rule(id=id_, name="Missed calls", draft=body, published=1, **keys))
        self.add(RuleVersion(rule_id=id_, number=1, body=body, **keys))

    @asynccontextmanager
    async def vendor(self, system: str) -> AsyncIterator[Running]:
        """A connection to the twin of *system*, which tells nothing back."""
        module = registry.connector(system)
        twin = importlib.import_module(f"{module.__name__}.twin")
        async with twin.start() as running:
            if hasattr(running.state, "callbacks"):
                running.state.callbacks = False
            secret = {one.name for one in module.MANIFEST.settings if one.secret}
            given = running.settings.items()
            self.add(
                Connection(
                    workspace_id=self.workspace_id,
                    system=system,
                    name=system,
                    settings={name: value for name, value in given if name not in secret},
                    secrets=self.house.safe.seal(
                        {name: value for name, value in given if name in secret}
                    ),
                )
            )
            yield running


@asynccontextmanager
async def stage_on(
    database_url: str,
    folder: Path,
    **changes: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[Stage]:
    """A hub on the migrated, empty database at *database_url*, with two agents."""
    settings: dict[str, Any] = {
        "public_url": PUBLIC_URL,
        "secret_key": "a key for the tests",
        "settle_seconds": 0,
        "reconcile_seconds": 0,
        "line_rate": 100_000,
    }
    house = build(Settings(data_dir=folder, database_url=database_url, **settings | changes))
    app = Starlette(routes=inbox.routes)
    app.state.house, app.state.limits = house, inbox.Limits(house.settings.line_rate)
    workspace_id = house.db.write_now(workspace.ensure_id)
    agents = [(new_id(), number) for _, number in AGENTS]
    doors = jobs.doors(house)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        stage = Stage(house, app, client, doors, workspace_id, agents)
        stage.add(*(_agent(workspace_id, *one) for one in zip(AGENTS, agents, strict=True)))
        yield stage
    await doors.close()
    await house.db.close()


def _agent(workspace_id: str, named: tuple[str, str], known: tuple[str, str]) -> User:
    return User(
        workspace_id=workspace_id,
        id=known[0],
        email=f"{named[0]}@example.com",
        name=named[0].title(),
        role="agent",
        number=known[1],
    )


def _add(work: Work, rows: tuple[Row, ...]) -> None:
    work.session.add_all(rows)


def _all(session: Session, table: type[R]) -> list[R]:
    (key,) = (column for column in table.__table__.primary_key if column.name == "id")
    found = list(session.scalars(select(table).order_by(key)))
    session.expunge_all()
    return found
