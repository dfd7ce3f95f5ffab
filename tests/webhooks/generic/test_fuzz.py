import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from hub.contract.errors import BadPayload
from hub.contract.webhooks import RawRequest
from webhooks.generic import native, parse, zammad

NAMES = """
    type event id occurred_at call_id callId direction from to data user user[] caller queue cause
    answeringNumber leg_id kind agent number ending seconds replaces transfer recording_id url
    channels transcript message_id channel text media media_type status ref error
"""
KEYS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(
    [*native.EVENTS, *zammad.EVENTS, "in", "inbound", "agent", "blind", "busy"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=12,
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(list(native.EVENTS)), "occurred_at": st.just(1772444457) | VALUES},
    optional={
        "call_id": st.text(max_size=5),
        "direction": WORDS,
        "from": VALUES,
        "to": VALUES,
        "data": st.dictionaries(KEYS, VALUES, max_size=8),
    },
)


def understood(content_type: str, body: bytes) -> bool:
    """True for a notice, False for a complaint; anything else is an error."""
    request = RawRequest(
        method="POST",
        url="https://hub.example/hooks/generic/k1",
        headers={"content-type": content_type},
        body=body,
        received_at=datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
    )
    try:
        notice = parse(request)
    except BadPayload:
        return False
    return bool(notice.id)


@given(body=VALUES | EVENTS)
def test_any_json_is_understood_or_complained_about(body: Any) -> None:
    understood("application/json", json.dumps(body).encode())


@given(pairs=st.lists(st.tuples(KEYS | st.text(max_size=5), WORDS | st.text(max_size=9))))
def test_any_form_is_understood_or_complained_about(pairs: list[tuple[str, str]]) -> None:
    understood("application/x-www-form-urlencoded", urlencode(pairs).encode())


@given(body=st.binary(max_size=200), content_type=st.sampled_from(["", "application/json"]))
def test_any_bytes_are_understood_or_complained_about(body: bytes, content_type: str) -> None:
    understood(content_type, body)


def test_a_deep_body_is_complained_about() -> None:
    assert not understood("application/json", b"[" * 100_000)
