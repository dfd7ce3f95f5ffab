"""`hub rules`: what follows a missed call."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

import click

from hub.cli.frame import answer, as_json, house, pairs, workspace_id
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
@click.option(
    "--variable", "variables", multiple=True, metavar="NAME=TEXT", help="Of the template: 1='...'."
)
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
    variables: tuple[str, ...],
    quiet_hours: str | None,
    cap_hours: float | None,
    json_: bool,
) -> None:
    """Set the one rule and publish it; what is not given stays."""
    with house() as built:
        workspace = workspace_id(built)
        had = built.db.read_now(rules.get, workspace)
        given = _Given(
            text=text.read().strip() if text else None,
            subject=subject,
            template=template,
            variables=pairs(variables, "--variable"),
        )
        rule = _contents(had.body or had.draft, language, given)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What the options say of one language; None leaves it as it is."""

    text: str | None
    subject: str | None
    template: str | None
    variables: Mapping[str, str]


def _contents(rule: Rule, language: str, given: _Given) -> Rule:
    """The rule with what is given for one language.

    Our own texts of other languages go as soon as somebody gives a text: a caller must not get
    ours where they wrote theirs. What somebody wrote stays.
    """
    if given == _Given(text=None, subject=None, template=None, variables={}):
        return rule
    ours = core.default_rule().then.contents
    contents = dict(rule.then.contents)
    content = contents.get(language) or Content()
    if given.text is not None:
        content = replace(content, text=given.text)
        contents = {name: one for name, one in contents.items() if one != ours.get(name)}
    if given.subject is not None:
        content = replace(content, subject=given.subject)
    content = replace(content, template=_template(content.template, given))
    return replace(rule, then=replace(rule.then, contents={**contents, language: content}))


def _template(had: Template | None, given: _Given) -> Template | None:
    """The template: another one begins without variables, --template '' takes it away."""
    found = had if given.template is None else Template(sid=given.template)
    if found is None or not found.sid:
        if given.variables:
            raise BadSetting("--variable belongs to a template: name it with --template")
        return None
    return replace(found, variables={**found.variables, **given.variables})


def _channels(given: str) -> tuple[Channel, ...]:
    words = [word.strip().casefold() for word in given.split(",") if word.strip()]
    if not words or not set(words) <= set(Channel):
        raise BadSetting(f"--channels {given!r}: name some of {', '.join(Channel)}")
    return tuple(dict.fromkeys(map(Channel, words)))


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
