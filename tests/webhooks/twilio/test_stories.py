import dataclasses
from datetime import timedelta

import pytest

import webhooks.twilio
from hub.contract.errors import BadSetting
from hub.contract.scenarios import Cast
from hub.contract.webhooks import Secrets
from hub.testing.stories import calls_in, cast, events_of
from webhooks.twilio import parse, verify
from webhooks.twilio.scenarios import TELL


def played() -> Cast:
    return cast(webhooks.twilio)


@pytest.mark.parametrize("story", sorted(set(TELL) - {"inbound_stop"}))
def test_a_story_told_faster_than_life_has_one_clock(story: str) -> None:
    requests = [send.request for send in TELL[story](played())]
    early = [dataclasses.replace(it, received_at=played().now) for it in requests]

    assert [parse(it).events for it in early] == [parse(it).events for it in requests]


def test_an_answered_call_rings_eight_seconds_and_talks_for_ninety_five() -> None:
    [call] = calls_in(events_of(webhooks.twilio, TELL["answered"](played())))

    assert (call.wait_seconds, call.talk_seconds, call.agent) == (8, 95, "agent-1")


def test_a_ring_group_talks_from_the_key_that_was_pressed() -> None:
    [call] = calls_in(events_of(webhooks.twilio, TELL["ring_group"](played())))

    assert (call.wait_seconds, call.talk_seconds, call.agent) == (8, 62, "agent-2")


def test_a_placed_call_goes_from_the_line_to_the_customer() -> None:
    [call] = calls_in(events_of(webhooks.twilio, TELL["outbound"](played())))

    assert (call.caller, call.called) == (played().called, played().caller)
    assert call.talk_seconds == 60


def test_two_tellings_are_two_calls() -> None:
    first, second = (
        TELL["answered"](dataclasses.replace(played(), token=token))[0].request
        for token in ("a", "b")
    )

    assert parse(first).id != parse(second).id


def test_a_story_is_signed_with_whatever_the_line_asks_for() -> None:
    pinned = Secrets(current="token", settings={"sha256_key": "shared", "account_sid": "AC1"})
    story = TELL["recording"](dataclasses.replace(played(), secrets=pinned))

    for send in story:
        verify(send.request, pinned)


def test_a_story_needs_somebody_to_ring() -> None:
    with pytest.raises(BadSetting, match="hub user add"):
        TELL["answered"](dataclasses.replace(played(), agents=[]))


def test_a_story_lasts_as_long_as_it_says() -> None:
    *_, last = TELL["answered"](played())

    assert last.request.received_at - played().now == timedelta(seconds=last.at)
