from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.events import (
    Ending,
    LegEvent,
    MessageEvent,
    MessageStatus,
    MissedReason,
    Outcome,
    Phase,
    TalkEvent,
)
from hub.contract.webhooks import Notice, RawRequest
from hub.core.calls import Call, fold
from webhooks.twilio import calls, legs, messages, parse, queues
from webhooks.twilio.parse import STEPS

BASE = "https://hub.example/hooks/twilio/k1"
NOW = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
CALL = {
    "AccountSid": "AC1",
    "CallSid": "CA1",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": "+12025550142",
    "To": "+12025550100",
}
LEG = {
    "CallSid": "CA2",
    "ParentCallSid": "CA1",
    "Direction": "outbound-dial",
    "To": "+12025550111",
}


def said(step: str = "", fields: Mapping[str, str] = CALL, *, after: float = 0) -> Notice:
    request = RawRequest(
        method="POST",
        url=f"{BASE}/{step}",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(fields).encode(),
        received_at=NOW + timedelta(seconds=after),
        step=step,
    )
    return parse(request)


def leg(status: str, how: str, after: float, **more: str) -> Notice:
    return said(f"leg/7/{how}", {**CALL, **LEG, "CallStatus": status, **more}, after=after)


def dialled(after: float, how: str = "direct", **more: str) -> Notice:
    fields = {**CALL, "CallStatus": "in-progress", "DialCallSid": "CA2", **more}
    return said(f"rung/{how}", fields, after=after)


def over(status: str, after: float, **more: str) -> Notice:
    return said("", {**CALL, "CallStatus": status, **more}, after=after)


def call_of(*notices: Notice) -> Call:
    told: list[TalkEvent] = [
        event
        for notice in notices
        for event in notice.events
        if not isinstance(event, MessageEvent)
    ]
    return fold(told)


# --- What counts as an answer ---


def test_a_mailbox_that_picks_up_a_screened_phone_answers_nothing() -> None:
    call = call_of(
        said(),
        leg("ringing", "screened", 1),
        leg("in-progress", "screened", 15),
        said("screen/7/CA1", {**CALL, **LEG, "CallStatus": "in-progress"}, after=15),
        said("screened/7/CA1", {**CALL, **LEG, "Digits": ""}, after=24),
        leg("completed", "screened", 25, CallDuration="10"),
        dialled(25, "screened", DialCallStatus="completed", DialBridged="false"),
        over("completed", 40, CallDuration="14"),
    )

    assert call.outcome is Outcome.MISSED
    assert call.missed_reason is MissedReason.NO_ANSWER
    assert call.talk_seconds == 0


def test_a_screened_phone_talks_from_the_key_on() -> None:
    call = call_of(
        said(),
        leg("in-progress", "screened", 5),
        said("screened/7/CA1", {**CALL, **LEG, "Digits": "1"}, after=9),
        leg("completed", "screened", 69, CallDuration="64"),
        dialled(
            69.2, "screened", DialCallStatus="completed", DialBridged="true", DialCallDuration="64"
        ),
        over("completed", 69.5, CallDuration="60"),
    )

    assert call.outcome is Outcome.ANSWERED
    assert call.talk_seconds == 64, "the measure of the vendor counts from the pick-up"
    assert call.agent == "7"


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"DialCallStatus": "completed", "DialBridged": "true"}, True),
        ({"DialCallStatus": "completed", "DialBridged": "false", "DialCallDuration": "9"}, False),
        ({"DialCallStatus": "completed", "DialCallDuration": "9"}, True),
        ({"DialCallStatus": "completed", "DialCallDuration": "0"}, False),
        ({"DialCallStatus": "completed"}, False),
        ({"DialCallStatus": "answered", "DialCallSid": ""}, True),
        ({"DialCallStatus": "completed", "DialBridged": "true", "DialCallSid": ""}, True),
        ({"DialCallStatus": "no-answer", "DialBridged": "true"}, False),
    ],
)
def test_answered_means_bridged(fields: dict[str, str], answered: bool) -> None:  # noqa: FBT001
    notice = dialled(30, **fields)

    assert notice.question is not None
    assert notice.question.answered is answered
    phases = [event.phase for event in notice.events if isinstance(event, LegEvent)]
    assert (Phase.ANSWERED in phases) is answered


def test_the_end_of_the_callers_leg_does_not_make_a_missed_call_answered() -> None:
    call = call_of(
        said(),
        leg("no-answer", "direct", 20),
        dialled(20.2, DialCallStatus="no-answer", DialBridged="false"),
        over("completed", 30, CallDuration="9"),
    )

    assert call.outcome is Outcome.MISSED


@pytest.mark.parametrize("status", ["no-answer", "canceled", "completed"])
def test_a_caller_who_soon_gives_up_is_a_short_abandon_by_any_name(status: str) -> None:
    call = call_of(
        said(),
        leg("ringing", "direct", 1),
        leg("canceled", "direct", 4),
        over(status, 4.2),
    )

    assert call.missed_reason is MissedReason.SHORT_ABANDON


def test_lost_leg_callbacks_are_made_up_for_by_the_dial_action() -> None:
    call = call_of(
        said(),
        dialled(103, DialCallStatus="completed", DialBridged="true", DialCallDuration="95"),
        over("completed", 103.3, CallDuration="95"),
    )

    assert call.outcome is Outcome.ANSWERED
    assert call.talk_seconds == 95
    assert call.wait_seconds == 8


# --- Ids ---


def test_a_redelivery_has_the_same_id_and_another_callback_has_not() -> None:
    first = leg("ringing", "direct", 1, SequenceNumber="1")

    assert leg("ringing", "direct", 9, SequenceNumber="1").id == first.id
    others = [
        leg("initiated", "direct", 1, SequenceNumber="0"),
        leg("ringing", "direct", 1, SequenceNumber="1", CallSid="CA3"),
        said(),
        over("completed", 5),
        said("screen/7/CA1", {**CALL, **LEG}),
        dialled(9, DialCallStatus="no-answer"),
    ]
    assert len({first.id, *(notice.id for notice in others)}) == 7


def test_a_menu_that_is_heard_twice_asks_twice() -> None:
    fields = {**CALL, "Digits": "9"}

    assert said("chosen/1772444400", fields).id != said("chosen/1772444410", fields).id


# --- The vendor's words ---


@pytest.mark.parametrize(
    ("step", "field", "known"),
    [
        ("leg/7/direct", "CallStatus", calls.STATUS),
        ("rung/direct", "DialCallStatus", legs.DIAL_STATUS),
        ("queue-left/1", "QueueResult", queues.RESULT),
        ("message/m1", "MessageStatus", messages.STATUS),
    ],
)
def test_a_new_word_is_refused_with_the_list_of_known_ones(
    step: str, field: str, known: Mapping[str, object]
) -> None:
    fields = {**CALL, **LEG, "MessageSid": "SM1", field: "teleported"}

    with pytest.raises(UnsupportedEvent) as refused:
        said(step, fields)

    assert refused.value.path == field
    assert all(word in str(refused.value) for word in known)


def test_the_states_of_a_message_never_fall_in_rank() -> None:
    order = ["queued", "sent", "delivered", "read"]
    ranks = [messages.STATUS[word].rank for word in order]

    assert ranks == sorted(set(ranks))
    assert MessageStatus.SENDING not in messages.STATUS.values(), "ours: nothing is known yet"


def test_a_loser_of_a_ring_group_has_not_let_it_ring() -> None:
    [event] = leg("canceled", "direct", 8).events

    assert isinstance(event, LegEvent)
    assert event.ending is Ending.CANCELED


# --- Paths ---


def test_a_number_in_the_path_is_read_with_and_without_its_plus() -> None:
    paths = ("callee/12025550142", "callee/+12025550142", "callee/%2B12025550142")
    found = {said(path, {**CALL, **LEG}).events for path in paths}

    [[event]] = found
    assert isinstance(event, LegEvent)
    assert event.number == "+12025550142"


@pytest.mark.parametrize("step", ["rang/0", "leg", "rung", "screen", "out/1", "message"])
def test_an_address_that_we_never_handed_out_is_refused(step: str) -> None:
    fields = {**CALL, "DialCallStatus": "busy", "MessageSid": "SM1", "MessageStatus": "sent"}

    with pytest.raises(BadPayload) as refused:
        said(step, fields)

    assert refused.value.path == "url"


# --- Messages ---


@pytest.mark.parametrize("text", ["ok", "a" * 60, "Zm9v", "x" * 400, "SGVsbG8gd29ybGQh" * 3 + "!"])
def test_a_text_that_is_not_base64_stays_as_it_is(text: str) -> None:
    [event] = said("", {"MessageSid": "SM1", "From": "+1", "To": "+2", "Body": text}).events

    assert isinstance(event, MessageEvent)
    assert event.text == text


FIELDS = [
    "CallSid",
    "CallStatus",
    "Direction",
    "From",
    "To",
    "ParentCallSid",
    "DialCallStatus",
    "DialCallSid",
    "DialBridged",
    "Digits",
    "DialCallDuration",
    "CallDuration",
    "Timestamp",
    "QueueResult",
    "QueueTime",
    "NumMedia",
    "MediaUrl0",
    "RecordingSid",
    "RecordingUrl",
    "RecordingDuration",
    "RecordingStatus",
    "MessageSid",
    "SmsStatus",
    "Body",
    "MessageStatus",
    "TranscriptionStatus",
    "TranscriptionSid",
    "OptOutType",
    "RecordingChannels",
]
WORDS = [
    "completed",
    "0",
    "1e9",
    "true",
    "-1",
    "nan",
    "hangup",
    "bridged",
    "inbound",
    "received",
    "+1",
    "Mon,_99_Foo",
    "1e999",
]
VALUES = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(WORDS)
PATHS = st.tuples(st.sampled_from([*STEPS, ""]), st.lists(st.text(max_size=12), max_size=3)).map(
    lambda words: "/".join([words[0], *words[1]])
)


@given(step=PATHS, fields=st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_whatever_is_said_is_read_or_refused_with_its_place(
    step: str, fields: dict[str, str]
) -> None:
    try:
        found = said(step, {**CALL, **LEG, **fields}).id
    except BadPayload as error:
        found = error.path

    assert found
