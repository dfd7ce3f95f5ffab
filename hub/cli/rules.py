"""`hub rules`: what follows a missed call."""

from dataclasses import replace
from typing import IO, Any

import click

from hub.cli.frame import answer, as_json, house, workspace_id
from hub.cli.people import ACTOR
from hub.contract.connectors import Template
from hub.contract.errors import BadSetting
from hub.contract.events import Channel
from hub.core import rules as core
from hub.core.hours import QuietHours
from hub.core.rules import Content, Rule
from hub.desk import rules
from hub.desk.rules import RuleView


@click.group("rules")
def rules_() -> None:
    """What follows a missed call."""


@rules_.command("set")
@click.option("--wait-seconds", type=click.IntRange(0), help="After the call's end.")
@click.option("--channels", help="In the order in which they are tried: whatsapp,sms,email.")
@click.option("--text", type=click.File("r", encoding="utf-8"), help="What is sent; - reads it.")
@click.option("--language", default="en", show_default=True, help="Of the text.")
@click.option("--subject", help="Of an e-mail.")
@click.option("--template", help="The approved WhatsApp template (ContentSid).")
@click.option("--quiet-hours", help="Of the recipient, as in 21:00-09:00, or none.")
@click.option("--cap-hours", type=click.FloatRange(0), help="At most one text in this time.")
@as_json
def set_(
    *,
    wait_seconds: int | None,
    channels: str | None,
    text: IO[str] | None,
    language: str,
    subject: str | None,
    template: str | None,
    quiet_hours: str | None,
    cap_hours: float | None,
    json_: bool,
) -> None:
    """Set the one rule and publish it; what is not given stays."""
    with house() as built:
        workspace = workspace_id(built)
        had = built.db.read_now(rules.get, workspace)
        rule = _contents(had, text, language, subject=subject, template=template)
        if channels is not None:
            rule = replace(rule, then=replace(rule.then, channels=_channels(channels)))
        if wait_seconds is not None:
            rule = replace(rule, wait=replace(rule.wait, seconds=wait_seconds))
        if quiet_hours is not None:
            quiet = QuietHours.parse(quiet_hours)
            rule = replace(rule, wait=replace(rule.wait, quiet=quiet))
        if cap_hours is not None:
            rule = replace(rule, unless=replace(rule.unless, cap_hours=cap_hours))
        made = built.db.write_now(rules.set_, workspace, rule, ACTOR)
    answer(_shown(made), json_=json_, text=f"Version {made.published} of the rule is published.")


@rules_.command("show")
@as_json
def show(*, json_: bool) -> None:
    """Show the rule that runs, or that would."""
    import json

    with house() as built:
        found = built.db.read_now(rules.get, workspace_id(built))
    state = f"version {found.published}" if found.published else "not published: nothing is sent"
    plain = json.dumps(_body(found), indent=2, ensure_ascii=False)
    answer(_shown(found), json_=json_, text=f"{found.name}, {state}\n{plain}")


@rules_.command("off")
def off() -> None:
    """Send nothing after missed calls."""
    with house() as built:
        built.db.write_now(rules.switch, workspace_id(built), on=False, by=ACTOR)
    click.echo("Nothing is sent after missed calls; hub rules set starts it again.")


def _contents(
    had: RuleView,
    text: IO[str] | None,
    language: str,
    *,
    subject: str | None,
    template: str | None,
) -> Rule:
    """The rule with the text of one language; our own texts go with the first one given."""
    rule = had.body or had.draft
    if text is None and subject is None and template is None:
        return rule
    own = rule.then.contents if had.published else {}
    content = own.get(language) or rule.then.contents.get(language) or Content()
    if text is not None:
        content = replace(content, text=text.read().strip())
    if subject is not None:
        content = replace(content, subject=subject)
    if template is not None:
        content = replace(content, template=Template(sid=template) if template else None)
    kept = own if text is not None else rule.then.contents
    return replace(rule, then=replace(rule.then, contents={**kept, language: content}))


def _channels(given: str) -> tuple[Channel, ...]:
    words = [word.strip().casefold() for word in given.split(",") if word.strip()]
    try:
        return tuple(dict.fromkeys(Channel(word) for word in words))
    except ValueError:
        known = ", ".join(Channel)
        raise BadSetting(f"--channels {given!r}: name some of {known}") from None


def _body(found: RuleView) -> dict[str, Any]:
    return core.to_dict(found.body or found.draft)


def _shown(found: RuleView) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "version": found.published,
        "enabled": found.enabled and found.published is not None,
        "rule": _body(found),
    }
