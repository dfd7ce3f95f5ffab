"""`hub check` and `hub providers`: is all set up, and what could be."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from hub import registry, settings
from hub.cli.frame import answer, as_json
from hub.contract.webhooks import Setting
from hub.db import Away
from hub.desk import health
from hub.house import House, build
from hub.settings import Settings

SECRET = frozenset({"secret_key"})
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command("check")
@as_json
@click.pass_context
def check_(context: click.Context, *, json_: bool) -> None:
    """List all settings and look whether the hub can work; 1 when it cannot."""
    found = settings.load()
    listed = [_listed(found, name) for name in Settings.model_fields]
    built = build(found)
    try:
        troubles = list(_troubles(built))
    finally:
        built.db.close_now()
    notes = list(_notes(found))
    answer(
        {"ok": not troubles, "troubles": troubles, "notes": notes, "settings": listed},
        json_=json_,
        text=_told(listed, troubles, notes),
    )
    if troubles:
        context.exit(1)


@click.command("providers")
@as_json
def providers_(*, json_: bool) -> None:
    """List phone systems and other systems, what they can do and what they need."""
    phones = [
        {
            "kind": "webhook",
            "name": one.name,
            "title": one.title,
            "summary": one.summary,
            "answers_calls": one.answers_calls,
            "secret": one.secret_label,
            "settings": _settings(one.settings),
        }
        for module in registry.webhooks().values()
        for one in (module.MANIFEST,)
    ]
    systems = [
        {
            "kind": "connector",
            "name": one.name,
            "title": one.title,
            "summary": one.summary,
            "abilities": sorted(one.abilities),
            "channels": sorted(one.channels),
            "settings": _settings(one.settings),
        }
        for module in registry.connectors().values()
        for one in (module.MANIFEST,)
    ]
    text = "\n".join(
        [
            "Phone systems (hub line add ...)",
            *map(_provider, phones),
            "",
            "Systems (hub connection add ...)",
            *map(_provider, systems),
        ]
    )
    answer({"webhooks": phones, "connectors": systems}, json_=json_, text=text)


def _troubles(built: House) -> Iterator[str]:
    """What keeps the hub from working, each with its cure."""
    yield from settings.strangers()
    try:
        yield from built.db.read_now(health.troubles, built.safe)
    except Away as error:
        yield f"{error}; see HUB_DATABASE_URL"


def _notes(found: Settings) -> Iterator[str]:
    """What is no trouble here, but would be in the world."""
    parts = urlsplit(found.public_url)
    if parts.hostname in LOCAL:
        yield (
            "HUB_PUBLIC_URL is an address of this machine: phone systems outside cannot reach it"
        )
    elif parts.scheme != "https":
        yield "HUB_PUBLIC_URL is not https: what phone systems tell travels in the open"
    if not found.secret_key:
        yield f"HUB_SECRET_KEY is not set: the key in {found.data_dir / 'secret.key'} is used"


def _listed(found: Settings, name: str) -> dict[str, str]:
    field = Settings.model_fields[name]
    value, variable = getattr(found, name), f"{settings.PREFIX}{name.upper()}"
    shown = "(set)" if name in SECRET and value else _masked(str(value))
    return {
        "name": variable,
        "value": shown,
        "source": _source(variable),
        "description": field.description or "",
    }


def _source(variable: str) -> str:
    for source, given in settings.sources().items():
        if variable.lower() in given:
            return source
    return "default"


def _masked(value: str) -> str:
    """An address without its password."""
    if "://" not in value:
        return value
    try:
        return make_url(value).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return value


def _told(listed: list[dict[str, str]], troubles: list[str], notes: list[str]) -> str:
    told = [
        f"{one['name']:24} {one['value'] or '-':40} {one['source']:12} {one['description']}"
        for one in listed
    ]
    told += ["", *(f"note: {note}" for note in notes)]
    told += [f"TROUBLE: {trouble}" for trouble in troubles] or ["All is well."]
    return "\n".join(told)


def _settings(declared: tuple[Setting, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "label": one.label,
            "help": one.help,
            "required": one.required,
            "secret": one.secret,
            "default": one.default,
        }
        for one in declared
    ]


def _provider(one: dict[str, Any]) -> str:
    can = f" [{', '.join(one['abilities'])}]" if one.get("abilities") else ""
    told = [f"  {one['name']:14} {one['summary']}{can}"]
    told += [
        f"    {setting['name']}{' (needed)' if setting['required'] else ''}: {setting['label']}"
        for setting in one["settings"]
    ]
    return "\n".join(told)
