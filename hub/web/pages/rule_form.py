"""A rule as a form: the fields of the page, read into what `hub.core.rules.from_dict` checks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.contract.errors import BadText
from hub.core import wording
from hub.core.rules import SCHEMA, Content, Rule
from hub.web.forms import Form

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A text as its reader would see it; *error* when it cannot be filled."""

    language: str
    text: str = ""
    parts: int = 0
    encoding: str = ""
    error: str = ""


def read(form: Form) -> dict[str, Any]:
    """The rule that the form says; unchecked."""
    first, last = form.text("quiet_from"), form.text("quiet_to")
    return {
        "schema": SCHEMA,
        "when": "missed_call",
        "if": {"reasons": form.texts("reasons"), "lines": form.texts("lines")},
        "wait": {
            "seconds": form.number("wait", 60, most=604_800),
            "quiet_hours": f"{first}-{last}" if first and last else "none",
        },
        "unless": {"texted_within_hours": form.number("cap", 24, most=8784)},
        "then": {
            "class": form.one_of("kind", ("service", "marketing"), "service"),
            "channels": list(dict.fromkeys(form.texts("channels"))),
            "contents": _contents(form),
        },
    }


def _contents(form: Form) -> dict[str, Any]:
    names = [*form.texts("languages"), form.text("add_language")]
    wanted = [name for name in names if _LANGUAGE.fullmatch(name)]
    found = {name: content for name in wanted if (content := _content(form, name))}
    added = form.text("add_language")
    if _LANGUAGE.fullmatch(added) and added not in found:
        found[added] = {"text": wording.TEXTS.get(added, wording.TEXTS["en"])}
    return found


def _content(form: Form, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: value for name in ("text", "subject") if (value := form.text(f"{name}-{language}"))
    }
    if html := form.text(f"html-{language}"):
        found["html"] = html
    if sid := form.text(f"sid-{language}"):
        pairs = (line.partition("=") for line in form.lines(f"variables-{language}"))
        variables = {name.strip(): value.strip() for name, _, value in pairs}
        found["template"] = {"sid": sid, "variables": variables}
    return found


def variables(content: Content) -> str:
    """The variables of a WhatsApp template, one `1={{ caller.first_name }}` per line."""
    if content.template is None:
        return ""
    return "\n".join(f"{name}={value}" for name, value in content.template.variables.items())


def quiet(rule: Rule) -> tuple[str, str]:
    """From and to of the quiet hours, as the form has them."""
    first, _, last = (str(rule.wait.quiet) if rule.wait.quiet else "").partition("-")
    return first, last


def previews(contents: Mapping[str, Content]) -> list[Preview]:
    """Each text, filled with invented facts."""
    return [preview(language, content.text) for language, content in contents.items()]


def preview(language: str, text: str) -> Preview:
    """One text, filled with invented facts, and what it costs as an SMS."""
    try:
        filled = wording.fill(text, wording.SAMPLE)
    except BadText as problem:
        return Preview(language=language, error=str(problem))
    size = wording.sms_parts(filled)
    return Preview(language=language, text=filled, parts=size.parts, encoding=size.encoding)
