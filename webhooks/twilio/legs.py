"""What Twilio says about the legs below a call: phones that we rang, and how the ringing ended.

https://www.twilio.com/docs/voice/twiml/dial  https://www.twilio.com/docs/voice/twiml/number
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hub.contract.events import Ending, Event, LegEvent, LegKind, Phase
from hub.contract.routing import Question, Step
from hub.contract.webhooks import Notice
from webhooks.twilio import steps
from webhooks.twilio.calls import STATUS
from webhooks.twilio.said import Said

DIAL_STATUS: Mapping[str, Ending] = {
    "completed": Ending.COMPLETED,
    "answered": Ending.COMPLETED,  # conferences only
    "busy": Ending.BUSY,
    "no-answer": Ending.NO_ANSWER,
    "failed": Ending.FAILED,
    "canceled": Ending.CANCELED,
}

_YES_NO: Mapping[str, bool] = {"true": True, "false": False}


def leg(said: Said) -> Notice:
    """`leg/{user}/{direct|screened}`: an agent's phone.

    On a screened phone `in-progress` is a pick-up, perhaps by a mailbox: it rings on for us.
    """
    user, screened = steps.at(said.path, 1), steps.SCREENED in said.path[2:]
    return _child(said, kind=LegKind.AGENT, agent=user, screened=screened)


def forward(said: Said) -> Notice:
    """`forward/{number}`: the leg of a number outside that takes the call instead of us."""
    return _child(said, kind=LegKind.FORWARD, number=steps.number(steps.at(said.path, 1)))


def callee(said: Said) -> Notice:
    """`callee/{number}`: the far end of a call that an agent places."""
    return _child(said, kind=LegKind.CALLEE, number=steps.number(steps.at(said.path, 1)))


def _child(
    said: Said,
    *,
    kind: LegKind,
    agent: str | None = None,
    number: str | None = None,
    screened: bool = False,
) -> Notice:
    phase, ending = said.word("CallStatus", STATUS)
    if screened and phase is Phase.ANSWERED:
        phase = Phase.RINGING
    event = LegEvent(
        id=said.name(said.sid("CallSid"), said.text("CallStatus")),
        call_id=said.sid("ParentCallSid"),
        leg_id=said.sid("CallSid"),
        at=said.at,
        phase=phase,
        kind=kind,
        agent=agent,
        number=number or said.text("To", most=200),
        ending=ending,
        seconds=said.seconds("CallDuration") if ending is Ending.COMPLETED else None,
    )
    return Notice(id=said.told(said.sid("CallSid")), events=(event,))


def rung(said: Said) -> Notice:
    """`rung/{direct|screened}/{user}/{since}`: the ringing is over (Dial action).

    *user* is there when only one phone rang: then we know whose it was.
    """
    screened, rest = steps.at(said.path, 1) == steps.SCREENED, said.path[2:]
    agent = rest[0] if len(rest) > 1 else None
    return _dialled(said, kind=LegKind.AGENT, agent=agent, screened=screened)


def forwarded(said: Said) -> Notice:
    """`forwarded/{number}/{since}`: what became of a number outside (Dial action)."""
    number = steps.number(steps.at(said.path, 1))
    return _dialled(said, kind=LegKind.FORWARD, number=number)


def _dialled(
    said: Said,
    *,
    kind: LegKind,
    agent: str | None = None,
    number: str | None = None,
    screened: bool = False,
) -> Notice:
    call, child = said.sid("CallSid"), said.text("DialCallSid", most=64)
    ending, answered = _dial_ending(said)
    # A child that went its own way has no id, but its talk must not be lost.
    leg_id = child or (f"{call}:dial" if answered else None)
    leg = _dial_leg(said, leg_id, kind, agent, number) if leg_id else None
    events = _dial_events(said, leg, screened=screened) if leg else ()
    return Notice(
        id=said.name(call, *said.path, child, said.text("DialCallStatus")),
        events=events,
        question=Question(
            call_id=call,
            step=Step.RUNG,
            ending=ending,
            answered=answered,
            target=number or "",
        ),
    )


def _dial_ending(said: Said) -> tuple[Ending, bool]:
    """How the ringing ended, and whether anybody was connected to the caller.

    `completed` without a bridge is somebody, or a mailbox, who picked up and did not press 1.
    """
    ending = said.word("DialCallStatus", DIAL_STATUS)
    if ending is not Ending.COMPLETED:
        return ending, False
    conference = said.text("DialCallStatus") == "answered"
    talked = conference or (said.seconds("DialCallDuration") or 0) > 0
    answered = said.word("DialBridged", _YES_NO) if said.has("DialBridged") else talked
    return (Ending.COMPLETED if answered else Ending.NO_ANSWER), answered


def _dial_leg(
    said: Said, leg_id: str, kind: LegKind, agent: str | None, number: str | None
) -> LegEvent:
    """The end of the leg that was dialled."""
    ending, answered = _dial_ending(said)
    return LegEvent(
        id=f"{leg_id}:dial:ended",
        call_id=said.sid("CallSid"),
        leg_id=leg_id,
        at=said.at,
        phase=Phase.ENDED,
        kind=kind,
        agent=agent,
        number=number,
        ending=ending,
        seconds=said.seconds("DialCallDuration") if answered else None,
    )


def _dial_events(said: Said, ended: LegEvent, *, screened: bool) -> tuple[Event, ...]:
    if not _dial_ending(said)[1]:
        return (ended,)
    at = said.at if screened else _bridged_at(said)
    bridged = replace(
        ended,
        id=f"{ended.leg_id}:dial:bridged",
        at=at,
        phase=Phase.ANSWERED,
        ending=None,
        seconds=None,
    )
    return (bridged, ended)


def _bridged_at(said: Said) -> datetime:
    """When the talk began: so long ago as it lasted, but not before we had the phone rung.

    Not of a screened phone, whose length counts from the pick-up: the key has told us better.
    """
    length = min(said.seconds("DialCallDuration") or 0.0, 86_400.0)
    since, began = said.since, said.at - timedelta(seconds=length)
    return min(max(began, since), said.at) if since else began


def screen(said: Said) -> Notice:
    """`screen/{user}/{call}`: a screened phone was picked up: perhaps by a person."""
    return _screening(said, Step.SCREEN, Phase.RINGING)


def screened(said: Said) -> Notice:
    """`screened/{user}/{call}`: the key that was pressed there, or none (Gather action)."""
    phase = Phase.ANSWERED if said.text("Digits") == "1" else Phase.RINGING
    return _screening(said, Step.SCREENED, phase)


def _screening(said: Said, step: Step, phase: Phase) -> Notice:
    child, user, digits = said.sid("CallSid"), steps.at(said.path, 1), said.text("Digits", most=20)
    call = said.text("ParentCallSid", most=64) or steps.at(said.path, 2)
    event = LegEvent(
        id=f"{child}:{step}:{phase}",
        call_id=call,
        leg_id=child,
        at=said.at,
        phase=phase,
        kind=LegKind.AGENT,
        agent=user,
        number=said.text("To", most=200),
    )
    question = Question(call_id=call, step=step, digits=digits or "", target=user)
    return Notice(id=said.name(child, step, digits), events=(event,), question=question)
