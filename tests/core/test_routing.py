"""What a live call is answered."""

from dataclasses import replace
from typing import Any

import pytest

from hub.contract.events import Ending, Verdict
from hub.contract.routing import (
    Accept,
    Hangup,
    Hold,
    Instruction,
    Leave,
    Menu,
    Phone,
    Question,
    Queue,
    Reject,
    Ring,
    Say,
    Screen,
    Step,
    Transfer,
    Voicemail,
)
from hub.core.routing import TEXTS, Plan, answer

ANN = Phone(agent="ann", number="+12025550111")
BOB = Phone(agent="bob", sip="sip:bob@pbx.example")
EVE = Phone(agent="eve", number="+12025550113")  # rung for nobody else than who asks for her
PLAN = Plan(phones=(ANN, BOB))
OUTSIDE = "+442079460123"
EN, IT = TEXTS["en"], TEXTS["it"]


def asked(
    step: Step, plan: Plan = PLAN, verdict: Verdict = Verdict.OPEN, **said: Any
) -> tuple[Instruction, ...]:
    return answer(Question(call_id="c", step=step, **said), plan, verdict)


GREETING = Voicemail(text=EN["greeting"])
INCOMING = [
    (PLAN, Verdict.BLOCKED, (Reject(),)),
    (PLAN, Verdict.OPEN, (Ring(phones=(ANN, BOB)),)),
    (PLAN, Verdict.NO_AGENT, (GREETING,)),
    (Plan(), Verdict.OPEN, (GREETING,)),
    (Plan(voicemail=False), Verdict.OPEN, (Hangup(),)),
    (Plan(forward=OUTSIDE), Verdict.OPEN, (Transfer(number=OUTSIDE),)),
    (PLAN, Verdict.CLOSED, (Voicemail(text=EN["closed"]),)),
    (
        replace(PLAN, voicemail=False, language="it-IT"),
        Verdict.CLOSED,
        (Say(text=IT["closed_bye"], language="it-IT"), Hangup()),
    ),
    (replace(PLAN, closed_text="Later."), Verdict.CLOSED, (Voicemail(text="Later."),)),
    (replace(PLAN, queue="sales"), Verdict.OPEN, (Ring(phones=(ANN, BOB)),)),
    (Plan(queue="sales", record=True, announce="x"), Verdict.OPEN, (Queue(name="sales"),)),
    (replace(PLAN, queue="sales"), Verdict.NO_AGENT, (Queue(name="sales"),)),
    (
        replace(PLAN, record=True, announce="We record.", sequential=True, seconds=9),
        Verdict.OPEN,
        (
            Say(text="We record."),
            Ring(phones=(ANN, BOB), seconds=9, sequential=True, record=True),
        ),
    ),
    (replace(PLAN, announce="We record."), Verdict.OPEN, (Ring(phones=(ANN, BOB)),)),
    (replace(PLAN, menu="Press 1."), Verdict.OPEN, (Menu(text="Press 1."),)),
]


@pytest.mark.parametrize(("plan", "verdict", "expected"), INCOMING)
def test_an_incoming_call_is_taken_as_the_plan_says(
    plan: Plan, verdict: Verdict, expected: tuple[Instruction, ...]
) -> None:
    assert asked(Step.INCOMING, plan, verdict) == expected


LATER = [
    (Step.RUNG, PLAN, {"answered": True, "ending": Ending.COMPLETED}, (Hangup(),)),
    (Step.RUNG, PLAN, {"ending": Ending.NO_ANSWER}, (GREETING,)),
    (Step.RUNG, replace(PLAN, forward=OUTSIDE), {}, (Transfer(number=OUTSIDE),)),
    (Step.RUNG, replace(PLAN, forward=OUTSIDE), {"target": OUTSIDE}, (GREETING,)),
    (Step.RUNG, replace(PLAN, voicemail=False), {}, (Hangup(),)),
    (Step.SCREEN, PLAN, {"target": "ann"}, (Screen(text=EN["screen"], agent="ann"),)),
    (Step.SCREENED, PLAN, {"digits": "1"}, (Accept(),)),
    (Step.SCREENED, PLAN, {"digits": "2"}, (Hangup(),)),
    (Step.SCREENED, PLAN, {}, (Hangup(),)),
    (Step.QUEUE_WAIT, PLAN, {}, (Hold(text=EN["hold"]),)),
    (Step.RUNG, replace(PLAN, queue="sales"), {}, (Queue(name="sales"),)),
    (Step.RUNG, replace(PLAN, queue="sales"), {"target": OUTSIDE}, (GREETING,)),
    (Step.QUEUE_WAIT, PLAN, {"waited": 299.0}, (Hold(text=EN["hold"]),)),
    (Step.QUEUE_WAIT, PLAN, {"waited": 300.0}, (Leave(),)),
    (Step.QUEUE_WAIT, replace(PLAN, max_wait=60), {"waited": 61.0}, (Leave(),)),
    (Step.QUEUE_LEFT, replace(PLAN, queue="sales"), {"ending": Ending.LEFT}, (GREETING,)),
    (Step.QUEUE_LEFT, PLAN, {"answered": True}, (Hangup(),)),
    (Step.QUEUE_LEFT, PLAN, {"ending": Ending.ABANDONED}, (Hangup(),)),
    (Step.QUEUE_LEFT, PLAN, {"ending": Ending.LEFT}, (GREETING,)),
    (Step.RECORDED, PLAN, {}, (Hangup(),)),
    (
        Step.CALL_BACK,
        replace(PLAN, caller_id="+12025550100"),
        {"target": OUTSIDE},
        (Transfer(number=OUTSIDE, caller_id="+12025550100"),),
    ),
    (Step.CALL_BACK, PLAN, {}, (Hangup(),)),
]


@pytest.mark.parametrize(("step", "plan", "said", "expected"), LATER)
def test_each_later_step_has_its_answer(
    step: Step, plan: Plan, said: dict[str, Any], expected: tuple[Instruction, ...]
) -> None:
    assert asked(step, plan, **said) == expected


KEYS = (("1", ANN), ("2", OUTSIDE), ("3", ""), ("4", Phone(agent="gone")), ("5", EVE))


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("1", (Ring(phones=(ANN,)),)),
        ("2", (Transfer(number=OUTSIDE),)),
        ("3", (GREETING,)),
        ("4", (GREETING,)),
        ("5", (Ring(phones=(EVE,)),)),
        ("9", (Ring(phones=(ANN, BOB)),)),
        ("", (Ring(phones=(ANN, BOB)),)),
    ],
)
def test_a_key_of_the_menu_leads_where_the_plan_says(
    digits: str, expected: tuple[Instruction, ...]
) -> None:
    plan = replace(PLAN, menu="Press a key.", menu_keys=KEYS)

    assert asked(Step.CHOSEN, plan, digits=digits) == expected


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("verdict", Verdict)
def test_every_step_is_answered_whatever_the_verdict(step: Step, verdict: Verdict) -> None:
    assert asked(step, Plan(), verdict)


def test_the_caller_s_language_wins_over_the_line_s() -> None:
    assert asked(Step.QUEUE_WAIT, language="it-IT") == (Hold(text=IT["hold"], language="it-IT"),)


def test_a_language_without_texts_of_ours_speaks_english() -> None:
    plan = replace(PLAN, language="fi-FI")

    assert asked(Step.QUEUE_WAIT, plan) == (Hold(text=EN["hold"], language="fi-FI"),)


def test_every_language_has_every_text() -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(EN)}
