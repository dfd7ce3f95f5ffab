"""Our own JSON: one small envelope and fourteen types of event (`doc.md` has the table)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from hub.contract.errors import UnsupportedEvent
from hub.contract.events import (
    CallEvent,
    Channel,
    Direction,
    Ending,
    Event,
    LegEvent,
    LegKind,
    MediaItem,
    MessageEvent,
    MessageStatus,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
    RoutingEvent,
    Transfer,
    Verdict,
)
from hub.contract.optout import consent_in
from hub.contract.payload import Payload
from hub.contract.webhooks import Notice, RawRequest

_DIRECTIONS = {word.value: word for word in Direction}
_KINDS = {word.value: word for word in LegKind}
_ENDINGS = {word.value: word for word in Ending if word is not Ending.LOST_END}
_REFUSALS = {"closed": Verdict.CLOSED, "blocked": Verdict.BLOCKED}
_ALL_ENDINGS: Mapping[str, Ending | Verdict] = {**_ENDINGS, **_REFUSALS}
_TRANSFERS = {word.value: word for word in Transfer}
_CHANNELS = {word.value: word for word in Channel}
_RECORDED = {word.value: word for word in RecordingKind}
_STATUSES = {
    word.value: word
    for word in (
        MessageStatus.ACCEPTED,
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
        MessageStatus.READ,
        MessageStatus.FAILED,
        MessageStatus.UNDELIVERED,
        MessageStatus.CANCELED,
    )
}
_WEEK = 604_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One body, half read: what every type of event has."""

    id: str
    at: datetime
    body: Payload
    data: Payload

    @property
    def call_id(self) -> str:
        return self.body["call_id"].token()


def read(body: Payload, request: RawRequest) -> Notice:
    """The notice of one body in our own JSON; raises BadPayload."""
    name = body["type"].token()
    if name not in EVENTS:
        raise UnsupportedEvent(f"{name!r} is none of {', '.join(EVENTS)}", path="type")
    told = Told(
        id=_id(body, request),
        at=body["occurred_at"].moment(),
        body=body,
        data=body.get("data") or Payload({}, "data"),
    )
    return Notice(id=told.id, events=EVENTS[name](told))


def _id(body: Payload, request: RawRequest) -> str:
    """The signed id, or the `id` in the body; without both, the same body is the same notice."""
    if signed := request.header("webhook-id"):
        return Payload(signed, "webhook-id").token()
    if given := body.get("id"):
        return given.token()
    return hashlib.sha256(request.body).hexdigest()[:32]


def _first(phase: Phase, told: Told) -> tuple[Event, ...]:
    """A call begins: who calls whom must be said."""
    return (
        CallEvent(
            id=told.id,
            call_id=told.call_id,
            at=told.at,
            phase=phase,
            direction=told.body["direction"].word(_DIRECTIONS),
            caller=told.body["from"].token(),
            called=told.body["to"].token(),
            caller_name=_text(told.data, "caller_name"),
        ),
    )


def _call_ended(told: Told) -> tuple[Event, ...]:
    """The call is over; a phone system may have a calendar and a block list of its own."""
    direction, said = told.body.get("direction"), told.data.get("ending")
    ending = said.word(_ALL_ENDINGS) if said else Ending.COMPLETED
    ended = CallEvent(
        id=told.id,
        call_id=told.call_id,
        at=told.at,
        phase=Phase.ENDED,
        direction=direction.word(_DIRECTIONS) if direction else None,
        caller=_text(told.body, "from"),
        called=_text(told.body, "to"),
        ending=Ending.COMPLETED if isinstance(ending, Verdict) else ending,
        seconds=_seconds(told.data),
    )
    return (ended, _refused(told, ending)) if isinstance(ending, Verdict) else (ended,)


def _refused(told: Told, verdict: Verdict) -> RoutingEvent:
    return RoutingEvent(id=f"{told.id}/verdict", call_id=told.call_id, at=told.at, verdict=verdict)


def _leg(phase: Phase, told: Told) -> tuple[Event, ...]:
    return (_leg_event(told, phase=phase),)


def _leg_ended(told: Told) -> tuple[Event, ...]:
    ending = told.data.get("ending")
    word = ending.word(_ENDINGS) if ending else Ending.COMPLETED
    return (_leg_event(told, phase=Phase.ENDED, ending=word, seconds=_seconds(told.data)),)


def _transferred(told: Told) -> tuple[Event, ...]:
    """A new leg takes over: it rings after a blind transfer, and talks after an attended one."""
    how, old = told.data["transfer"].word(_TRANSFERS), told.data["replaces"].token()
    phase = Phase.ANSWERED if how is Transfer.ATTENDED else Phase.RINGING
    left = LegEvent(
        id=f"{told.id}/left",
        call_id=told.call_id,
        leg_id=old,
        at=told.at,
        phase=Phase.ENDED,
        kind=LegKind.AGENT,
        ending=Ending.TRANSFERRED,
    )
    return left, _leg_event(told, phase=phase, replaces=old, transfer=how)


def _leg_event(
    told: Told,
    *,
    phase: Phase,
    ending: Ending | None = None,
    seconds: float | None = None,
    replaces: str | None = None,
    transfer: Transfer | None = None,
) -> LegEvent:
    kind = told.data.get("kind")
    return LegEvent(
        id=told.id,
        call_id=told.call_id,
        leg_id=told.data["leg_id"].token(),
        at=told.at,
        phase=phase,
        kind=kind.word(_KINDS) if kind else LegKind.AGENT,
        agent=_text(told.data, "agent"),
        number=_text(told.data, "number"),
        ending=ending,
        seconds=seconds,
        replaces=replaces,
        transfer=transfer,
    )


def _recorded(kind: RecordingKind, told: Told) -> tuple[Event, ...]:
    channels = told.data.get("channels")
    return (
        RecordingEvent(
            id=told.id,
            call_id=told.call_id,
            recording_id=told.data["recording_id"].token(),
            at=told.at,
            kind=kind,
            state=RecordingState.READY,
            url=told.data["url"].token(most=2000),
            seconds=_seconds(told.data),
            channels=int(channels.number(least=1, most=64)) if channels else None,
            transcript=_text(told.data, "transcript", most=100_000),
        ),
    )


def _transcribed(told: Told) -> tuple[Event, ...]:
    kind = told.data.get("kind")
    return (
        RecordingEvent(
            id=told.id,
            call_id=told.call_id,
            recording_id=told.data["recording_id"].token(),
            at=told.at,
            kind=kind.word(_RECORDED) if kind else RecordingKind.CALL,
            state=RecordingState.READY,
            transcript=told.data["transcript"].text(most=100_000),
        ),
    )


def _message_received(told: Told) -> tuple[Event, ...]:
    text = told.data["text"].text(most=10_000)
    return (
        MessageEvent(
            id=told.id,
            message_id=told.data["message_id"].token(),
            at=told.at,
            direction=Direction.INBOUND,
            channel=_channel(told.data),
            status=MessageStatus.RECEIVED,
            sender=told.body["from"].token(),
            recipient=told.body["to"].token(),
            text=text,
            media=_media(told.data),
            profile_name=_text(told.data, "profile_name"),
            consent=consent_in(text),
        ),
    )


def _message_status(told: Told) -> tuple[Event, ...]:
    return (
        MessageEvent(
            id=told.id,
            message_id=told.data["message_id"].token(),
            at=told.at,
            direction=Direction.OUTBOUND,
            channel=_channel(told.data),
            status=told.data["status"].word(_STATUSES),
            sender=_text(told.body, "from") or "",
            recipient=_text(told.body, "to") or "",
            ref=_text(told.data, "ref"),
            error=_text(told.data, "error"),
        ),
    )


def _channel(data: Payload) -> Channel:
    channel = data.get("channel")
    return channel.word(_CHANNELS) if channel else Channel.SMS


def _media(data: Payload) -> tuple[MediaItem, ...]:
    return tuple(
        MediaItem(url=item["url"].token(most=2000), media_type=item["media_type"].token())
        for item in data.get("media") or ()
    )


def _text(payload: Payload, key: str, *, most: int = 4096) -> str | None:
    found = payload.get(key)
    return (found.text(most=most) or None) if found else None


def _seconds(data: Payload) -> float | None:
    found = data.get("seconds")
    return found.number(most=_WEEK) if found else None


EVENTS: Mapping[str, Callable[[Told], tuple[Event, ...]]] = {
    "call.started": partial(_first, Phase.STARTED),
    "call.ringing": partial(_first, Phase.RINGING),
    "call.leg.ringing": partial(_leg, Phase.RINGING),
    "call.leg.answered": partial(_leg, Phase.ANSWERED),
    "call.held": partial(_leg, Phase.HELD),
    "call.resumed": partial(_leg, Phase.RESUMED),
    "call.transferred": _transferred,
    "call.leg.ended": _leg_ended,
    "call.ended": _call_ended,
    "call.recording.ready": partial(_recorded, RecordingKind.CALL),
    "call.voicemail.ready": partial(_recorded, RecordingKind.VOICEMAIL),
    "call.transcript.ready": _transcribed,
    "message.received": _message_received,
    "message.status": _message_status,
}
