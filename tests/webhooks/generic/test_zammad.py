import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from hub.contract.events import (
    Direction,
    Ending,
    MissedReason,
    Outcome,
    Phase,
    TalkEvent,
)
from hub.contract.webhooks import Notice, RawRequest
from hub.core.calls import Call, fold
from webhooks.generic import parse

NOW = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)


def say(event: str, *, at: float = 0, **fields: Any) -> Notice:
    """What one form of a phone system says."""
    told = {"event": event, "from": "12025550142", "to": "12025550100", "direction": "in"}
    body = urlencode({**told, "callId": "z-1", **fields}, doseq=True).encode()
    return parse(
        RawRequest(
            method="POST",
            url="https://hub.example/hooks/generic/k1",
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            body=body,
            received_at=NOW + timedelta(seconds=at),
        )
    )


def call(*notices: Notice) -> Call:
    return fold(talk(notices))


def talk(notices: tuple[Notice, ...]) -> list[TalkEvent]:
    return [event for notice in notices for event in notice.events]  # type: ignore[misc]


def test_a_group_call_that_one_phone_takes_is_answered_in_any_order() -> None:
    told = (
        say("newCall", user="Alice"),
        say("newCall", user="Bob", at=0.1),
        say("answer", user="Bob", at=9),
        say("hangup", user="Alice", cause="answered elsewhere", at=9.2),
        say("hangup", user="Bob", cause="normalClearing", at=60),
    )

    for order in itertools.permutations(told):
        found = call(*order)
        assert (found.outcome, found.agent, found.talk_seconds) == (Outcome.ANSWERED, "Bob", 51)


def test_a_group_call_that_nobody_takes_is_missed_once() -> None:
    found = call(
        say("newCall", user="Alice"),
        say("newCall", user="Bob", at=0.1),
        say("hangup", user="Alice", cause="noAnswer", at=20),
        say("hangup", user="Bob", cause="noAnswer", at=20.1),
    )

    assert found.missed_reason is MissedReason.NO_ANSWER
    assert [leg.ending for leg in found.legs] == [Ending.NO_ANSWER, Ending.NO_ANSWER]


def test_a_phone_that_stops_because_another_was_picked_up_does_not_end_the_call() -> None:
    found = call(
        say("newCall", user="Alice"), say("hangup", user="Alice", cause="answeredElsewhere", at=9)
    )

    assert found.phase is Phase.RINGING


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("noAnswer", MissedReason.NO_ANSWER),
        ("busy", MissedReason.BUSY),
        ("cancel", MissedReason.NO_ANSWER),
        ("congestion", MissedReason.NO_AGENT),
        ("notFound", MissedReason.NO_AGENT),
        ("rejected", MissedReason.REJECTED),
    ],
)
@pytest.mark.parametrize("user", [{}, {"user[]": "Alice"}])
def test_a_cause_tells_why_a_call_was_missed(
    cause: str, reason: MissedReason, user: dict[str, Any]
) -> None:
    found = call(say("newCall", **user), say("hangup", cause=cause, at=30))

    assert (found.outcome, found.missed_reason) == (Outcome.MISSED, reason)


def test_an_unknown_cause_ends_the_call_all_the_same() -> None:
    found = call(say("newCall", user="Alice"), say("hangup", cause="lineFault", at=30))

    assert (found.phase, found.outcome) == (Phase.ENDED, Outcome.MISSED)


def test_a_forwarded_call_is_not_missed() -> None:
    found = call(say("newCall", user="Alice"), say("hangup", cause="forwarded", at=15))

    assert found.outcome is Outcome.FORWARDED


def test_a_caller_who_gives_up_in_the_queue_is_missed_there() -> None:
    found = call(
        say("newCall", queue="sales"), say("hangup", queue="sales", cause="cancel", at=42)
    )

    assert found.missed_reason is MissedReason.ABANDONED_IN_QUEUE


def test_a_call_that_the_voicemail_takes_stays_missed() -> None:
    found = call(
        say("newCall", user="Alice"),
        say("answer", user="Voicemail", at=20),
        say("hangup", cause="normalClearing", at=45),
    )

    assert found.missed_reason is MissedReason.VOICEMAIL


def test_an_outbound_call_belongs_to_the_user_who_dialled() -> None:
    found = call(
        say("newCall", direction="out", user="Alice"),
        say("answer", direction="out", user="Alice", at=9),
        say("hangup", direction="out", cause="normalClearing", at=69),
    )

    assert (found.direction, found.outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
    assert (found.agent, found.talk_seconds) == ("Alice", 60)


def test_the_same_words_are_one_event_and_other_words_another() -> None:
    first = say("newCall", user="Alice")

    assert say("newCall", user="Alice", at=3).id == first.id
    assert say("newCall", user="Bob").id != first.id
    assert say("hangup", user="Alice").id != first.id
    assert say("newCall", user="Alice", callId="z-2").id != first.id


def test_one_user_outweighs_a_list_of_them() -> None:
    both: dict[str, Any] = {"user": "Bob", "user[]": "Alice"}

    assert say("newCall", **both) == say("newCall", user="Bob")


@pytest.mark.parametrize("fields", [{"user": "Bob"}, {"user[]": "Bob"}, {"user[][0]": "Bob"}])
def test_every_way_to_write_a_user_means_the_same(fields: dict[str, Any]) -> None:
    assert say("newCall", **fields) == say("newCall", user="Bob")
