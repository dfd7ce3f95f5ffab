"""Rules as JSON: what a form or a script may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.errors import BadSetting, BadText
from hub.core.rules import (
    Only,
    Unless,
    Wait,
    from_dict,
    to_dict,
)

PLAIN = {
    "schema": 1,
    "when": "missed_call",
    "then": {"channels": ["sms"], "contents": {"en": {"text": "Hello"}}},
}


def test_what_a_rule_leaves_out_has_its_default() -> None:
    rule = from_dict(PLAIN)

    assert (rule.wait, rule.unless, rule.only) == (Wait(), Unless(), Only())


def test_delays_and_caps_may_be_nothing() -> None:
    rule = from_dict(
        PLAIN
        | {
            "wait": {"seconds": 0, "quiet_hours": "none"},
            "unless": {"texted_within_hours": 0},
        }
    )

    assert rule.wait == Wait(seconds=0, quiet=None)
    assert rule.unless == Unless(cap_hours=0)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema": 2}, "^schema: should be 1; upgrade the hub"),
        ({"schema": None}, "^schema: is missing"),
        ({"when": "answered"}, "^when: 'answered' is none of missed_call"),
        ({"if": {"reason": []}}, "^if.reason: is none of reasons, lines"),
        ({"if": {"reasons": ["lazy"]}}, r"^if.reasons\[0\]: 'lazy' is none of"),
        ({"if": {"lines": "7"}}, "^if.lines: should be a list"),
        ({"wait": {"seconds": -1}}, "^wait.seconds: should be between 0 and"),
        ({"wait": {"seconds": 1.5}}, "^wait.seconds: should be whole seconds"),
        ({"wait": {"seconds": True}}, "^wait.seconds: should be a"),
        ({"wait": {"quiet_hours": "night"}}, "^wait.quiet_hours: .*write them as 21:00-09:00"),
        ({"unless": {"texted_within_hours": "a"}}, "^unless.texted_within_hours: should be a"),
        ({"then": {"channels": [], "contents": {}}}, "^then.channels: should name"),
        ({"then": {"channels": ["sms", "sms"], "contents": {}}}, "^then.channels: should name"),
        ({"then": {"channels": ["fax"], "contents": {}}}, r"^then.channels\[0\]: 'fax' is none"),
        ({"then": {"channels": ["sms"], "contents": {}}}, "^then.contents: should have a text"),
        (
            {"then": {"channels": ["sms"], "contents": {"english!": {}}}},
            "^then.contents: 'english!' is no language",
        ),
        (
            {"then": {"channels": ["sms"], "contents": {"en": {"text": " "}}}},
            "^then.contents.en: should have a text or a template",
        ),
        (
            {"then": {"channels": ["sms"], "contents": {"en": {"template": {}}}}},
            "^then.contents.en.template.sid: is missing",
        ),
        ({"delay": 5}, "^delay: is none of schema, when"),
    ],
)
def test_a_senseless_rule_is_refused_with_its_path(
    change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(BadSetting, match=complaint):
        from_dict(PLAIN | change)


@pytest.mark.parametrize(
    "content",
    [
        {"text": "{{ caller.nmae }}"},
        {"text": "fine", "subject": "{{ caller.nmae }}"},
        {"text": "fine", "html": "{{ caller.nmae }}"},
        {"template": {"sid": "HX1", "variables": {"1": "{{ caller.nmae }}"}}},
    ],
)
def test_a_rule_with_a_broken_text_is_refused_with_its_path(content: dict[str, object]) -> None:
    broken = PLAIN | {"then": {"channels": ["sms"], "contents": {"en": content}}}

    with pytest.raises(BadText, match=r"^then\.contents\.en\..*there is no {{ caller\.nmae }}"):
        from_dict(broken)


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*PLAIN, "channels", "contents", "en", "text"]), inner)
    ),
    max_leaves=9,
)


@given(data=plain_values)
def test_whatever_is_sent_as_a_rule_is_read_or_refused(data: object) -> None:
    candidate = PLAIN | data if isinstance(data, dict) else data

    try:
        rule = from_dict(candidate)
    except (BadSetting, BadText):
        return

    assert from_dict(to_dict(rule)) == rule
