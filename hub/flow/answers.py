"""What a live call is told: the line's plan and calendar, asked at the moment of the question."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.contract.events import CallEvent, Verdict
from hub.contract.phone import read
from hub.contract.routing import Phone, Question, Step
from hub.contract.webhooks import Reply
from hub.core import hours, routing
from hub.lines import Colleague, LineFacts

if TYPE_CHECKING:
    from hub.flow import Arrival

UNREADABLE = Reply(status=400, media_type="text/plain", body=b"this body cannot be read\n")


def reply(arrival: "Arrival") -> Reply:
    """The answer to *arrival*, by the line's plan and calendar."""
    if arrival.notice is None:
        return Reply() if arrival.unsupported else UNREADABLE
    question = arrival.notice.question
    if question is None:
        return Reply()
    caller = caller_of(arrival)
    decided = verdict(arrival.line, caller, arrival.request.received_at)
    return _answered(arrival, question, plan(arrival.line, question, caller), decided)


def safe(arrival: "Arrival") -> Reply:
    """The answer when our own work failed: whoever is on the phone must not hear our bug.

    Nothing that may be the reason is looked at: the plain plan rings whoever is on duty.
    """
    question = arrival.notice.question if arrival.notice else None
    if question is None:
        return Reply()
    plain = replace(arrival.line, plan={}, calendar=None)
    return _answered(arrival, question, plan(plain, question), Verdict.OPEN)


def _answered(arrival: "Arrival", question: Question, by: routing.Plan, decided: Verdict) -> Reply:
    if not hasattr(arrival.provider, "reply"):
        return Reply()
    instructions = routing.answer(question, by, decided)
    answered: Reply = arrival.provider.reply(arrival.request, instructions, arrival.urls)
    return answered


def caller_of(arrival: "Arrival") -> str:
    """Who calls, as far as this very request says: E.164 where it can be read."""
    for event in arrival.notice.events if arrival.notice else ():
        if isinstance(event, CallEvent) and event.caller:
            return read(event.caller, region=arrival.line.region).e164 or event.caller
    return ""


def verdict(line: LineFacts, caller: str, at: datetime, *, rings: bool = True) -> Verdict:
    """Whether the line takes a call of *caller* (E.164 or raw) at *at*.

    Where it is not the hub that *rings*, who is on duty is the phone system's own affair.
    """
    if caller and caller in line.workspace.get("blocked", ()):
        return Verdict.BLOCKED
    calendar = hours.from_dict(line.calendar) if line.calendar else None
    if not hours.is_open(calendar, at):
        return Verdict.CLOSED
    return Verdict.OPEN if not rings or _phones(line) else Verdict.NO_AGENT


def plan(line: LineFacts, question: Question, caller: str = "") -> routing.Plan:
    """The line's ring plan; without one, all agents at once for 20 seconds, then a voicemail.

    Agents see the number of *caller* where the network allows it, else the line's.
    """
    given: Mapping[str, Any] = line.plan
    return routing.Plan(
        phones=_phones(line),
        sequential=given.get("strategy") == "sequential",
        seconds=int(given.get("seconds", 20)),
        record=bool(given.get("record", False)),
        announce=given.get("announce", ""),
        queue=given.get("queue", ""),
        max_wait=int(given.get("max_wait", 300)),
        menu=given.get("menu", ""),
        menu_keys=tuple(_key(line, *key) for key in given.get("menu_keys", {}).items()),
        voicemail=bool(given.get("voicemail", True)),
        greeting=given.get("greeting", ""),
        closed_text=given.get("closed_text", ""),
        language=question.language or line.language,
        caller_id=line.number if _is_ours(question, caller) else "",
        transcribe=bool(given.get("transcribe", False)),
        forward=given.get("forward", ""),
    )


def _is_ours(question: Question, caller: str) -> bool:
    """Whether the line's number is to be shown: we call, or the caller has none to show."""
    no_number = caller.startswith(("sip:", "sips:", "client:"))
    return question.step is Step.CALL_BACK or no_number


def _phones(line: LineFacts) -> tuple[Phone, ...]:
    """The phones of those on duty; who has none cannot be rung."""
    screen = line.plan.get("screen", True)
    found = (_phone(person, screen=screen) for person in line.on_duty())
    return tuple(phone for phone in found if phone.number or phone.sip)


def _key(line: LineFacts, digit: str, wanted: str) -> tuple[str, Phone | str]:
    """A key of the menu; the phone of somebody who is away has no number."""
    if not wanted or wanted.startswith("+"):
        return digit, wanted
    person = next((one for one in line.colleagues if one.id == wanted and one.available), None)
    screen = line.plan.get("screen", True)
    return digit, _phone(person, screen=screen) if person else Phone(agent=wanted)


def _phone(person: Colleague, *, screen: bool) -> Phone:
    if person.sip:
        return Phone(agent=person.id, sip=person.sip)
    return Phone(agent=person.id, number=person.number or "", screen=screen)
