"""What did Twilio say? One URL serves everything; words behind it, or fields, tell it apart."""

from collections.abc import Callable, Mapping

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.webhooks import Notice, RawRequest
from webhooks.twilio import calls, legs, messages, queues, recordings
from webhooks.twilio.said import Said

Reader = Callable[[Said], Notice]

STEPS: Mapping[str, Reader] = {
    "leg": legs.leg,
    "rung": legs.rung,
    "screen": legs.screen,
    "screened": legs.screened,
    "forward": legs.forward,
    "forwarded": legs.forwarded,
    "wait": queues.wait,
    "queue-left": queues.left,
    "recorded": recordings.recorded,
    "recording": recordings.changed,
    "transcript": recordings.transcribed,
    "chosen": recordings.chosen,
    "out": calls.out,
    "call-back": calls.call_back,
    "callee": legs.callee,
    "message": messages.moved,
}
"""The first word behind the hook's address, where we handed the URL out."""

FIELDS: tuple[tuple[str, Reader], ...] = (
    ("MessageSid", messages.at_number),
    ("SmsSid", messages.at_number),
    ("TranscriptionSid", recordings.transcribed),
    ("RecordingStatus", recordings.changed),
    ("CallSid", calls.at_number),
)
"""At the address itself, which an administrator set at Twilio: the first field that fits."""


def parse(request: RawRequest) -> Notice:
    """Say what *request* says; raises BadPayload with the path of what is wrong."""
    said = Said.of(request)
    return _reader(said)(said)


def _reader(said: Said) -> Reader:
    if said.path:
        if said.path[0] not in STEPS:
            # An unknown step is no unknown event: taken quietly, a caller would hear silence.
            raise BadPayload(
                f"{said.path[0]!r} is none of {', '.join(STEPS)}: "
                "set the address of the line's page at Twilio, with nothing behind it",
                path="url",
            )
        return STEPS[said.path[0]]
    for name, reader in FIELDS:
        if said.has(name):
            return reader
    raise UnsupportedEvent(
        "neither a call nor a message: none of CallSid, MessageSid", path="body"
    )
