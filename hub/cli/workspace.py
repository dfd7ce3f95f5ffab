"""`hub workspace`: what holds for all lines and people."""

from dataclasses import asdict
from typing import Any

import click

from hub.cli.frame import answer, as_json, house, workspace_id
from hub.cli.people import ACTOR
from hub.desk import audit, premises
from hub.desk.premises import PremisesDraft, PremisesView
from hub.house import House


@click.group("workspace")
def workspace_() -> None:
    """What holds for all lines and people: name, region, blocked callers ..."""


@workspace_.command("set")
@click.option("--name", help="Of your company, as callers read it.")
@click.option("--region", help="Where national numbers belong: US, GB, IT ...")
@click.option("--language", help="Of what callers hear and read: en, it ...")
@click.option("--time-zone", help="As in Europe/Rome.")
@click.option("--block", multiple=True, metavar="NUMBER", help="Take no calls of this number.")
@click.option("--unblock", multiple=True, metavar="NUMBER", help="Take them again.")
@click.option(
    "--settle-seconds", type=float, help="How long a call must have ended to be settled."
)
@as_json
def set_(
    *,
    name: str | None,
    region: str | None,
    language: str | None,
    time_zone: str | None,
    block: tuple[str, ...],
    unblock: tuple[str, ...],
    settle_seconds: float | None,
    json_: bool,
) -> None:
    """Change the workspace: only what is given."""
    draft = PremisesDraft(
        name=name,
        region=region,
        language=language,
        time_zone=time_zone,
        settle_seconds=settle_seconds,
        block=block,
        unblock=unblock,
    )
    with house() as built:
        workspace = workspace_id(built)
        made = built.db.write_now(premises.change, workspace, draft)
        built.db.write_now(audit.record, workspace, ACTOR, "workspace.change", made.name)
        shown = _shown(made, built)
    answer(shown, json_=json_, text=_told(shown))


@workspace_.command("show")
@as_json
def show(*, json_: bool) -> None:
    """Show the workspace."""
    with house() as built:
        shown = _shown(built.db.read_now(premises.one, workspace_id(built)), built)
    answer(shown, json_=json_, text=_told(shown))


def _shown(found: PremisesView, built: House) -> dict[str, Any]:
    """The workspace with what holds where it says nothing."""
    shown = asdict(found)
    if found.settle_seconds is None:
        shown["settle_seconds"] = built.settings.settle_seconds
    return shown


def _told(shown: dict[str, Any]) -> str:
    words = {**shown, "blocked": ", ".join(shown["blocked"]) or "nobody"}
    return "\n".join(f"{name.replace('_', ' '):15} {value}" for name, value in words.items())
