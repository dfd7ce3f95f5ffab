"""A stage for each test, and vendors on it where they are asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.contract.twins import Running
from hub.testing.stage import Stage, stage_on


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A hub with two agents, ready to be told stories."""
    async with stage_on(database_url, tmp_path) as stage:
        yield stage


@pytest.fixture
async def twilio(stage: Stage) -> AsyncIterator[Running]:
    """A connection to a Twilio on loopback."""
    async with stage.vendor("twilio") as running:
        yield running


@pytest.fixture
async def post_office(stage: Stage) -> AsyncIterator[Running]:
    """A connection to a mail catcher on loopback."""
    async with stage.vendor("smtp") as running:
        yield running
