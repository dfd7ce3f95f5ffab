"""A rule as JSON, and back with all its checks: what a form or a script sends is not trusted."""

import re
from collections.abc import Callable
from typing import TypeVar

from hub.contract.connectors import Template
from hub.contract.errors import BadPayload, BadSetting, BadText
from hub.contract.events import Channel, MissedReason
from hub.contract.payload import Payload
from hub.core import wording
from hub.core.hours import QuietHours
from hub.core.rules.rule import Content, MessageClass, Only, Rule, Then, Trigger, Unless, Wait

SCHEMA = 1

_MOST_SECONDS = 7 * 24 * 3600
_MOST_HOURS = 366 * 24
_MOST_TEXT = 5000
_MOST_ITEMS = 100
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")

_TRIGGERS = {trigger.value: trigger for trigger in Trigger}
_REASONS = {reason.value: reason for reason in MissedReason}
_CHANNELS = {channel.value: channel for channel in Channel}
_CLASSES = {kind.value: kind for kind in MessageClass}
T = TypeVar("T")


def to_dict(rule: Rule) -> dict[str, object]:
    """Give *rule* as JSON-ready data, with its schema number."""
    return {
        "schema": SCHEMA,
        "when": rule.when.value,
        "if": {"reasons": sorted(rule.only.reasons), "lines": sorted(rule.only.lines)},
        "wait": {
            "seconds": rule.wait.seconds,
            "quiet_hours": str(rule.wait.quiet) if rule.wait.quiet else "none",
        },
        "unless": {"texted_within_hours": rule.unless.cap_hours},
        "then": {
            "class": rule.then.kind.value,
            "channels": [channel.value for channel in rule.then.channels],
            "contents": {
                language: _plain(content) for language, content in rule.then.contents.items()
            },
        },
    }


def from_dict(data: object) -> Rule:
    """Read what `to_dict` wrote or a person typed; a part that is left out has its default.

    Raises BadSetting with the path of what is wrong and the cure, BadText for a broken text.
    """
    try:
        return _rule(Payload(data))
    except BadPayload as error:
        raise BadSetting(str(error)) from error


def _plain(content: Content) -> dict[str, object]:
    plain: dict[str, object] = {
        name: value for name in ("text", "subject", "html") if (value := getattr(content, name))
    }
    if content.template:
        plain["template"] = {
            "sid": content.template.sid,
            "variables": dict(content.template.variables),
        }
    return plain


def _rule(data: Payload) -> Rule:
    data.only("schema", "when", "if", "wait", "unless", "then")
    schema = data["schema"]
    if schema.number() != SCHEMA:
        raise BadPayload(f"should be {SCHEMA}; upgrade the hub to read others", path=schema.path)
    return Rule(
        when=data["when"].word(_TRIGGERS),
        only=_read(data, "if", _only, Only()),
        wait=_read(data, "wait", _wait, Wait()),
        unless=_read(data, "unless", _unless, Unless()),
        then=_then(data["then"]),
    )


def _only(data: Payload) -> Only:
    data.only("reasons", "lines")
    return Only(
        reasons=frozenset(item.word(_REASONS) for item in _items(data.get("reasons"))),
        lines=frozenset(item.token() for item in _items(data.get("lines"))),
    )


def _wait(data: Payload) -> Wait:
    data.only("seconds", "quiet_hours")
    return Wait(
        seconds=_read(data, "seconds", _seconds, Wait().seconds),
        quiet=_read(data, "quiet_hours", _quiet, Wait().quiet),
    )


def _seconds(data: Payload) -> int:
    seconds = data.number(most=_MOST_SECONDS)
    if not seconds.is_integer():
        raise BadPayload("should be whole seconds", path=data.path)
    return int(seconds)


def _quiet(data: Payload) -> QuietHours | None:
    try:
        return QuietHours.parse(data.text())
    except BadSetting as error:
        raise BadPayload(str(error), path=data.path) from error


def _unless(data: Payload) -> Unless:
    data.only("texted_within_hours")
    return Unless(cap_hours=_read(data, "texted_within_hours", _hours, Unless().cap_hours))


def _hours(data: Payload) -> float:
    return data.number(most=_MOST_HOURS)


def _then(data: Payload) -> Then:
    data.only("class", "channels", "contents")
    channels = tuple(item.word(_CHANNELS) for item in _items(data["channels"]))
    if not channels or len(set(channels)) < len(channels):
        raise BadPayload("should name each channel to try once, best first", path="then.channels")
    contents = {name: _content(data["contents"], name) for name in data["contents"].names()}
    if not 0 < len(contents) <= _MOST_ITEMS:
        raise BadPayload("should have a text in a language, as in en", path="then.contents")
    return Then(
        channels=channels,
        contents=contents,
        kind=_read(data, "class", _kind, MessageClass.SERVICE),
    )


def _kind(data: Payload) -> MessageClass:
    return data.word(_CLASSES)


def _content(contents: Payload, language: str) -> Content:
    if not _LANGUAGE.fullmatch(language):
        raise BadPayload(f"{language!r} is no language; write en or pt-BR", path=contents.path)
    data = contents[language]
    data.only("text", "subject", "html", "template")
    content = Content(
        text=_text(data.get("text")),
        subject=_text(data.get("subject")),
        html=_text(data.get("html"), html=True),
        template=_read(data, "template", _template, None),
    )
    if not content.text.strip() and not content.template:
        raise BadPayload("should have a text or a template", path=data.path)
    return content


def _template(data: Payload) -> Template:
    data.only("sid", "variables")
    variables = data.get("variables")
    names = variables.names() if variables else []
    if len(names) > _MOST_ITEMS:
        raise BadPayload(f"holds more than {_MOST_ITEMS} variables", path=data.path)
    return Template(
        sid=data["sid"].token(),
        variables={name: _text(variables[name]) for name in names} if variables else {},
    )


def _text(data: Payload | None, *, html: bool = False) -> str:
    """A text in Liquid, tried; raises BadText with its path."""
    if data is None:
        return ""
    text = data.text(most=_MOST_TEXT)
    try:
        wording.check(text, html=html)
    except BadText as error:
        raise BadText(f"{data.path}: {error}") from error
    return text


def _items(data: Payload | None) -> list[Payload]:
    items = list(data) if data else []
    if data and len(items) > _MOST_ITEMS:
        raise BadPayload(f"holds more than {_MOST_ITEMS} items", path=data.path)
    return items


def _read(data: Payload, key: str, read: Callable[[Payload], T], default: T) -> T:
    found = data.get(key)
    return default if found is None else read(found)
