"""What Twilio says about a caller who waits in a queue.

https://www.twilio.com/docs/voice/twiml/enqueue
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from hub.contract.events import Ending, Event, LegEvent, LegKind, Phase
from hub.contract.routing import Question, Step
from hub.contract.webhooks import Notice
from webhooks.twilio.said import Said

RESULT: Mapping[str, Ending] = {
    "bridged": Ending.COMPLETED,
    "bridging-in-process": Ending.COMPLETED,
    "redirected-from-bridged": Ending.COMPLETED,
    "hangup": Ending.ABANDONED,
    "leave": Ending.LEFT,
    "redirected": Ending.LEFT,
    "queue-full": Ending.LEFT,
    "error": Ending.FAILED,
    "system-error": Ending.FAILED,
}
"""QueueResult."""

_LONGEST = 86_400.0  # a call lasts four hours at most; what is beyond a day is no waiting time


def wait(said: Said) -> Notice:
    """`wait`: the caller waits and wants something to listen to; asked again and again."""
    call, waited = said.sid("CallSid"), said.text("QueueTime", most=20) or "0"
    waiting = LegEvent(
        id=said.name(_leg_id(said), "waiting", waited),
        call_id=call,
        leg_id=_leg_id(said),
        at=said.at - _waited(said),
        phase=Phase.RINGING,
        kind=LegKind.QUEUE,
    )
    return Notice(
        id=said.name(call, "wait", waited),
        events=(waiting,),
        question=Question(
            call_id=call, step=Step.QUEUE_WAIT, waited=_waited(said).total_seconds()
        ),
    )


def left(said: Said) -> Notice:
    """`queue-left/{since}`: the caller is no longer in the queue (Enqueue action).

    Somebody who was connected is told of when that conversation ends. *since*, in epoch seconds,
    is when the caller joined the queue: so we know when it began.
    """
    call, ending = said.sid("CallSid"), said.word("QueueResult", RESULT)
    answered = ending is Ending.COMPLETED
    joined = min(said.since or said.at, said.at - _waited(said))
    until = joined + _waited(said) if answered else said.at
    ended = LegEvent(
        id=f"{_leg_id(said)}:left",
        call_id=call,
        leg_id=_leg_id(said),
        at=until,
        phase=Phase.ENDED,
        kind=LegKind.QUEUE,
        ending=ending,
        seconds=said.seconds("QueueTime"),
    )
    talk = _talk(said, until) if answered else ()
    return Notice(
        id=said.name(call, "queue-left", said.text("QueueSid", most=64), said.text("QueueResult")),
        events=(ended, *talk),
        question=Question(call_id=call, step=Step.QUEUE_LEFT, ending=ending, answered=answered),
    )


def _talk(said: Said, since: datetime) -> tuple[Event, ...]:
    """The conversation after the queue: somebody took the caller out, we are not told who."""
    leg_id = f"{_leg_id(said)}:talk"
    began = LegEvent(
        id=f"{leg_id}:answered",
        call_id=said.sid("CallSid"),
        leg_id=leg_id,
        at=since,
        phase=Phase.ANSWERED,
        kind=LegKind.AGENT,
    )
    ended = LegEvent(
        id=f"{leg_id}:ended",
        call_id=said.sid("CallSid"),
        leg_id=leg_id,
        at=max(said.at, since),
        phase=Phase.ENDED,
        kind=LegKind.AGENT,
        ending=Ending.COMPLETED,
    )
    return began, ended


def _leg_id(said: Said) -> str:
    """The queue leg's id; QueueSid is absent when the caller never got in (a full queue)."""
    return said.name(said.text("QueueSid", most=64) or "queue", said.sid("CallSid"))


def _waited(said: Said) -> timedelta:
    return timedelta(seconds=min(said.seconds("QueueTime") or 0.0, _LONGEST))
