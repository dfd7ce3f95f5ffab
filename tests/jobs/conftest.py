"""A stage for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.testing.stage import Stage, stage_on


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_on(database_url, tmp_path) as stage:
        yield stage
