"""What all commands share: the house they work on, and how they answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hub import settings
from hub.contract.errors import BadSetting
from hub.db import Away
from hub.desk import health, workspace
from hub.house import House, build

as_json = click.option("--json", "json_", is_flag=True, help="Print one JSON object.")


@contextmanager
def house() -> Iterator[House]:
    """The parts of the hub on its migrated database; raises BadSetting when they do not fit.

    The tables are older than this version, the key is another one, or no database is there.
    """
    built = build(settings.load())
    try:
        try:
            built.db.read_now(health.check, built.safe)
        except Away as error:
            raise BadSetting(f"{error}: see HUB_DATABASE_URL") from error
        yield built
    finally:
        built.db.close_now()


def workspace_id(built: House) -> str:
    """The workspace's id; made now if there is none."""
    return built.db.write_now(workspace.ensure_id)


def answer(found: Mapping[str, Any], *, json_: bool, text: str) -> None:
    """Print *found* as one JSON object, or *text* for a person."""
    click.echo(json.dumps(found, default=_plain) if json_ else text)


def pairs(given: Sequence[str], option: str = "--set") -> dict[str, str]:
    """KEY=VALUE words as a mapping; raises BadSetting."""
    found = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise BadSetting(f"{option} {word!r}: write it as NAME=VALUE")
        found[name.strip()] = value
    return found


def json_file(path: Path | None) -> dict[str, Any] | None:
    """The JSON object in a file; raises BadSetting."""
    if path is None:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadSetting(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadSetting(f"{path} should hold one JSON object, in braces")
    return found


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
