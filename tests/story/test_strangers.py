"""A system that a stranger's package brings: found by its entry point, asked while it rings."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import registry
from hub.models import Call, Connection, Contact
from hub.testing.stage import CALLER, Stage

MODULE = '''
"""A directory that knows one person."""

from hub.contract.connectors import Ability, ConnectorManifest, Contact, ContactPhone
from hub.contract.errors import RemoteUnavailable

MANIFEST = ConnectorManifest(
    name="directory", title="Directory", summary="Knows one person.",
    abilities=frozenset({Ability.FIND}),
)


class Directory:
    def __init__(self, account):
        self._away = account.settings.get("away")

    async def close(self):
        pass

    async def find(self, number):
        if self._away:
            raise RemoteUnavailable("the directory is away")
        phone = ContactPhone(number=number)
        return [Contact(remote_id="1", name="Emma Taylor", company="Chrispresso", phones=(phone,))]


def open(account):
    return Directory(account)
'''


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package installed beside the hub, as `pip install` would leave it."""
    (tmp_path / "directory_connector.py").write_text(MODULE)
    info = tmp_path / "directory_connector-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: directory-connector\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text("[hub.connectors]\ndirectory = directory_connector\n")
    monkeypatch.syspath_prepend(tmp_path)
    _forget()
    yield
    sys.modules.pop("directory_connector")
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    registry.connectors.cache_clear()
    registry.finders.cache_clear()


@pytest.mark.usefixtures("directory")
async def test_an_unknown_caller_is_asked_for_in_every_system_and_known_then(stage: Stage) -> None:
    stage.add(
        Connection(workspace_id=stage.workspace_id, system="directory", name="D", secrets=b"")
    )
    key = stage.line("twilio")
    first = stage.sends(key, "answered")[0]

    await stage.post(first)
    before = stage.one(Call)
    await stage.work()

    after = stage.one(Call)
    assert before.identity == "unknown"
    assert (after.identity, after.caller) == ("known", CALLER)
    assert stage.one(Contact).id == after.contact_id


@pytest.mark.usefixtures("directory")
async def test_a_system_that_is_away_costs_nothing_but_its_knowledge(stage: Stage) -> None:
    given = {"workspace_id": stage.workspace_id, "system": "directory", "secrets": b""}
    stage.add(Connection(name="Away", settings={"away": "yes"}, **given))
    stage.add(Connection(name="There", **given))
    key = stage.line("twilio")

    await stage.tell(key, "answered")

    assert stage.one(Call).identity == "known"
