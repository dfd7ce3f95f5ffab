"""What Twilio says about SMS, MMS and WhatsApp: one came in, or one of ours moved on.

https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

import base64
import binascii
import re
from collections.abc import Mapping

from hub.contract.errors import BadPayload
from hub.contract.events import (
    Channel,
    Consent,
    Direction,
    MediaItem,
    MessageEvent,
    MessageStatus,
)
from hub.contract.optout import consent_in
from hub.contract.webhooks import Notice
from webhooks.twilio import steps
from webhooks.twilio.said import Said

STATUS: Mapping[str, MessageStatus] = {
    "accepted": MessageStatus.ACCEPTED,
    "scheduled": MessageStatus.ACCEPTED,
    "queued": MessageStatus.ACCEPTED,
    "sending": MessageStatus.ACCEPTED,  # our SENDING is a request of which nothing is known yet
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "partially_delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "failed": MessageStatus.FAILED,
    "undelivered": MessageStatus.UNDELIVERED,
    "canceled": MessageStatus.CANCELED,
}
"""MessageStatus of what we send; they come in any order, and `MessageStatus.rank` sorts them."""

_COMING_IN = {"", "received", "receiving"}
_OPT_OUT: Mapping[str, Consent] = {
    "STOP": Consent.STOP,
    "START": Consent.START,
    "HELP": Consent.HELP,
}
_WITHOUT_NUMBER = re.compile(r"whatsapp:[A-Za-z]{2}\.\w+")
_SHORTEST_BASE64 = 60


def at_number(said: Said) -> Notice:
    """The number's messaging URL: a message came in; or the service's status callback."""
    word = said.text("MessageStatus") or said.text("SmsStatus") or ""
    return _received(said) if word in _COMING_IN else moved(said)


def moved(said: Said) -> Notice:
    """`message/{our id}`: one of our messages moved on (StatusCallback)."""
    message, word = _sid(said), _word(said)
    ref = steps.at(said.path, 1) if said.path else None
    event = MessageEvent(
        id=said.name(message, word),
        message_id=message,
        at=said.at,
        direction=Direction.OUTBOUND,
        channel=_channel(said),
        status=STATUS[word],
        sender=said.text("From", most=300) or "",
        recipient=said.text("To", most=300) or "",
        ref=ref,
        error=_error(said),
    )
    return Notice(id=said.name(message, word), events=(event,))


def _word(said: Said) -> str:
    if said.text("EventType", most=40) == "READ":
        return "read"
    name = "MessageStatus" if said.has("MessageStatus") else "SmsStatus"
    said.word(name if said.has(name) else "MessageStatus", STATUS)
    return said.fields[name].text()


def _error(said: Said) -> str | None:
    """The vendor's code; "0" is none."""
    code = said.text("ErrorCode", most=40)
    return None if code == "0" else code


def _sid(said: Said) -> str:
    return said.sid("MessageSid" if said.has("MessageSid") else "SmsSid")


def _channel(said: Said) -> Channel:
    ends = (said.text("From", most=300) or "", said.text("To", most=300) or "")
    whatsapp = any(end.startswith("whatsapp:") for end in ends)
    return Channel.WHATSAPP if whatsapp else Channel.SMS


def _received(said: Said) -> Notice:
    message, media = _sid(said), _media(said)
    text = _text(said, required=not media)
    consent, answered = _consent(said, text)
    event = MessageEvent(
        id=f"{message}:received",
        message_id=message,
        at=said.at,
        direction=Direction.INBOUND,
        channel=_channel(said),
        status=MessageStatus.RECEIVED,
        sender=said.fields["From"].token(most=300),
        recipient=said.fields["To"].token(most=300),
        text=text,
        media=media,
        profile_name=said.text("ProfileName", most=300),
        identity=_identity(said),
        consent=consent,
        answered=answered,
    )
    return Notice(id=f"{message}:received", events=(event,))


def _text(said: Said, *, required: bool) -> str:
    """The words; a place that was sent has none, and is told by its label and its address."""
    body = said.fields.get("Body")
    if body is not None:
        return _decoded(body.text(most=10_000))
    place = [said.text(name) for name in ("Label", "Address", "Latitude", "Longitude")]
    if required and not any(place):
        raise BadPayload("is missing, and there is neither a file nor a place", path="Body")
    return ", ".join(word for word in place if word)


def _decoded(body: str) -> str:
    """Some carriers' long texts arrive in base64; a text that happens to look like it is rare."""
    packed = body.strip().replace("\r", "").replace("\n", "")
    if len(packed) < _SHORTEST_BASE64:
        return body
    try:
        found = base64.b64decode(packed, validate=True).decode()
    except (binascii.Error, ValueError):
        return body
    readable = all(letter.isprintable() or letter.isspace() for letter in found)
    return found if readable else body


def _media(said: Said) -> tuple[MediaItem, ...]:
    count = said.get("NumMedia")
    many = int(count.number(most=50)) if count is not None else 0
    return tuple(_file(said, index) for index in range(many))


def _file(said: Said, index: int) -> MediaItem:
    media_type = said.text(f"MediaContentType{index}", most=200)
    return MediaItem(
        url=said.fields[f"MediaUrl{index}"].token(most=2000),
        media_type=media_type or "application/octet-stream",
    )


def _consent(said: Said, text: str) -> tuple[Consent | None, bool]:
    """What was said about consent, and whether Twilio has answered (Advanced Opt-Out)."""
    if said.has("OptOutType"):
        return said.word("OptOutType", _OPT_OUT), True
    return consent_in(text), False


def _identity(said: Said) -> str | None:
    """A WhatsApp user who hides the number has an id instead (`whatsapp:US.123`)."""
    given, sender = said.text("ExternalUserId", most=300), said.text("From", most=300) or ""
    return given or (sender if _WITHOUT_NUMBER.fullmatch(sender) else None)
