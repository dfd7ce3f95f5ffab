"""`hub line` and `hub connection`."""

from pathlib import Path
from typing import Any

import click

from hub.cli.frame import answer, as_json, house, json_file, pairs, workspace_id
from hub.cli.people import ACTOR
from hub.desk import audit, connections, lines
from hub.desk.lines import LineDraft, NewLine

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LISTS = ("agents",)


@click.group("line")
def line_() -> None:
    """Numbers and phone systems that tell the hub things."""


@line_.command("add")
@click.argument("provider")
@click.option("--name", help="As people see it.")
@click.option("--number", help="The number that is called, as in +12025550100.")
@click.option("--secret", default="", help="What the provider signs with.")
@click.option("--region", help="Where national numbers belong: US, GB, IT ...")
@click.option("--language", help="Of what callers hear: en, it ...")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A setting, or plan.KEY.")
@click.option("--site", help="The place it belongs to: hub site add.")
@click.option("--calendar", type=FILE, help="Opening hours, as JSON.")
@click.option("--plan", type=FILE, help="How calls are taken, as JSON.")
@as_json
def add(
    provider: str,
    *,
    name: str | None,
    number: str | None,
    secret: str,
    region: str | None,
    language: str | None,
    given: tuple[str, ...],
    site: str | None,
    calendar: Path | None,
    plan: Path | None,
    json_: bool,
) -> None:
    """Add a line; prints what to set at the provider."""
    settings, planned = _split(pairs(given))
    draft = LineDraft(
        name=name,
        number=number,
        region=region,
        language=language,
        settings=settings,
        site=site,
        calendar=json_file(calendar),
        plan={**(json_file(plan) or {}), **planned},
    )
    with house() as built:
        workspace = workspace_id(built)
        made = built.db.write_now(lines.add, built.safe, workspace, provider, draft, secret=secret)
        built.db.write_now(audit.record, workspace, ACTOR, "line.add", made.line.name)
        public_url = built.settings.public_url
    answer(_shown(made, public_url), json_=json_, text=_told(made, public_url))


@line_.command("rotate")
@click.argument("line_id")
@click.option("--secret", default="", help="The new secret; the one before stays valid.")
@click.option("--drop-old", is_flag=True, help="End a rotation: only the present secret is valid.")
@as_json
def rotate(line_id: str, *, secret: str, drop_old: bool, json_: bool) -> None:
    """Give a line a new secret."""
    with house() as built:
        workspace = workspace_id(built)
        if drop_old:
            kept = built.db.write_now(lines.drop_old, built.safe, workspace, line_id)
            made = NewLine(line=kept)
        else:
            made = built.db.write_now(lines.rotate, built.safe, workspace, line_id, secret)
        built.db.write_now(audit.record, workspace, ACTOR, "line.rotate", made.line.name)
        public_url = built.settings.public_url
    answer(_shown(made, public_url), json_=json_, text=_told(made, public_url))


@line_.command("list")
@as_json
def list_(*, json_: bool) -> None:
    """List the lines."""
    with house() as built:
        found = built.db.read_now(lines.lines, built.safe, workspace_id(built), all_=True)
        public_url = built.settings.public_url
    items = [_shown(NewLine(line=one), public_url) for one in found]
    text = "\n".join(
        f"{one.id}  {one.provider:10} {one.number or '':16} {one.name}" for one in found
    )
    answer({"items": items}, json_=json_, text=text)


@line_.command("disable")
@click.argument("line_id")
def disable(line_id: str) -> None:
    """Answer the line's webhooks as if it were not there."""
    with house() as built:
        workspace = workspace_id(built)
        found = built.db.write_now(lines.switch, built.safe, workspace, line_id, on=False)
        built.db.write_now(audit.record, workspace, ACTOR, "line.disable", found.name)
    click.echo(f"{found.name} is switched off.")


@click.group("connection")
def connection_() -> None:
    """Accounts at systems that send, dial or keep people."""


@connection_.command("add")
@click.argument("system")
@click.option(
    "--set", "given", multiple=True, metavar="KEY=VALUE", help="A setting; see providers."
)
@click.option("--name", default="", help="As people see it.")
@as_json
def add_connection(system: str, given: tuple[str, ...], name: str, *, json_: bool) -> None:
    """Connect an account."""
    settings = pairs(given)
    with house() as built:
        workspace = workspace_id(built)
        made = built.db.write_now(
            connections.add,
            built.safe,
            workspace,
            system,
            settings,
            name=name,
            public_url=built.settings.public_url,
        )
        built.db.write_now(audit.record, workspace, ACTOR, "connection.add", made.name)
    told = f"{made.name} is added; prove it with: hub connection check {made.id}"
    answer(_connection(made), json_=json_, text=told)


@connection_.command("check")
@click.argument("connection_id")
def check_connection(connection_id: str) -> None:
    """Prove that an account works."""
    import asyncio

    with house() as built:
        workspace = workspace_id(built)
        click.echo(asyncio.run(connections.check(built, workspace, connection_id)))


@connection_.command("list")
@as_json
def list_connections(*, json_: bool) -> None:
    """List the connections."""
    with house() as built:
        found = built.db.read_now(
            connections.connections, built.safe, workspace_id(built), all_=True
        )
    text = "\n".join(f"{one.id}  {one.system:12} {one.state:8} {one.name}" for one in found)
    answer({"items": [_connection(one) for one in found]}, json_=json_, text=text)


@connection_.command("disable")
@click.argument("connection_id")
def disable_connection(connection_id: str) -> None:
    """Leave an account alone from now on."""
    with house() as built:
        workspace = workspace_id(built)
        found = built.db.write_now(
            connections.switch, built.safe, workspace, connection_id, on=False
        )
        built.db.write_now(audit.record, workspace, ACTOR, "connection.disable", found.name)
    click.echo(f"{found.name} is switched off.")


def _split(given: dict[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Settings of the provider, and parts of the plan, which begin with `plan.`."""
    settings = {name: value for name, value in given.items() if not name.startswith("plan.")}
    plan: dict[str, Any] = {
        name.removeprefix("plan."): value for name, value in given.items() if name not in settings
    }
    for name in _LISTS:
        if name in plan:
            plan[name] = [word.strip() for word in plan[name].split(",") if word.strip()]
    return settings, plan


def _shown(made: NewLine, public_url: str) -> dict[str, Any]:
    line = made.line
    names = ("id", "key", "provider", "name", "number", "region", "disabled_at")
    found = {name: getattr(line, name) for name in names}
    found["webhook_url"] = line.webhook_url(public_url)
    found["places"] = [
        {"label": label, "url": url} for label, url in lines.places(line, public_url)
    ]
    return found | ({"secret": made.secret} if made.secret else {})


def _told(made: NewLine, public_url: str) -> str:
    told = [f"Line {made.line.name!r} is there: {made.line.id}", "Set at the provider:"]
    told += [f"  {label}\n    {url}" for label, url in lines.places(made.line, public_url)]
    if made.secret:
        told.append(f"Its secret, shown this once: {made.secret}")
    return "\n".join(told)


def _connection(made: connections.ConnectionView) -> dict[str, Any]:
    names = (
        "id", "system", "name", "settings", "hidden", "abilities", "channels", "line_id", "state",
        "disabled_at",
    )  # fmt: skip
    return {name: getattr(made, name) for name in names}
