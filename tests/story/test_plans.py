"""What a caller hears follows the line's plan, from the first request to the last."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from hub.models import Call
from hub.testing.stage import AGENTS, CALLER, Stage
from webhooks.twilio.signature import sign

WHO = {"AccountSid": "AC1", "CallSid": "CA1", "Direction": "inbound", "From": CALLER}
FORM = "application/x-www-form-urlencoded"


async def asks(stage: Stage, key: str, step: str = "", **said: str) -> ET.Element:
    """What Twilio is told when it asks at *step*."""
    form = {**WHO, "To": "+12025550100", "CallStatus": "in-progress", **said}
    url = stage.facts(key).urls("https://hub.example")(step)
    signed = sign(url, list(form.items()), stage.facts(key).secrets)
    answer = await stage.client.post(url, data=form, headers={"content-type": FORM, **signed})
    assert answer.status_code == 200, answer.text
    return ET.fromstring(answer.content)  # noqa: S314 - our own TwiML


def verbs(answer: ET.Element) -> list[str]:
    return [verb.tag for verb in answer]


def line(stage: Stage, **plan: Any) -> str:
    return stage.line("twilio", plan=plan)


async def test_a_queue_takes_whom_nobody_picked_up_and_lets_go_in_time(stage: Stage) -> None:
    key = line(stage, queue="sales", max_wait=60, record=True, announce="We record.")

    rung = await asks(stage, key, CallStatus="ringing")
    queued = await asks(stage, key, "rung/direct", DialCallStatus="no-answer")
    holds = await asks(stage, key, "wait", QueueSid="QU1", QueueTime="45")
    leaves = await asks(stage, key, "wait", QueueSid="QU1", QueueTime="61")
    message = await asks(
        stage, key, "queue-left", QueueSid="QU1", QueueResult="leave", QueueTime="61"
    )

    assert verbs(rung) == ["Say", "Dial"]
    assert verbs(queued) == ["Enqueue"]
    assert verbs(holds) == ["Say", "Pause"]
    assert verbs(leaves) == ["Leave"]
    assert verbs(message) == ["Say", "Record"]


async def test_a_line_that_rings_nobody_takes_a_message(stage: Stage) -> None:
    answer = await asks(stage, line(stage, agents=[]), CallStatus="ringing")

    assert verbs(answer) == ["Say", "Record"]


async def test_a_line_without_a_word_on_agents_rings_them_all(stage: Stage) -> None:
    answer = await asks(stage, line(stage), CallStatus="ringing")

    assert {phone.text for phone in answer.iter("Number")} == {number for _, number in AGENTS}


async def test_a_key_of_the_menu_rings_an_agent_whom_the_line_does_not_ring(stage: Stage) -> None:
    (ada, bob), _ = stage.agents
    keys = {"1": ada, "2": "+442079460123", "3": ""}
    key = line(stage, agents=[], menu="Press a key.", menu_keys=keys)

    menu = await asks(stage, key, CallStatus="ringing")
    chosen = [await asks(stage, key, "chosen", Digits=digit) for digit in ("1", "2", "3", "")]

    assert verbs(menu) == ["Gather"]
    assert [number.text for number in chosen[0].iter("Number")] == [bob]
    assert [number.text for number in chosen[1].iter("Number")] == ["+442079460123"]
    assert verbs(chosen[2]) == verbs(chosen[3]) == ["Say", "Record"]


@pytest.mark.parametrize(("seconds", "reason"), [("25", "no_answer"), ("6", "short_abandon")])
async def test_a_call_of_which_only_the_end_is_told_had_rung(
    stage: Stage, seconds: str, reason: str
) -> None:
    key = line(stage)
    await asks(stage, key, CallStatus="ringing")
    url, form = (
        stage.facts(key).urls("https://hub.example")(),
        {
            **WHO,
            "CallStatus": "completed",
            "CallDuration": seconds,
        },
    )
    signed = sign(url, list(form.items()), stage.facts(key).secrets)
    await stage.client.post(url, data=form, headers={"content-type": FORM, **signed})

    assert stage.one(Call).missed_reason == reason


async def test_an_address_with_something_mistyped_behind_it_is_refused_and_kept(
    stage: Stage,
) -> None:
    key = line(stage)
    form = {**WHO, "To": "+12025550100", "CallStatus": "ringing"}
    url = stage.facts(key).urls("https://hub.example")("voice")
    signed = sign(url, list(form.items()), stage.facts(key).secrets)

    answer = await stage.client.post(url, data=form, headers={"content-type": FORM, **signed})

    assert answer.status_code == 400
    assert not stage.all(Call)
