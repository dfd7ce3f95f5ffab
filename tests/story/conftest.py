"""A stage: a hub without a server, with people, two lines and a phone book, on a real database."""

import importlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from hub import inbox, jobs, registry, simulate
from hub.contract.scenarios import Send
from hub.contract.twins import Running
from hub.core import rules
from hub.house import House, build
from hub.jobs.doors import Doors
from hub.lines import Lines
from hub.models import (
    Connection,
    Contact,
    ContactPhone,
    Line,
    Row,
    Rule,
    RuleVersion,
    User,
    Workspace,
    new_id,
)
from hub.settings import Settings

PUBLIC_URL = "https://hub.example"
CALLER = "+12025550142"
SECRETS = {
    "twilio": "fixture-secret",
    "generic": "whsec_" + "Zml4dHVyZS1zZWNyZXQtZml4dHVyZS1zZWNyZXQ=",
}


@dataclass(frozen=True)
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
        self.house.db.write_now(lambda work: work.session.add_all(rows))

    def all(self, table: type[Row]) -> list:
        """All rows of *table*, in the order of their ids."""

        def read(session):
            found = session.scalars(select(table).order_by(table.id)).all()
            session.expunge_all()
            return list(found)

        return self.house.db.read_now(read)

    def one(self, table: type[Row]):
        """The only row of *table*."""
        (row,) = self.all(table)
        return row

    async def line(self, provider: str, **changes) -> str:
        """A line of *provider*; gives its key."""
        key = f"key-{provider}-{new_id()[-6:]}"
        given = {
            "name": "Sales",
            "number": "+12025550100",
            "secrets": self.house.safe.seal({"current": SECRETS[provider]}),
        } | changes
        self.add(
            Line(workspace_id=self.workspace_id, id=new_id(), provider=provider, key=key, **given)
        )
        return key

    async def sends(self, key: str, story: str, **changes) -> list[Send]:
        """The requests of *story* for the line with *key*."""
        facts = await Lines(self.house.db, self.house.safe, 0).by_key(key)
        given = {
            "caller": CALLER,
            "called": facts.number,
            "agents": self.agents,
            "webhook_url": facts.urls(PUBLIC_URL)(),
            "secret": facts.secrets.current,
        } | changes
        return simulate.tell(registry.webhook(facts.provider), story, simulate.cast_for(**given))

    async def post(self, send: Send) -> httpx.Response:
        """Deliver one request."""
        request = send.request
        return await self.client.request(
            request.method,
            request.url.removeprefix(PUBLIC_URL),
            headers=dict(request.headers),
            content=request.body,
        )

    async def tell(self, key: str, story: str, **changes) -> list[httpx.Response]:
        """Deliver a whole story as fast as it goes, then run the jobs that are due."""
        answers = [await self.post(send) for send in await self.sends(key, story, **changes)]
        await self.work()
        return answers

    async def work(self) -> int:
        """Run what is due."""
        return await self.house.queue.drain(jobs.handlers(self.house, self.doors))

    def person(self, name: str, *numbers: str, **changes) -> str:
        """A contact of the phone book; gives its id."""
        book = self.house.db.read_now(
            lambda session: session.scalars(
                select(Connection.id).where(Connection.system == "phonebook")
            ).one()
        )
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
        self.add(
            *(
                ContactPhone(
                    workspace_id=self.workspace_id, contact_id=id_, number=number, tail=number[-9:]
                )
                for number in numbers
            )
        )
        return id_

    def rule(self, **changes) -> None:
        """Publish the follow-up rule, with nothing to wait for unless *changes* say so."""
        rule = rules.Rule(
            wait=rules.Wait(seconds=0, quiet=None),
            then=rules.Then(contents={"en": rules.Content(text="Sorry, {{ caller.first_name }}")}),
        )
        body = rules.to_dict(rule) | changes
        id_ = new_id()
        self.add(
            Rule(
                workspace_id=self.workspace_id,
                id=id_,
                name="Missed calls",
                draft=body,
                published=1,
            )
        )
        self.add(RuleVersion(workspace_id=self.workspace_id, rule_id=id_, number=1, body=body))

    def connect(self, system: str, settings: dict[str, str], secrets: dict[str, str]) -> str:
        """A connection; gives its id."""
        id_ = new_id()
        self.add(
            Connection(
                workspace_id=self.workspace_id,
                id=id_,
                system=system,
                name=system,
                settings=settings,
                secrets=self.house.safe.seal(secrets),
            )
        )
        return id_


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A hub with two agents, ready to be told stories."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        public_url=PUBLIC_URL,
        secret_key="a key for tests",
        settle_seconds=0,
        reconcile_seconds=0,
        line_rate=100_000,
    )
    house = build(settings)
    workspace_id = new_id()
    agents = [(new_id(), "+12025550111"), (new_id(), "+12025550112")]
    app = Starlette(routes=inbox.routes)
    app.state.house, app.state.limits = house, inbox.Limits(settings.line_rate)
    doors = jobs.doors(house)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        stage = Stage(house, app, client, doors, workspace_id, agents)
        stage.add(Workspace(id=workspace_id, name="Example & Sons"))
        stage.add(
            *(
                User(
                    workspace_id=workspace_id,
                    id=id_,
                    email=f"{name}@example.com",
                    name=name.title(),
                    role="agent",
                    number=number,
                )
                for name, (id_, number) in zip(("ada", "bob"), agents, strict=True)
            )
        )
        stage.connect("phonebook", {}, {})
        yield stage
    await doors.close()
    await house.db.close()


@pytest.fixture
async def twilio(stage: Stage) -> AsyncIterator[Running]:
    """A connection to a Twilio of our own on loopback, which tells nothing back."""
    twin = registry_twin("twilio")
    async with twin.start() as running:
        running.state.callbacks = False
        secret = {"auth_token": running.settings["auth_token"]}
        plain = {name: value for name, value in running.settings.items() if name not in secret}
        stage.connect("twilio", plain, secret)
        yield running


@pytest.fixture
async def post_office(stage: Stage) -> AsyncIterator[Running]:
    """A connection to a mail catcher on loopback."""
    async with registry_twin("smtp").start() as running:
        secret = {"password": running.settings.get("password", "")}
        plain = {name: value for name, value in running.settings.items() if name not in secret}
        stage.connect("smtp", plain, secret)
        yield running


def registry_twin(system: str):
    """The twin module of *system*."""
    return importlib.import_module(f"{registry.connector(system).__name__}.twin")
