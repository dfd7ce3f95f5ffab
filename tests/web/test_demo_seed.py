"""The demo's week: all of it is told in words that the hub understands."""

import importlib
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import func, select

from hub import registry
from hub.demo import seed
from hub.house import build
from hub.models import Delivery, DeliveryState
from hub.settings import Settings


async def test_no_delivery_of_the_demo_waits_for_a_replay(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path, settle_seconds=0, demo=True)
    house = build(settings)
    async with AsyncExitStack() as stack:
        twins = {}
        for name, module in registry.connectors().items():
            if not module.MANIFEST.embedded:
                twin = importlib.import_module(f"{module.__name__}.twin")
                twins[name] = await stack.enter_async_context(twin.start())
        await seed.fill(house, twins)
    states = select(Delivery.state, func.count()).group_by(Delivery.state)
    found = house.db.read_now(lambda session: {row[0]: row[1] for row in session.execute(states)})
    await house.db.close()

    assert found[DeliveryState.DONE] > 100
    assert set(found) == {DeliveryState.DONE}
