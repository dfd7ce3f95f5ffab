"""Zammad's generic CTI requests, as many phone systems already send them.

https://docs.zammad.org/en/latest/api/generic-cti/index.html

They carry neither a time nor an id: a request's time is its arrival, and its id is what it says.
A group call sends one `newCall` and one `hangup` for each phone that rang.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    Event,
    LegEvent,
    LegKind,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
)
from hub.contract.payload import Payload
from hub.contract.webhooks import Notice, RawRequest

_DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}
# By letters and digits alone, in lower case; an unknown cause ends the call all the same.
_CAUSES = {
    "normalclearing": Ending.COMPLETED,
    "busy": Ending.BUSY,
    "cancel": Ending.CANCELED,
    "noanswer": Ending.NO_ANSWER,
    "congestion": Ending.UNAVAILABLE,
    "notfound": Ending.UNAVAILABLE,
    "forwarded": Ending.TRANSFERRED,
    "answeredelsewhere": Ending.ELSEWHERE,
    "rejected": Ending.REJECTED,
}
_VOICEMAIL = "voicemail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One request, read as far as all three events are alike."""

    id: str
    at: datetime
    call_id: str
    caller: str | None
    called: str | None
    direction: Direction
    users: tuple[str, ...]
    queue: str
    number: str
    cause: str


def read(body: Payload, request: RawRequest) -> Notice:
    """The notice of one request in Zammad's words; raises BadPayload."""
    name = body["event"].token()
    if name not in EVENTS:
        raise UnsupportedEvent(f"{name!r} is none of {', '.join(EVENTS)}", path="event")
    told = _told(name, body, request.received_at)
    return Notice(id=told.id, events=EVENTS[name](told))


def _told(name: str, body: Payload, at: datetime) -> Told:
    call_id = (body.get("callId") or body.get("call_id") or body["callId"]).token()
    users, cause = _users(body), _text(body, "cause")
    queue, number = _text(body, "queue"), _text(body, "answeringNumber")
    said = "\n".join((name, call_id, *users, queue, number, cause))
    return Told(
        id=hashlib.sha256(said.encode()).hexdigest()[:32],
        at=at,
        call_id=call_id,
        caller=_number(name, body, "from"),
        called=_number(name, body, "to"),
        direction=body["direction"].word(_DIRECTIONS),
        users=users,
        queue=queue,
        number=number,
        cause=cause,
    )


def _number(name: str, body: Payload, key: str) -> str | None:
    """Who calls whom must be said when it rings; some senders leave it out later."""
    found = body[key] if name == "newCall" else body.get(key)
    return found.token() if found else None


def _users(body: Payload) -> tuple[str, ...]:
    """`user` is one name or a list; some senders call it `user[]`, and `caller` in an answer."""
    found = body.get("user") or body.get("user[]") or body.get("caller")
    if found is None:
        return ()
    try:
        names = [item.text(most=200) for item in found]
    except BadPayload:
        names = [found.text(most=200)]
    return tuple(sorted({name.strip() for name in names if name.strip()}))


def _text(body: Payload, key: str) -> str:
    found = body.get(key)
    return found.text(most=200).strip() if found else ""


def _new_call(told: Told) -> tuple[Event, ...]:
    """It rings: at the queue, at each user's phone, or at the number that we call."""
    if told.direction is Direction.OUTBOUND:
        legs = [_leg(told, Phase.RINGING, leg_id="callee")]
    else:
        legs = [_leg(told, Phase.RINGING, leg_id=user) for user in told.users]
    if told.queue:
        legs.append(_queue_leg(told, Phase.RINGING))
    return _call(told, Phase.RINGING), *legs


def _answer(told: Told) -> tuple[Event, ...]:
    if told.direction is Direction.OUTBOUND:
        return (_leg(told, Phase.ANSWERED, leg_id="callee"),)
    user = told.users[0] if told.users else told.number or "phone"
    picked_up = _leg(told, Phase.ANSWERED, leg_id=user)
    return (picked_up, _message(told)) if picked_up.kind is LegKind.VOICEMAIL else (picked_up,)


def _message(told: Told) -> RecordingEvent:
    """Taken by the voicemail: it is never told whether a message was left, nor where it is."""
    return RecordingEvent(
        id=f"{told.id}/message",
        call_id=told.call_id,
        recording_id=f"{told.call_id}/{_VOICEMAIL}",
        at=told.at,
        kind=RecordingKind.VOICEMAIL,
        state=RecordingState.READY,
    )


def _hangup(told: Told) -> tuple[Event, ...]:
    """The named phones stop, and the call with them, unless somebody else has taken it.

    Of a group whose phones stop one by one, the last one counts: the fold sees to that.
    """
    ending = _ending(told.cause)
    legs = [_leg(told, Phase.ENDED, leg_id=user, ending=ending) for user in told.users]
    if told.direction is Direction.OUTBOUND:
        legs = [_leg(told, Phase.ENDED, leg_id="callee", ending=ending)]
    if told.queue and ending is Ending.CANCELED:
        legs.append(_queue_leg(told, Phase.ENDED, ending=Ending.ABANDONED))
    if ending is Ending.TRANSFERRED:
        legs = [_leg(told, Phase.ANSWERED, leg_id="forward", kind=LegKind.FORWARD)]
    if ending is Ending.ELSEWHERE:
        return tuple(legs)
    return *legs, _call(told, Phase.ENDED, ending=ending)


def _ending(cause: str) -> Ending:
    letters = "".join(letter for letter in cause.casefold() if letter.isalnum())
    return _CAUSES.get(letters, Ending.COMPLETED)


def _call(told: Told, phase: Phase, *, ending: Ending | None = None) -> CallEvent:
    return CallEvent(
        id=told.id,
        call_id=told.call_id,
        at=told.at,
        phase=phase,
        direction=told.direction,
        caller=told.caller,
        called=told.called,
        ending=ending,
    )


def _leg(
    told: Told,
    phase: Phase,
    *,
    leg_id: str,
    kind: LegKind | None = None,
    ending: Ending | None = None,
) -> LegEvent:
    callee = leg_id == "callee"
    people = LegKind.VOICEMAIL if leg_id.casefold() == _VOICEMAIL else LegKind.AGENT
    return LegEvent(
        id=f"{told.id}/{leg_id}",
        call_id=told.call_id,
        leg_id=leg_id,
        at=told.at,
        phase=phase,
        kind=kind or (LegKind.CALLEE if callee else people),
        agent=(told.users[0] if told.users else None) if callee else leg_id,
        number=told.called if callee else told.number or None,
        ending=ending,
    )


def _queue_leg(told: Told, phase: Phase, *, ending: Ending | None = None) -> LegEvent:
    return LegEvent(
        id=f"{told.id}/queue",
        call_id=told.call_id,
        leg_id=f"queue/{told.queue}",
        at=told.at,
        phase=phase,
        kind=LegKind.QUEUE,
        agent=told.queue,
        ending=ending,
    )


EVENTS: Mapping[str, Callable[[Told], tuple[Event, ...]]] = {
    "newCall": _new_call,
    "answer": _answer,
    "hangup": _hangup,
}
