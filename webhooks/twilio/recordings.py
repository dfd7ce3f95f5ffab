"""What Twilio says about recordings, voicemail and their transcripts, and about keys pressed.

https://www.twilio.com/docs/voice/twiml/record
https://www.twilio.com/docs/voice/api/recording
"""

import dataclasses
import re
from collections.abc import Mapping
from datetime import timedelta

from hub.contract.events import (
    Ending,
    Event,
    LegEvent,
    LegKind,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
)
from hub.contract.routing import Question, Step
from hub.contract.webhooks import Notice
from webhooks.twilio.said import Said

STATUS: Mapping[str, RecordingState] = {
    "in-progress": RecordingState.PENDING,
    "paused": RecordingState.PENDING,
    "processing": RecordingState.PENDING,
    "completed": RecordingState.READY,
    "absent": RecordingState.ABSENT,
    "failed": RecordingState.FAILED,
}
"""RecordingStatus."""

_TRANSCRIPTION: Mapping[str, bool] = {"completed": True, "failed": False}
_SID = re.compile(r"RE[0-9a-f]{32}")


def changed(said: Said) -> Notice:
    """`recording`: a file is ready, or will never be (recordingStatusCallback)."""
    recording, state = said.sid("RecordingSid"), said.word("RecordingStatus", STATUS)
    channels = said.seconds("RecordingChannels")
    event = RecordingEvent(
        id=f"{recording}:{state}",
        call_id=said.sid("CallSid"),
        recording_id=recording,
        at=said.at,
        kind=_kind(said),
        state=state,
        url=said.text("RecordingUrl", most=2000),
        seconds=said.seconds("RecordingDuration"),
        channels=int(channels) if channels else None,
    )
    return Notice(id=said.name(recording, said.text("RecordingStatus")), events=(event,))


def _kind(said: Said) -> RecordingKind:
    """RecordVerb is a caller's message; everything else is a conversation."""
    source = said.text("RecordingSource", most=60)
    return RecordingKind.VOICEMAIL if source == "RecordVerb" else RecordingKind.CALL


def recorded(said: Said) -> Notice:
    """`recorded`: the caller has left a message, or has hung up doing so (Record action).

    The file may not be there yet; `recording` says when it is.
    """
    call, digits = said.sid("CallSid"), said.text("Digits", most=20) or ""
    url = said.fields["RecordingUrl"].token(most=2000)
    recording = said.text("RecordingSid", most=64) or _sid_in(url)
    seconds = said.seconds("RecordingDuration")
    events: tuple[Event, ...] = _mailbox(said, seconds)
    if recording:
        pending = RecordingEvent(
            id=f"{recording}:pending",
            call_id=call,
            recording_id=recording,
            at=said.at,
            kind=RecordingKind.VOICEMAIL,
            state=RecordingState.PENDING,
            url=url,
            seconds=seconds,
        )
        events = (*events, pending)
    question = Question(call_id=call, step=Step.RECORDED, digits=digits)
    return Notice(id=said.name(call, "recorded", recording), events=events, question=question)


def _sid_in(url: str) -> str:
    """The recording's id: in practice a field of its own, by the book only part of the URL."""
    found = _SID.findall(url)
    return found[-1] if found else ""


def _mailbox(said: Said, seconds: float | None) -> tuple[Event, ...]:
    """The voicemail leg, known only by its end and its length."""
    call = said.sid("CallSid")
    leg_id, spoken = f"{call}:voicemail", timedelta(seconds=min(seconds or 0.0, 86_400.0))
    began = LegEvent(
        id=f"{leg_id}:began",
        call_id=call,
        leg_id=leg_id,
        at=said.at - spoken,
        phase=Phase.ANSWERED,
        kind=LegKind.VOICEMAIL,
    )
    ended = LegEvent(
        id=f"{leg_id}:ended",
        call_id=call,
        leg_id=leg_id,
        at=said.at,
        phase=Phase.ENDED,
        kind=LegKind.VOICEMAIL,
        ending=Ending.COMPLETED,
        seconds=seconds,
    )
    return began, ended


def transcribed(said: Said) -> Notice:
    """`transcript`: the words of a message, or that there are none (transcribeCallback)."""
    recording = said.sid("RecordingSid")
    done = said.word("TranscriptionStatus", _TRANSCRIPTION)
    words = RecordingEvent(
        id=f"{recording}:transcript",
        call_id=said.sid("CallSid"),
        recording_id=recording,
        at=said.at,
        kind=RecordingKind.VOICEMAIL,  # only <Record> transcribes
        state=RecordingState.READY,
        url=said.text("RecordingUrl", most=2000),
        transcript=said.text("TranscriptionText", most=20_000) or "",
    )
    return Notice(
        id=said.name(recording, "transcript", said.text("TranscriptionStatus")),
        events=(words,) if done else (),
    )


def chosen(said: Said) -> Notice:
    """`chosen/{since}`: a key was pressed in a menu, or none (Gather action).

    *since*, in epoch seconds, is when we asked: a menu that is heard twice is two of them.
    """
    call, digits = said.sid("CallSid"), said.text("Digits", most=20) or ""
    asked = min(said.since or said.at, said.at)
    menu = LegEvent(
        id=said.name(call, "menu", *said.path[1:2]),
        call_id=call,
        leg_id=f"{call}:menu",
        at=asked,
        phase=Phase.ANSWERED,
        kind=LegKind.MENU,
    )
    left = dataclasses.replace(
        menu,
        id=f"{menu.id}:left",
        at=said.at,
        phase=Phase.ENDED,
        ending=Ending.COMPLETED if digits else Ending.LEFT,
    )
    question = Question(call_id=call, step=Step.CHOSEN, digits=digits)
    return Notice(
        id=said.name(call, *said.path[:2], digits or "none"),
        events=(menu, left),
        question=question,
    )
