"""`hub site`."""

from dataclasses import asdict
from pathlib import Path

import click

from hub.cli.frame import answer, as_json, house, json_file, workspace_id
from hub.cli.lines import FILE
from hub.cli.people import ACTOR
from hub.desk import audit, sites


@click.group("site")
def site_() -> None:
    """Places of the company, whose lines share a region and opening hours."""


@site_.command("add")
@click.argument("name")
@click.option("--region", default="US", help="Where national numbers belong: US, GB, IT ...")
@click.option("--calendar", type=FILE, help="Opening hours, as JSON.")
@as_json
def add(name: str, *, region: str, calendar: Path | None, json_: bool) -> None:
    """Add a place."""
    with house() as built:
        workspace = workspace_id(built)
        made = built.db.write_now(sites.add, workspace, name, region, json_file(calendar))
        built.db.write_now(audit.record, workspace, ACTOR, "site.add", made.name)
    answer(asdict(made), json_=json_, text=f"{made.name} is there: hub line add ... --site")


@site_.command("list")
@as_json
def list_(*, json_: bool) -> None:
    """List the places."""
    with house() as built:
        found = built.db.read_now(sites.sites, workspace_id(built))
    items = [asdict(one) for one in found]
    text = "\n".join(f"{one.region}  {one.name}" for one in found)
    answer({"items": items}, json_=json_, text=text)
