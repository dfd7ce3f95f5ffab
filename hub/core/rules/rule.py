"""A rule is data: its parts and their defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.contract.connectors import Template
from hub.contract.events import Channel, MissedReason
from hub.core import wording
from hub.core.hours import QuietHours

NIGHT = QuietHours(start=21 * 60, end=9 * 60)
"""No text before 9 nor after 21: inside the US hours of 8 to 21 (47 CFR 64.1200)."""


class Trigger(StrEnum):
    """What a rule waits for."""

    MISSED_CALL = "missed_call"  # a settled call that nobody took


class MessageClass(StrEnum):
    """What a message is for: it decides what the law asks of us (`docs/consent.md`)."""

    SERVICE = "service"  # an answer to this very call, without promotion: one per missed call
    MARKETING = "marketing"  # needs the caller's consent for the channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """If: the calls that the rule is about; empty means all."""

    reasons: frozenset[MissedReason] = frozenset()
    lines: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait: *seconds* after the call's end, and out of the recipient's quiet hours (or None)."""

    seconds: int = 60
    quiet: QuietHours | None = NIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Unless:
    """Unless: texted within *cap_hours* (0: no cap). The other exceptions always hold."""

    cap_hours: float = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is sent in one language, in Liquid; *template* is WhatsApp's, its values Liquid too.

    An empty *subject* gives the product's own, an empty *html* a mail of plain text.
    """

    text: str = ""
    subject: str = ""
    html: str = ""
    template: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """Then: the first of *channels* that can be used, in the language that fits best."""

    channels: tuple[Channel, ...] = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
    contents: Mapping[str, Content] = field(default_factory=dict)
    kind: MessageClass = MessageClass.SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When / if / wait / unless / then."""

    when: Trigger = Trigger.MISSED_CALL
    only: Only = Only()
    wait: Wait = Wait()
    unless: Unless = Unless()
    then: Then = Then()


def default_rule() -> Rule:
    """The rule of a new workspace: quiet from 21 to 9, our own texts, all channels."""
    contents = {
        language: Content(text=text, subject=wording.SUBJECTS[language])
        for language, text in wording.TEXTS.items()
    }
    return Rule(then=Then(contents=contents))
