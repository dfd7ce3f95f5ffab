"""The message itself: in which language, to which address, with which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from hub.contract.connectors import Template
from hub.contract.errors import BadText
from hub.contract.events import Channel
from hub.core import wording
from hub.core.hours import zone
from hub.core.rules.facts import Facts
from hub.core.rules.rule import Content, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message, ready to be sent: filled, in the chosen *language*.

    With *template* set, the vendor sends that; *text* is then what our own pages show.
    """

    channel: Channel
    recipient: str
    language: str
    text: str
    subject: str = ""
    html: str = ""
    template: Template | None = None
    free_text: bool = False


def address(facts: Facts, channel: Channel) -> str:
    """Where *channel* reaches the caller; empty when it does not."""
    if channel is not Channel.EMAIL:
        return facts.e164 or ""
    return next(iter(facts.person.emails), "") if facts.person else ""


def usable(facts: Facts, rule: Rule, channel: Channel) -> Mapping[str, Content]:
    """The contents that *channel* can carry now: WhatsApp outside its window, templates alone."""
    contents = rule.then.contents
    texts = {tag: content for tag, content in contents.items() if content.text.strip()}
    if channel is not Channel.WHATSAPP or (facts.whatsapp_window_open and texts):
        return texts
    return {tag: content for tag, content in contents.items() if content.template}


def draft(facts: Facts, rule: Rule, channel: Channel) -> Draft:
    """The message of *rule* for *channel*; raises BadText when there is none to be had."""
    contents = usable(facts, rule, channel)
    language = wording.choose_language(_wanted(facts), contents)
    content, names = contents[language], _names(facts, language)
    free = (
        channel is Channel.WHATSAPP and facts.whatsapp_window_open and bool(content.text.strip())
    )
    template = content.template if channel is Channel.WHATSAPP and not free else None
    return Draft(
        channel=channel,
        recipient=address(facts, channel),
        language=language,
        text=_body(content, names, channel, required=template is None),
        subject=_subject(content, names, language) if channel is Channel.EMAIL else "",
        html=wording.fill(content.html, names, html=True) if channel is Channel.EMAIL else "",
        template=_filled(template, names) if template else None,
        free_text=free,
    )


def _wanted(facts: Facts) -> list[str]:
    own = facts.person.language if facts.person else ""
    tags = (own, *wording.languages_of(facts.country), facts.language)
    return [tag for tag in tags if tag]


def _names(facts: Facts, language: str) -> Mapping[str, object]:
    """What fills the text: what the hub knows, and the time of the call in the text's language."""
    place = next((clock for name in facts.zones if (clock := zone(name))), UTC)
    return {
        **facts.names,
        **wording.call_names(facts.started_at, place, language, facts.country),
    }


def _body(
    content: Content, names: Mapping[str, object], channel: Channel, *, required: bool
) -> str:
    text = wording.fill(content.text, names)
    if required and not text:
        raise BadText("the filled text is empty: give it words outside of conditions")
    if channel is not Channel.EMAIL and len(text) > wording.SMS_MOST:
        raise BadText(f"the filled text is longer than {wording.SMS_MOST} characters: shorten it")
    return text


def _subject(content: Content, names: Mapping[str, object], language: str) -> str:
    bare = language.replace("_", "-").partition("-")[0].casefold()
    own = wording.SUBJECTS.get(bare, wording.SUBJECTS["en"])
    return _one_line(wording.fill(content.subject, names)) or own


def _filled(template: Template, names: Mapping[str, object]) -> Template:
    """A variable must have a value without line breaks: Meta refuses the message otherwise."""
    variables = {
        key: _one_line(wording.fill(text, names)) for key, text in template.variables.items()
    }
    if empty := [key for key, value in variables.items() if not value]:
        raise BadText(f"template variable {empty[0]} is empty: give it a default")
    return Template(sid=template.sid, variables=variables)


def _one_line(text: str) -> str:
    return " ".join(text.split())
