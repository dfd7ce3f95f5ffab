import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub import house, registry
from hub.contract.connectors import Ability
from hub.contract.errors import BadPayload
from hub.desk import connections, people
from hub.desk.dial import dial
from hub.desk.errors import Conflict, NotFound
from hub.desk.people import UserDraft
from hub.house import House
from hub.settings import Settings


@pytest.fixture
async def built(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    found = house.build(
        Settings(
            data_dir=tmp_path,
            database_url=database_url,
            public_url="https://hub.example",
            secret_key="a key for the tests",
        )
    )
    yield found
    await found.db.close()


async def test_the_agent_is_rung_first_and_our_urls_lead_on(built: House, ws: str) -> None:
    system, module = next(
        (name, module)
        for name, module in registry.connectors().items()
        if Ability.DIAL in module.MANIFEST.abilities
    )
    anna = built.db.write_now(people.add, ws, "anna@example.com", UserDraft(number="+12025550150"))
    built.db.write_now(people.add, ws, "bo@example.com", UserDraft())

    async with importlib.import_module(f"{module.__name__}.twin").start() as twin:
        known = {setting.name for setting in module.MANIFEST.settings}
        settings = {name: value for name, value in twin.settings.items() if name in known}
        made = built.db.write_now(connections.add, built.safe, ws, system, settings)
        done = await dial(built, ws, "(202) 555-0143", "anna@example.com")

        assert (done.to, done.agent, done.line_id) == ("+12025550143", anna.email, made.line_id)
        assert done.provider_ref
        with pytest.raises(BadPayload, match="agent"):
            await dial(built, ws, "+12025550143", "bo@example.com")
        with pytest.raises(BadPayload, match="to"):
            await dial(built, ws, "none", "anna@example.com")
        with pytest.raises(NotFound):
            await dial(built, ws, "+12025550143", "anna@example.com", "no such line")


async def test_without_a_connection_that_dials_the_cure_is_named(built: House, ws: str) -> None:
    built.db.write_now(people.add, ws, "anna@example.com", UserDraft(number="+12025550150"))

    with pytest.raises(Conflict, match="add one that can dial"):
        await dial(built, ws, "+12025550143", "anna@example.com")
