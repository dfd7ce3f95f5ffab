"""The ordered tables of conditions: docs, console and trace share them.

A call is followed up when all of CONDITIONS hold and, for at least one of the rule's channels in
their order, all of CHANNEL_CONDITIONS. A key names the failure, a sentence what must hold; the
sentences are constants, since the console translates them. What varies is a finding's detail.

More knowledge only ever forbids: no condition here is satisfied by a caller having been reached,
having written or having said stop. So a fact that comes late can stop a message, never start one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.contract.errors import BadText
from hub.contract.events import Channel, Direction, Outcome
from hub.contract.phone import CallerKind, LineType
from hub.core.hours import NEVER, quiet_until
from hub.core.rules.drafting import address, draft, usable
from hub.core.rules.facts import Facts
from hub.core.rules.rule import MessageClass, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a condition does not hold; *until* is set when it is only too early."""

    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """*sentence* says what must hold; *check* gives None when it does."""

    key: str
    sentence: str
    check: Callable[[Facts, Rule, datetime], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCondition:
    """*sentence* says what must hold for one of *channels* to be used."""

    key: str
    sentence: str
    check: Callable[[Facts, Rule, Channel], Finding | None]
    channels: frozenset[Channel] = frozenset(Channel)


def _missed(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    if facts.direction is Direction.INBOUND and facts.outcome is Outcome.MISSED:
        return None
    return Finding(detail=f"{facts.direction} {facts.outcome or ''}".strip())


def _reason(facts: Facts, rule: Rule, _at: datetime) -> Finding | None:
    wanted = rule.only.reasons
    if not wanted or facts.missed_reason in wanted:
        return None
    return Finding(detail=facts.missed_reason or "")


def _line(facts: Facts, rule: Rule, _at: datetime) -> Finding | None:
    wanted = rule.only.lines
    return None if not wanted or facts.line_id in wanted else Finding(detail=facts.line_id)


def _withheld(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return Finding() if facts.kind is CallerKind.WITHHELD else None


def _internal(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return Finding(detail=facts.e164 or "") if facts.internal else None


def _number(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return None if facts.e164 else Finding(detail=facts.kind)


def _opted_out(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return Finding(detail=", ".join(sorted(facts.opted_out))) if facts.opted_out else None


def _reached(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return _since(facts, facts.reached_at)


def _called_again(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    again = facts.called_again_at
    return Finding(detail=_iso(again)) if again and again > facts.started_at else None


def _wrote(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return _since(facts, facts.wrote_at)


def _handled(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    found = _since(facts, facts.handled_at)
    return Finding(detail=f"{facts.handled_by} {found.detail}".strip()) if found else None


def _followed_up(facts: Facts, _rule: Rule, _at: datetime) -> Finding | None:
    return Finding(detail=_iso(facts.followed_up_at)) if facts.followed_up_at else None


def _capped(facts: Facts, rule: Rule, at: datetime) -> Finding | None:
    last, cap = facts.last_texted_at, timedelta(hours=rule.unless.cap_hours)
    return Finding(detail=_iso(last)) if last and cap and at - last < cap else None


def _waited(facts: Facts, rule: Rule, at: datetime) -> Finding | None:
    due = (facts.ended_at or facts.started_at) + timedelta(seconds=rule.wait.seconds)
    return Finding(detail=_iso(due), until=due) if due > at else None


def _quiet(facts: Facts, rule: Rule, at: datetime) -> Finding | None:
    until = quiet_until(rule.wait.quiet, facts.zones, at)
    if until is None:
        return None
    if until == NEVER:
        return Finding(detail=", ".join(facts.zones))
    return Finding(detail=_iso(until), until=until)


CONDITIONS = (
    Condition(
        key="not_missed",
        sentence="It is an inbound call that was missed",
        check=_missed,
    ),
    Condition(
        key="other_reason",
        sentence="It was missed for a reason that the rule is about",
        check=_reason,
    ),
    Condition(
        key="other_line",
        sentence="It came in on a line that the rule is about",
        check=_line,
    ),
    Condition(
        key="withheld",
        sentence="The caller did not withhold the number",
        check=_withheld,
    ),
    Condition(
        key="internal",
        sentence="The caller is none of our own people",
        check=_internal,
    ),
    Condition(
        key="no_number",
        sentence="The caller has a phone number that can be written to",
        check=_number,
    ),
    Condition(
        key="opted_out",
        sentence="The caller has not asked us to stop, on any channel",
        check=_opted_out,
    ),
    Condition(
        key="reached",
        sentence="Nobody has talked with the caller since",
        check=_reached,
    ),
    Condition(
        key="called_again",
        sentence="It is the caller's newest missed call",
        check=_called_again,
    ),
    Condition(
        key="wrote",
        sentence="The caller has not written to us since",
        check=_wrote,
    ),
    Condition(
        key="handled",
        sentence="Nobody has marked the call as handled",
        check=_handled,
    ),
    Condition(
        key="followed_up",
        sentence="This call has had no follow-up yet",
        check=_followed_up,
    ),
    Condition(
        key="capped",
        sentence="The caller was not sent a follow-up within the hours of the cap",
        check=_capped,
    ),
    Condition(
        key="waiting",
        sentence="The waiting time after the call is over",
        check=_waited,
    ),
    Condition(
        key="quiet_hours",
        sentence="It is outside the quiet hours wherever the caller may be",
        check=_quiet,
    ),
)
"""In this order; the first that does not hold is the reason."""


def _connected(facts: Facts, _rule: Rule, channel: Channel) -> Finding | None:
    return None if channel in facts.channels else Finding()


def _address(facts: Facts, _rule: Rule, channel: Channel) -> Finding | None:
    return None if address(facts, channel) else Finding()


_WITHOUT_SMS = (LineType.LANDLINE, LineType.TOLL_FREE, LineType.PREMIUM)


def _landline(facts: Facts, _rule: Rule, _channel: Channel) -> Finding | None:
    return Finding(detail=facts.line_type) if facts.line_type in _WITHOUT_SMS else None


def _consent(facts: Facts, rule: Rule, channel: Channel) -> Finding | None:
    needed = rule.then.kind is MessageClass.MARKETING
    return Finding() if needed and channel not in facts.consented else None


def _template(facts: Facts, rule: Rule, channel: Channel) -> Finding | None:
    return None if facts.whatsapp_window_open or usable(facts, rule, channel) else Finding()


def _text(facts: Facts, rule: Rule, channel: Channel) -> Finding | None:
    try:
        draft(facts, rule, channel)
    except BadText as error:
        return Finding(detail=str(error))
    return None


CHANNEL_CONDITIONS = (
    ChannelCondition(
        key="not_connected",
        sentence="A working connection can send on this channel",
        check=_connected,
    ),
    ChannelCondition(
        key="no_address",
        sentence="The caller has an address on this channel",
        check=_address,
    ),
    ChannelCondition(
        key="landline",
        sentence="The number is no landline, toll-free or premium number",
        check=_landline,
        channels=frozenset({Channel.SMS}),
    ),
    ChannelCondition(
        key="no_consent",
        sentence="It is a service message, or the caller agreed to marketing on this channel",
        check=_consent,
    ),
    ChannelCondition(
        key="no_template",
        sentence="The 24-hour window is open, or there is an approved template",
        check=_template,
        channels=frozenset({Channel.WHATSAPP}),
    ),
    ChannelCondition(
        key="bad_text",
        sentence="The text can be filled",
        check=_text,
    ),
)
"""Asked of each channel in the rule's order; the first channel for which all hold is taken."""

NO_CHANNEL = "no_channel"
"""The reason when no channel is left."""
NO_CHANNEL_SENTENCE = "One of the channels of the rule can be used"


def _since(facts: Facts, moment: datetime | None) -> Finding | None:
    return Finding(detail=_iso(moment)) if moment and moment >= facts.started_at else None


def _iso(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
