"""`hub simulate`: tells a call story to the running hub, signed with the line's own secret."""

import asyncio

import click

from hub import lines as facts
from hub import registry
from hub.cli.frame import answer, as_json, house, workspace_id
from hub.contract.errors import BadSetting
from hub.contract.events import MissedReason
from hub.contract.scenarios import STORIES
from hub.core import hours
from hub.desk import lines
from hub.desk.lines import LineView
from hub.house import House
from hub.lines import LineFacts
from hub.models import Line, now
from hub.simulate import cast_for, simulate, stories

CALLED = "+12025550100"
"""What is called where a line has no number of its own; kept free for fiction."""


@click.command("simulate")
@click.argument("scenario", required=False)
@click.option("--list", "list_", is_flag=True, help="List the stories.")
@click.option("--line", "line_id", default="", help="The line that is called; else the first.")
@click.option("--speed", default=1.0, type=click.FloatRange(0), help="2: twice as fast as life.")
@click.option("--caller", default="", help="Who calls, as in +12025550143.")
@click.option("--dialect", default="", help="Another way to say it, if the provider knows one.")
@click.option("--to", "base_url", default="", help="Where the hub is; else HUB_PUBLIC_URL.")
@as_json
def simulate_(
    scenario: str | None,
    *,
    list_: bool,
    line_id: str,
    speed: float,
    caller: str,
    dialect: str,
    base_url: str,
    json_: bool,
) -> None:
    """Tell a call story to the running hub, as the line's provider would."""
    if list_ or not scenario:
        if not list_:
            raise click.UsageError("name a story, or --list")
        _list(json_=json_)
        return
    with house() as built:
        line, public_url = _line(built, line_id), built.settings.public_url
    _check_hours(line, scenario)
    cast = cast_for(
        webhook_url=f"{public_url}/hooks/{line.provider}/{line.key}",
        secret=line.secrets.current,
        called=line.number or CALLED,
        agents=[(one.id, one.number) for one in line.on_duty() if one.number],
        caller=caller,
        settings=line.secrets.settings,
    )
    done = asyncio.run(
        simulate(
            registry.webhook(line.provider),
            scenario,
            cast=cast,
            base_url=base_url or public_url,
            speed=speed,
            dialect=dialect,
            report=lambda text: click.echo(text, err=json_),
        )
    )
    found = {"scenario": scenario, "line_id": line.id, "caller": cast.caller, "ok": done.ok}
    answer(found, json_=json_, text="The hub took it all." if done.ok else "The hub refused some.")
    if not done.ok:
        raise click.exceptions.Exit(1)


def _check_hours(line: LineFacts, scenario: str) -> None:
    """Raise BadSetting where the story needs a closed door and finds an open one."""
    story = STORIES.get(scenario)
    if story is None or story.missed_reason is not MissedReason.CLOSED:
        return
    calendar = hours.from_dict(line.calendar) if line.calendar else None
    if hours.is_open(calendar, now()):
        when = "open now" if calendar else "always open"
        raise BadSetting(
            f"the line {line.name!r} is {when}: give it opening hours, "
            "or name one that is closed now with --line"
        )


def _list(*, json_: bool) -> None:
    told = {
        story.name: story.title
        for module in registry.webhooks().values()
        for story in stories(module)
    }
    items = [{"name": name, "title": title} for name, title in told.items()]
    text = "\n".join(f"{name:20} {title}" for name, title in told.items())
    answer({"items": items}, json_=json_, text=text)


def _line(built: House, line_id: str) -> LineFacts:
    """The wanted line, else the oldest; raises BadSetting, NotFound."""
    workspace = workspace_id(built)
    chosen = line_id or _oldest(built.db.read_now(lines.lines, built.safe, workspace)).id
    found = built.db.read_now(facts.load, built.safe, Line.id == chosen)
    if found is None:
        raise BadSetting(f"there is no line {chosen!r} that is switched on: see hub line list")
    return found


def _oldest(found: list[LineView]) -> LineView:
    if not found:
        raise BadSetting("there is no line yet: add one with hub line add")
    return min(found, key=lambda line: line.id)
