"""What a live call is answered: the line's plan and the verdict in, instructions out.

Each step that a phone system can ask from has its own small function in `_ANSWERS`. Nothing is
looked up here: whoever calls has read the plan and knows whether the line is open.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

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

ACCEPT_KEY: Final = "1"
"""The key that an agent presses on an outside phone to take the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a line takes its calls.

    *phones* ring for *seconds*, all at once or one after another. When none is picked up, the
    caller waits in *queue*, if there is one, for *max_wait* seconds. *forward* is the number
    outside (E.164) that takes the call when nobody here did; after it comes the voicemail.
    *announce*, *menu*, *greeting* and *closed_text* are spoken; empty ones have a default in
    *language* (BCP 47), but without an *announce* and a *menu* nothing is announced or asked.
    *menu_keys* are (key, phone or number or ""): that phone rings, that number outside is
    connected, or with "" the caller leaves a message.
    """

    phones: tuple[Phone, ...] = ()
    sequential: bool = False
    seconds: int = 20
    record: bool = False
    announce: str = ""
    queue: str = ""
    max_wait: int = 300
    menu: str = ""
    menu_keys: tuple[tuple[str, Phone | str], ...] = ()
    voicemail: bool = True
    greeting: str = ""
    closed_text: str = ""
    language: str = "en-US"
    caller_id: str = ""
    transcribe: bool = False
    forward: str = ""


TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "greeting": "Nobody can take your call right now. Please leave a message after the tone.",
        "closed": "We are closed at the moment. Please leave a message after the tone.",
        "closed_bye": "We are closed at the moment. Please call again later. Goodbye.",
        "hold": "Please hold the line. You will be connected as soon as possible.",
        "screen": "You have a call. Press 1 to take it.",
    },
    "it": {
        "greeting": "Al momento nessuno può rispondere. Lasciate un messaggio dopo il segnale.",
        "closed": "In questo momento siamo chiusi. Lasciate un messaggio dopo il segnale.",
        "closed_bye": "In questo momento siamo chiusi. Richiamate più tardi. Arrivederci.",
        "hold": "Restate in linea, vi risponderemo appena possibile.",
        "screen": "Avete una chiamata. Premete 1 per rispondere.",
    },
}
"""What is spoken where the plan says nothing, by language; a language not here speaks English."""


def answer(question: Question, plan: Plan, verdict: Verdict) -> tuple[Instruction, ...]:
    """The instructions for *question*; never empty, and ending in one that ends or connects."""
    return _ANSWERS[question.step](question, plan, verdict)


def _incoming(question: Question, plan: Plan, verdict: Verdict) -> tuple[Instruction, ...]:
    if verdict is Verdict.BLOCKED:
        return (Reject(),)
    if verdict is Verdict.CLOSED:
        return _closed(question, plan)
    if plan.menu:
        return (Menu(text=plan.menu, language=_language(question, plan)),)
    if verdict is Verdict.NO_AGENT or not plan.phones:
        return _untaken(question, plan)
    return _ring(question, plan, plan.phones)


def _closed(question: Question, plan: Plan) -> tuple[Instruction, ...]:
    language = _language(question, plan)
    key = "closed" if plan.voicemail else "closed_bye"
    spoken = plan.closed_text or _text(key, language)
    if plan.voicemail:
        return (_voicemail(spoken, question, plan),)
    return (Say(text=spoken, language=language), Hangup())


def _announced(question: Question, plan: Plan) -> tuple[Instruction, ...]:
    if not (plan.record and plan.announce):
        return ()
    return (Say(text=plan.announce, language=_language(question, plan)),)


def _ring(question: Question, plan: Plan, phones: tuple[Phone, ...]) -> tuple[Instruction, ...]:
    ring = Ring(
        phones=phones,
        seconds=plan.seconds,
        sequential=plan.sequential,
        record=plan.record,
        caller_id=plan.caller_id,
    )
    return (*_announced(question, plan), ring)


def _untaken(question: Question, plan: Plan) -> tuple[Instruction, ...]:
    """Nobody has picked up so far: wait for somebody, if the line has a queue."""
    return (Queue(name=plan.queue),) if plan.queue else _nobody(question, plan)


def _nobody(question: Question, plan: Plan) -> tuple[Instruction, ...]:
    """Nobody here takes the call: outside, else a message, else the end."""
    if plan.forward:
        return _outside(plan.forward, plan)
    if not plan.voicemail:
        return (Hangup(),)
    spoken = plan.greeting or _text("greeting", _language(question, plan))
    return (_voicemail(spoken, question, plan),)


def _outside(number: str, plan: Plan) -> tuple[Instruction, ...]:
    return (Transfer(number=number, caller_id=plan.caller_id, record=plan.record),)


def _voicemail(text: str, question: Question, plan: Plan) -> Voicemail:
    language = _language(question, plan)
    return Voicemail(text=text, transcribe=plan.transcribe, language=language)


def _rung(question: Question, plan: Plan, _: Verdict) -> tuple[Instruction, ...]:
    """After the last phone; the provider folder rings the phones of a sequence one by one.

    A number outside that did not answer either is not tried again.
    """
    if question.answered:
        return (Hangup(),)
    if question.target:
        return _nobody(question, replace(plan, forward=""))
    return _untaken(question, plan)


def _chosen(question: Question, plan: Plan, verdict: Verdict) -> tuple[Instruction, ...]:
    """A key that leads nowhere does what the line does without a menu."""
    chosen = dict(plan.menu_keys).get(question.digits)
    if chosen is None:
        return _unasked(question, plan, verdict)
    if not chosen:
        spoken = plan.greeting or _text("greeting", _language(question, plan))
        return (_voicemail(spoken, question, plan),)
    if isinstance(chosen, str):
        return _outside(chosen, plan)
    reachable = chosen.number or chosen.sip
    return _ring(question, plan, (chosen,)) if reachable else _untaken(question, plan)


def _unasked(question: Question, plan: Plan, verdict: Verdict) -> tuple[Instruction, ...]:
    return _incoming(question, replace(plan, menu=""), verdict)


def _screen(question: Question, plan: Plan, _: Verdict) -> tuple[Instruction, ...]:
    language = _language(question, plan)
    return (Screen(text=_text("screen", language), agent=question.target, language=language),)


def _screened(question: Question, _: Plan, __: Verdict) -> tuple[Instruction, ...]:
    return (Accept(),) if question.digits == ACCEPT_KEY else (Hangup(),)


def _queue_wait(question: Question, plan: Plan, _: Verdict) -> tuple[Instruction, ...]:
    if question.waited >= plan.max_wait:
        return (Leave(),)
    language = _language(question, plan)
    return (Hold(text=_text("hold", language), language=language),)


def _queue_left(question: Question, plan: Plan, _: Verdict) -> tuple[Instruction, ...]:
    gone = question.answered or question.ending in (Ending.ABANDONED, Ending.COMPLETED)
    return (Hangup(),) if gone else _nobody(question, plan)


def _recorded(_: Question, __: Plan, ___: Verdict) -> tuple[Instruction, ...]:
    return (Hangup(),)


def _call_back(question: Question, plan: Plan, _: Verdict) -> tuple[Instruction, ...]:
    return _outside(question.target, plan) if question.target else (Hangup(),)


_ANSWERS: dict[Step, Callable[[Question, Plan, Verdict], tuple[Instruction, ...]]] = {
    Step.INCOMING: _incoming,
    Step.CHOSEN: _chosen,
    Step.RUNG: _rung,
    Step.SCREEN: _screen,
    Step.SCREENED: _screened,
    Step.QUEUE_WAIT: _queue_wait,
    Step.QUEUE_LEFT: _queue_left,
    Step.RECORDED: _recorded,
    Step.CALL_BACK: _call_back,
}


def _language(question: Question, plan: Plan) -> str:
    return question.language or plan.language


def _text(name: str, language: str) -> str:
    return TEXTS.get(language.partition("-")[0].lower(), TEXTS["en"])[name]
