"""Every condition of a follow-up: what it forbids, and how it explains itself."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.contract.connectors import Template
from hub.contract.events import Channel, Direction, MissedReason, Outcome
from hub.contract.phone import CallerKind
from hub.core import wording
from hub.core.rules import (
    CHANNEL_CONDITIONS,
    CONDITIONS,
    NO_CHANNEL,
    NO_CHANNEL_SENTENCE,
    Content,
    Decision,
    Facts,
    LineType,
    MessageClass,
    Only,
    Person,
    Rule,
    Then,
    Unless,
    Verdict,
    Wait,
    as_of,
    decide,
    default_rule,
    from_dict,
    to_dict,
)

DOCS = Path(__file__).parents[3] / "docs"
CALLED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # ten in the morning in New York
ENDED = CALLED + timedelta(seconds=25)
NOW = ENDED + timedelta(seconds=60)
SMS, WHATSAPP, EMAIL = Channel.SMS, Channel.WHATSAPP, Channel.EMAIL
TEMPLATE = Template(sid="HX1", variables={"1": "{{ workspace.name }}", "2": "{{ call.time }}"})

RULE = Rule(
    then=Then(
        contents={
            "en": Content(text="Sorry, {{ caller.name | default: 'caller' }}.", template=TEMPLATE),
            "it": Content(text="Ci scusi.", subject="Chiamata", html="<p>{{ caller.name }}</p>"),
        }
    )
)
FACTS = Facts(
    direction=Direction.INBOUND,
    outcome=Outcome.MISSED,
    missed_reason=MissedReason.NO_ANSWER,
    line_id="7",
    started_at=CALLED,
    ended_at=ENDED,
    kind=CallerKind.NUMBER,
    e164="+12025550143",
    line_type=LineType.MOBILE,
    country="US",
    zones=("America/New_York",),
    person=Person(name="Emma <Taylor>", emails=("emma@example.com",)),
    channels=frozenset(Channel),
    names={"workspace.name": "Example", "caller.name": "Emma <Taylor>"},
)


def but(**changes: Any) -> Facts:
    return dataclasses.replace(FACTS, **changes)


def ruled(**parts: Any) -> Rule:
    return dataclasses.replace(RULE, **parts)


def then(**parts: Any) -> Rule:
    return ruled(then=dataclasses.replace(RULE.then, **parts))


def failed(decision: Decision) -> list[str]:
    return [step.key for step in decision.trace if step.passed is False]


def test_a_missed_call_is_answered_by_the_first_channel() -> None:
    decision = decide(FACTS, RULE, NOW)

    assert decision.verdict is Verdict.SEND
    assert decision.draft is not None
    assert decision.draft.channel is WHATSAPP
    assert decision.draft.recipient == "+12025550143"
    assert decision.draft.template == Template(
        sid="HX1", variables={"1": "Example", "2": "10:00 AM"}
    )
    assert all(step.passed for step in decision.trace)
    assert decision.reason == ""


AFTER = CALLED + timedelta(seconds=30)
STOPPED: dict[str, Facts] = {
    "not_missed": but(outcome=Outcome.ANSWERED),
    "other_reason": but(missed_reason=MissedReason.SHORT_ABANDON),
    "other_line": but(line_id="8"),
    "withheld": but(kind=CallerKind.WITHHELD, e164=None),
    "internal": but(internal=True),
    "no_number": but(kind=CallerKind.SIP, e164=None),
    "opted_out": but(opted_out=frozenset({EMAIL})),
    "reached": but(reached_at=AFTER),
    "called_again": but(called_again_at=AFTER),
    "wrote": but(wrote_at=AFTER),
    "handled": but(handled_at=AFTER, handled_by="Liam"),
    "followed_up": but(followed_up_at=AFTER),
    "capped": but(last_texted_at=NOW - timedelta(hours=23)),
    "no_channel": but(channels=frozenset()),
}


@pytest.mark.parametrize("key", STOPPED)
def test_the_first_condition_that_fails_is_the_reason(key: str) -> None:
    only = Only(reasons=frozenset({MissedReason.NO_ANSWER}), lines=frozenset({"7"}))
    decision = decide(STOPPED[key], ruled(only=only), NOW)

    assert decision.verdict is Verdict.SUPPRESS
    assert decision.reason == key
    assert decision.draft is None
    assert failed(decision)[-1] == key


def test_every_condition_has_a_case_here() -> None:
    waits = {"waiting", "quiet_hours"}

    assert {condition.key for condition in CONDITIONS} == STOPPED.keys() - {NO_CHANNEL} | waits


@pytest.mark.parametrize("direction", [Direction.OUTBOUND, Direction.INTERNAL])
def test_only_inbound_calls_are_followed_up(direction: Direction) -> None:
    assert decide(but(direction=direction), RULE, NOW).reason == "not_missed"


@pytest.mark.parametrize("name", ["reached_at", "called_again_at", "wrote_at", "handled_at"])
def test_what_happened_before_the_call_does_not_stop_its_follow_up(name: str) -> None:
    earlier = but(**{name: CALLED - timedelta(minutes=1)})

    assert decide(earlier, RULE, NOW).verdict is Verdict.SEND


def test_the_conditions_after_the_failed_one_were_not_looked_at() -> None:
    decision = decide(but(internal=True), RULE, NOW)
    passed = [step.passed for step in decision.trace]
    at = passed.index(False)

    assert passed == [True] * at + [False] + [None] * (len(CONDITIONS) - at - 1)


def test_a_rule_waits_after_the_end_of_the_call() -> None:
    decision = decide(FACTS, RULE, NOW - timedelta(seconds=1))

    assert decision.verdict is Verdict.WAIT
    assert decision.until == NOW
    assert decision.reason == "waiting"


def test_a_rule_may_wait_not_at_all() -> None:
    eager = ruled(wait=Wait(seconds=0), unless=Unless(cap_hours=0))

    assert decide(but(last_texted_at=ENDED), eager, ENDED).verdict is Verdict.SEND


def test_a_caller_that_is_known_to_be_reached_is_not_waited_for() -> None:
    decision = decide(but(reached_at=ENDED), RULE, ENDED)

    assert decision.verdict is Verdict.SUPPRESS


def test_in_quiet_hours_it_waits_and_then_looks_again() -> None:
    night = datetime(2026, 11, 23, 23, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    facts = but(started_at=night, ended_at=night)
    first = decide(facts, RULE, night + timedelta(seconds=60))
    assert first.until is not None

    assert first.verdict is Verdict.WAIT
    assert first.until == datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert decide(facts, RULE, first.until).verdict is Verdict.SEND
    replied = dataclasses.replace(facts, wrote_at=night + timedelta(hours=1))
    assert decide(replied, RULE, first.until).reason == "wrote"


def test_where_it_is_always_quiet_somewhere_nothing_is_sent() -> None:
    around = ("Asia/Tokyo", "Europe/London", "America/Los_Angeles")
    decision = decide(but(zones=around), RULE, NOW)

    assert decision.verdict is Verdict.SUPPRESS
    assert decision.reason == "quiet_hours"


CHANNEL_CASES: list[tuple[str, Facts, Rule, Channel]] = [
    ("not_connected", but(channels=frozenset({SMS})), RULE, SMS),
    ("no_address", but(person=Person(name="E")), then(channels=(EMAIL, SMS)), SMS),
    ("landline", but(line_type=LineType.LANDLINE), then(channels=(SMS, EMAIL)), EMAIL),
    (
        "no_consent",
        but(consented=frozenset({SMS})),
        then(kind=MessageClass.MARKETING),
        SMS,
    ),
    ("no_template", FACTS, then(contents={"en": Content(text="Hello.")}), SMS),
    (
        "bad_text",
        FACTS,
        then(
            channels=(SMS, WHATSAPP),
            contents={"en": Content(text="{{ agent.name }}", template=TEMPLATE)},
        ),
        WHATSAPP,
    ),
]


@pytest.mark.parametrize(("key", "facts", "rule", "channel"), CHANNEL_CASES)
def test_a_channel_that_cannot_be_used_gives_way_to_the_next(
    key: str, facts: Facts, rule: Rule, channel: Channel
) -> None:
    decision = decide(facts, rule, NOW)

    assert decision.draft is not None
    assert decision.draft.channel is channel
    assert failed(decision) == [key]


def test_every_channel_condition_has_a_case_here() -> None:
    assert [case[0] for case in CHANNEL_CASES] == [found.key for found in CHANNEL_CONDITIONS]


@pytest.mark.parametrize("kind", [LineType.LANDLINE, LineType.TOLL_FREE, LineType.PREMIUM])
def test_a_landline_gets_no_sms(kind: LineType) -> None:
    decision = decide(but(line_type=kind), then(channels=(SMS,)), NOW)

    assert decision.reason == NO_CHANNEL
    assert failed(decision) == ["landline", NO_CHANNEL]


def test_inside_the_window_whatsapp_speaks_freely() -> None:
    message = decide(but(whatsapp_window_open=True), RULE, NOW).draft
    assert message is not None

    assert message.free_text
    assert message.template is None
    assert message.text == "Sorry, Emma <Taylor>."


def test_outside_the_window_the_language_is_one_that_has_a_template() -> None:
    message = decide(but(country="IT", zones=("America/New_York",)), RULE, NOW).draft
    assert message is not None

    assert (message.channel, message.language, message.free_text) == (WHATSAPP, "en", False)


@pytest.mark.parametrize(
    ("own", "country", "line", "language"),
    [
        ("it", "US", "en", "it"),
        ("", "IT", "en", "it"),
        ("de", "CH", "it", "it"),
        ("", "", "it", "it"),
        ("", "", "", "en"),
    ],
)
def test_the_caller_is_written_to_in_the_language_that_fits(
    own: str, country: str, line: str, language: str
) -> None:
    facts = but(person=Person(name="E", language=own), country=country, language=line)
    message = decide(facts, then(channels=(SMS,)), NOW).draft
    assert message is not None

    assert message.language == language


def test_a_mail_has_a_subject_and_escaped_html() -> None:
    facts = but(language="it", country="")
    message = decide(facts, then(channels=(EMAIL,)), NOW).draft
    assert message is not None

    assert message.recipient == "emma@example.com"
    assert message.subject == "Chiamata"
    assert message.html == "<p>Emma &lt;Taylor&gt;</p>"


def test_a_mail_without_a_subject_of_its_own_gets_ours() -> None:
    message = decide(FACTS, then(channels=(EMAIL,)), NOW).draft
    assert message is not None

    assert message.subject == wording.SUBJECTS["en"]
    assert message.html == ""


def test_a_template_variable_is_never_empty_and_stays_on_one_line() -> None:
    lines = Template(sid="HX2", variables={"1": "{{ workspace.name }}\n and  more"})
    empty = Template(sid="HX3", variables={"1": "{{ agent.name }}"})

    fine = decide(FACTS, then(contents={"en": Content(template=lines)}), NOW).draft
    assert fine is not None
    assert fine.template is not None
    assert fine.template.variables == {"1": "Example and more"}
    decision = decide(FACTS, then(contents={"en": Content(template=empty)}), NOW)
    assert failed(decision)[0] == "bad_text"


def test_a_text_that_grows_too_long_is_not_sent_as_sms() -> None:
    facts = but(names={"caller.name": "a" * 1601})
    message = decide(facts, then(channels=(SMS, EMAIL)), NOW).draft
    assert message is not None

    assert message.channel is EMAIL


def test_the_past_is_judged_by_what_was_known_then() -> None:
    called_back = but(reached_at=NOW + timedelta(minutes=2))

    assert decide(called_back, RULE, NOW).reason == "reached"
    assert decide(as_of(called_back, NOW), RULE, NOW).verdict is Verdict.SEND


def test_the_rule_of_a_new_workspace_is_sound_and_quiet_at_night() -> None:
    rule = default_rule()

    assert from_dict(to_dict(rule)) == rule
    assert str(rule.wait.quiet) == "21:00-09:00"
    assert rule.then.kind is MessageClass.SERVICE


def test_the_docs_list_exactly_the_conditions_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|$", (DOCS / "rules.md").read_text(), re.MULTILINE)
    tables = [(found.key, found.sentence) for found in (*CONDITIONS, *CHANNEL_CONDITIONS)]

    assert rows == [*tables, (NO_CHANNEL, NO_CHANNEL_SENTENCE)]


def test_the_docs_list_exactly_the_names_of_texts() -> None:
    rows = re.findall(
        r"^\| `(\w+\.\w+)` \| (.+?) \|$", (DOCS / "rules.md").read_text(), re.MULTILINE
    )

    assert dict(rows) == wording.NAMES
