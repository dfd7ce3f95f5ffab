"""What may never happen, whatever the rule, the caller and the clock."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.contract.connectors import Template
from hub.contract.events import Channel, Direction, MissedReason, Outcome
from hub.contract.phone import CallerKind
from hub.core.hours import QuietHours
from hub.core.rules import (
    Content,
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
    decide,
    from_dict,
    to_dict,
)

CALLED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # ten in the morning in New York
ENDED = CALLED + timedelta(seconds=25)
SMS, WHATSAPP, EMAIL = Channel.SMS, Channel.WHATSAPP, Channel.EMAIL
TEMPLATE = Template(sid="HX1", variables={"1": "{{ workspace.name }}", "2": "{{ call.time }}"})

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


ZONES = (
    "America/New_York", "America/Los_Angeles", "Europe/Rome", "Europe/London", "Asia/Kolkata",
    "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Pacific/Auckland",
)  # fmt: skip
moments = st.integers(1_700_000_000, 2_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
channel_sets = st.frozensets(st.sampled_from(Channel))
quiets = st.none() | st.tuples(st.integers(0, 1439), st.integers(1, 1439)).map(
    lambda pair: QuietHours(start=pair[0], end=(pair[0] + pair[1]) % 1440)
)
contents = st.builds(
    Content,
    text=st.sampled_from(["", "Hello {{ caller.name }}", "{{ agent.name }}", "Ciao"]),
    subject=st.sampled_from(["", "Your call"]),
    html=st.sampled_from(["", "<p>{{ caller.name }}</p>"]),
    template=st.none() | st.just(TEMPLATE),
).filter(lambda content: content.text or content.template)
onlys = st.builds(
    Only,
    reasons=st.frozensets(st.sampled_from(MissedReason), max_size=2),
    lines=st.frozensets(st.sampled_from(["7", "8"]), max_size=2),
)
rules = st.builds(
    Rule,
    only=st.one_of(*[st.just(Only())] * 4, onlys),  # seldom: most rules are about all calls
    wait=st.builds(Wait, seconds=st.integers(0, 600), quiet=quiets),
    unless=st.builds(Unless, cap_hours=st.integers(0, 48).map(float)),
    then=st.builds(
        Then,
        channels=st.permutations(list(Channel)).map(tuple),
        contents=st.dictionaries(st.sampled_from(["en", "it", "pt-BR"]), contents, min_size=1),
        kind=st.sampled_from(MessageClass),
    ),
)


@st.composite
def facts_and_now(draw: st.DrawFn) -> tuple[Facts, datetime]:
    """Mostly calls that deserve a follow-up, so that what forbids it is what is tried."""
    started = draw(moments)
    moment = st.integers(-7200, 7200).map(lambda seconds: started + timedelta(seconds=seconds))
    around = st.one_of(*[st.none()] * 6, moment)
    found = dataclasses.replace(
        FACTS,
        started_at=started,
        ended_at=started + timedelta(seconds=draw(st.integers(0, 300))),
        missed_reason=draw(st.sampled_from(MissedReason)),
        line_type=draw(st.sampled_from(LineType)),
        zones=tuple(draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3))),
        reached_at=draw(around),
        wrote_at=draw(around),
        last_texted_at=draw(around),
        opted_out=draw(st.one_of(*[st.just(frozenset[Channel]())] * 6, channel_sets)),
        consented=draw(channel_sets),
        channels=draw(st.just(frozenset(Channel)) | channel_sets),
        whatsapp_window_open=draw(st.booleans()),
    )
    return found, started + timedelta(
        seconds=draw(st.integers(0, 48).map(lambda h: h * 3600 + 900))
    )


@given(case=facts_and_now(), rule=rules)
def test_nothing_is_sent_in_quiet_hours_of_any_zone(
    case: tuple[Facts, datetime], rule: Rule
) -> None:
    facts, now = case
    for _ in range(9):  # as the worker does: wait, then ask again
        decision = decide(facts, rule, now)
        now = decision.until or now
    walls = [now.astimezone(ZoneInfo(zone)) for zone in facts.zones]

    assert decision.verdict is not Verdict.WAIT
    if decision.verdict is Verdict.SEND and rule.wait.quiet:
        assert not any(rule.wait.quiet.holds(wall.hour * 60 + wall.minute) for wall in walls)


@given(case=facts_and_now(), rule=rules)
def test_a_wait_ends_later_than_now(case: tuple[Facts, datetime], rule: Rule) -> None:
    facts, now = case
    decision = decide(facts, rule, now)

    assert (decision.until is not None) == (decision.verdict is Verdict.WAIT)
    assert decision.until is None or decision.until > now


@given(case=facts_and_now(), rule=rules, channel=st.sampled_from(Channel))
def test_stop_on_any_channel_stops_all(
    case: tuple[Facts, datetime], rule: Rule, channel: Channel
) -> None:
    facts, now = case
    stopped = dataclasses.replace(facts, opted_out=facts.opted_out | {channel})

    assert decide(stopped, rule, now).verdict is Verdict.SUPPRESS


MORE: dict[str, Callable[[Facts], Facts]] = {
    "opted out": lambda facts: dataclasses.replace(facts, opted_out=frozenset({SMS})),
    "reached": lambda facts: dataclasses.replace(facts, reached_at=facts.started_at),
    "wrote": lambda facts: dataclasses.replace(facts, wrote_at=facts.ended_at),
    "called again": lambda facts: dataclasses.replace(facts, called_again_at=facts.ended_at),
    "handled": lambda facts: dataclasses.replace(facts, handled_at=facts.ended_at),
    "followed up": lambda facts: dataclasses.replace(facts, followed_up_at=facts.ended_at),
    "texted": lambda facts: dataclasses.replace(facts, last_texted_at=facts.ended_at),
    "internal": lambda facts: dataclasses.replace(facts, internal=True),
    "another zone": lambda facts: dataclasses.replace(facts, zones=(*facts.zones, "Asia/Tokyo")),
}


@given(case=facts_and_now(), rule=rules, more=st.sampled_from(sorted(MORE)))
def test_knowing_more_never_starts_a_message(
    case: tuple[Facts, datetime], rule: Rule, more: str
) -> None:
    facts, now = case
    before, after = decide(facts, rule, now), decide(MORE[more](facts), rule, now)

    assert before.verdict is Verdict.SEND or after.verdict is not Verdict.SEND


@given(case=facts_and_now(), rule=rules)
def test_no_marketing_without_consent_for_the_channel(
    case: tuple[Facts, datetime], rule: Rule
) -> None:
    facts, now = case
    marketing = dataclasses.replace(
        rule, then=dataclasses.replace(rule.then, kind=MessageClass.MARKETING)
    )
    message = decide(facts, marketing, now).draft

    assert message is None or message.channel in facts.consented


@given(case=facts_and_now(), rule=rules)
def test_the_same_question_has_the_same_answer(case: tuple[Facts, datetime], rule: Rule) -> None:
    facts, now = case

    assert decide(facts, rule, now) == decide(facts, rule, now)


@given(case=facts_and_now(), rule=rules)
def test_what_is_sent_can_be_sent(case: tuple[Facts, datetime], rule: Rule) -> None:
    message = decide(case[0], rule, case[1]).draft
    if message is None:
        return

    assert message.channel in case[0].channels
    assert message.recipient
    assert message.text or message.template
    assert message.template is None or message.channel is WHATSAPP


@given(rule=rules)
def test_a_rule_survives_its_json(rule: Rule) -> None:
    assert from_dict(to_dict(rule)) == rule
