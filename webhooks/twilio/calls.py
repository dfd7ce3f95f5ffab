"""What Twilio says about a whole call, and what it asks when one begins.

https://www.twilio.com/docs/voice/twiml
"""

from collections.abc import Mapping

from hub.contract.events import CallEvent, Direction, Ending, Event, LegEvent, LegKind, Phase
from hub.contract.routing import Question, Step
from hub.contract.webhooks import Notice
from webhooks.twilio import steps
from webhooks.twilio.said import Said

STATUS: Mapping[str, tuple[Phase, Ending | None]] = {
    "queued": (Phase.STARTED, None),
    "initiated": (Phase.STARTED, None),
    "ringing": (Phase.RINGING, None),
    "in-progress": (Phase.ANSWERED, None),
    "completed": (Phase.ENDED, Ending.COMPLETED),
    "busy": (Phase.ENDED, Ending.BUSY),
    "no-answer": (Phase.ENDED, Ending.NO_ANSWER),
    "canceled": (Phase.ENDED, Ending.CANCELED),
    "failed": (Phase.ENDED, Ending.FAILED),
}
"""CallStatus. The SIP code beside it is no help: a busy leg carries 486 or 487."""

_DIRECTION: Mapping[str, Direction] = {
    "inbound": Direction.INBOUND,
    "outbound-api": Direction.OUTBOUND,
    "outbound-dial": Direction.OUTBOUND,
    "trunking-originating": Direction.INBOUND,  # originating is seen from the caller
    "trunking-terminating": Direction.OUTBOUND,
}


def at_number(said: Said) -> Notice:
    """The number's own URL: a call comes in (voice URL), or it is over (status callback)."""
    phase, _ = said.word("CallStatus", STATUS)
    if phase is Phase.ENDED or said.has("CallbackSource"):
        return _progress(said)
    return _softphone(said) if _from_browser(said) else _incoming(said)


def _incoming(said: Said) -> Notice:
    call = said.sid("CallSid")
    ringing = CallEvent(
        id=f"{call}:incoming",
        call_id=call,
        at=said.at,
        phase=Phase.RINGING,
        direction=said.word("Direction", _DIRECTION),
        caller=said.fields["From"].text(most=200),
        called=said.fields["To"].text(most=200),
        caller_name=said.text("CallerName", most=200),
    )
    return Notice(
        id=said.name(call, "incoming", said.text("ErrorCode", most=20)),  # set at the fallback URL
        events=(ringing,),
        question=Question(call_id=call, step=Step.INCOMING),
    )


def _from_browser(said: Said) -> bool:
    """A browser softphone that places a call: Twilio calls that inbound."""
    return (said.text("From") or "").startswith("client:")


def _softphone(said: Said) -> Notice:
    call, number = said.sid("CallSid"), said.fields["To"].token()
    started = CallEvent(
        id=f"{call}:incoming",
        call_id=call,
        at=said.at,
        phase=Phase.STARTED,
        direction=Direction.OUTBOUND,
        caller=said.fields["From"].text(most=200),
        called=number,
    )
    return Notice(
        id=f"{call}:incoming",
        events=(started, _browser(said, Phase.ANSWERED)),
        question=Question(call_id=call, step=Step.CALL_BACK, target=number),
    )


def _browser(said: Said, phase: Phase, ending: Ending | None = None) -> LegEvent:
    """The leg of the browser that places a call: the call itself."""
    call, sender = said.sid("CallSid"), said.fields["From"].text(most=200)
    return LegEvent(
        id=f"{call}:browser:{phase}",
        call_id=call,
        leg_id=call,
        at=said.at,
        phase=phase,
        kind=LegKind.AGENT,
        agent=sender.removeprefix("client:"),
        ending=ending,
        seconds=said.seconds("CallDuration") if ending is Ending.COMPLETED else None,
    )


def _progress(said: Said) -> Notice:
    """The number's status callback: once, at the end, and `completed` for most missed calls too.

    So it says when and how the caller's leg ended, and nothing about whether anybody spoke.
    """
    phase, ending = said.word("CallStatus", STATUS)
    call, browser = said.sid("CallSid"), _from_browser(said)
    events: list[Event] = [
        CallEvent(
            id=said.name(call, "call", said.text("CallStatus")),
            call_id=call,
            at=said.at,
            phase=Phase.RINGING if phase is Phase.ANSWERED else phase,
            direction=Direction.OUTBOUND if browser else _direction(said),
            caller=said.text("From", most=200),
            called=said.text("To", most=200),
            ending=ending,
            seconds=said.seconds("CallDuration") if ending is Ending.COMPLETED else None,
        )
    ]
    if browser and phase is Phase.ENDED:
        events.append(_browser(said, phase, ending))
    return Notice(id=said.told(call), events=tuple(events))


def _direction(said: Said) -> Direction | None:
    return said.word("Direction", _DIRECTION) if said.has("Direction") else None


def out(said: Said) -> Notice:
    """`out/{number}/{user}`: click-to-call; the agent's phone, which is the parent leg here."""
    phase, ending = said.word("CallStatus", STATUS)
    started = CallEvent(
        id=said.name(said.sid("CallSid"), "out", said.text("CallStatus")),
        call_id=said.sid("CallSid"),
        at=said.at,
        # That the agent picks up is no answer: the other side has not been rung yet.
        phase=Phase.STARTED if phase is Phase.ANSWERED else phase,
        direction=Direction.OUTBOUND,
        caller=said.text("From", most=200),
        called=steps.number(steps.at(said.path, 1)),
        ending=ending,
        seconds=said.seconds("CallDuration") if ending is Ending.COMPLETED else None,
    )
    return Notice(
        id=said.told(said.sid("CallSid")),
        events=(started, _placing(said, phase, ending)),
    )


def call_back(said: Said) -> Notice:
    """`call-back/{number}/{user}`: click-to-call; the agent has picked up, connect the number."""
    call, number = said.sid("CallSid"), steps.number(steps.at(said.path, 1))
    started = CallEvent(
        id=f"{call}:call-back",
        call_id=call,
        at=said.at,
        phase=Phase.STARTED,
        direction=Direction.OUTBOUND,
        caller=said.text("From", most=200),
        called=number,
    )
    return Notice(
        id=f"{call}:call-back",
        events=(started, _placing(said, Phase.ANSWERED)),
        question=Question(call_id=call, step=Step.CALL_BACK, target=number),
    )


def _placing(said: Said, phase: Phase, ending: Ending | None = None) -> LegEvent:
    """The leg of the agent who places a call."""
    call = said.sid("CallSid")
    return LegEvent(
        id=said.name(call, said.path[0], "agent", ending or phase),
        call_id=call,
        leg_id=call,
        at=said.at,
        phase=phase,
        kind=LegKind.AGENT,
        agent=steps.at(said.path, 2),
        number=said.text("To", most=200),
        ending=ending,
        seconds=said.seconds("CallDuration") if ending is Ending.COMPLETED else None,
    )
