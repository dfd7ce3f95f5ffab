"""What the twin refuses, in which order and with which of Twilio's codes.

https://www.twilio.com/docs/api/errors
"""

from collections.abc import Callable, Mapping
from re import fullmatch
from typing import Protocol

LONGEST = 1600  # characters of a text
NOWHERE = "+12025550193"
_E164 = r"\+[1-9][0-9]{6,14}"
MESSAGE_FIELDS = frozenset(
    {
        "To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables",
        "StatusCallback", "ApplicationSid", "ValidityPeriod", "SmartEncoded", "SendAt",
        "ScheduleType", "ShortenUrls", "Attempt", "MaxPrice", "ProvideFeedback",
    }
)  # fmt: skip
CALL_FIELDS = frozenset(
    {
        "To", "From", "Url", "Method", "Twiml", "ApplicationSid", "StatusCallback", "Timeout",
        "StatusCallbackEvent", "StatusCallbackMethod", "FallbackUrl", "FallbackMethod", "Record",
        "CallerId", "TimeLimit", "MachineDetection",
    }
)  # fmt: skip


class Book(Protocol):
    """What the twin knows about numbers and templates."""

    numbers: set[str]
    templates: dict[str, str]
    landlines: set[str]
    stopped: set[str]


Refusal = tuple[Callable[[Mapping[str, str], Book], bool], int, str]


def plain(number: str) -> str:
    """*number* without the prefix of its channel."""
    return number.removeprefix("whatsapp:")


def _is_whatsapp(form: Mapping[str, str]) -> bool:
    return form.get("To", "").startswith("whatsapp:")


MESSAGE_REFUSALS: tuple[Refusal, ...] = (
    (lambda f, _: not f.get("To"), 21604, "A 'To' phone number is required."),
    (
        lambda f, _: not (f.get("From") or f.get("MessagingServiceSid")),
        21603,
        "A 'From' phone number is required.",
    ),
    (
        lambda f, _: not (f.get("Body") or f.get("MediaUrl") or f.get("ContentSid")),
        21602,
        "Message body is required.",
    ),
    (
        lambda f, _: not fullmatch(_E164, plain(f["To"])) or plain(f["To"]) == NOWHERE,
        21211,
        "The 'To' number is not a valid phone number.",
    ),
    (lambda f, _: f["To"] == f.get("From"), 21266, "'To' and 'From' number cannot be the same."),
    (
        lambda f, s: "From" in f and _is_whatsapp(f) and not _is_sender(f["From"], s, "whatsapp:"),
        63007,
        "Twilio could not find a Channel with the specified From address",
    ),
    (
        lambda f, s: "From" in f and not _is_whatsapp(f) and not _is_sender(f["From"], s, ""),
        21606,
        "The 'From' number is not a valid, SMS-capable number of this account.",
    ),
    (lambda f, _: len(f.get("Body", "")) > LONGEST, 21617, "The concatenated body is too long."),
    (
        lambda f, s: not _is_whatsapp(f) and f["To"] in s.landlines,
        21614,
        "'To' number is not a valid mobile number",
    ),
    (
        lambda f, s: plain(f["To"]) in s.stopped,
        21610,
        "Attempt to send to unsubscribed recipient",
    ),
    (
        lambda f, s: "ContentSid" in f and f["ContentSid"] not in s.templates,
        21655,
        "The ContentSid is Invalid",
    ),
)
CALL_REFUSALS: tuple[Refusal, ...] = (
    (lambda f, _: not f.get("To"), 21201, "No 'To' number is specified"),
    (lambda f, _: not f.get("From"), 21213, "Caller phone number is required"),
    (lambda f, _: not (f.get("Url") or f.get("Twiml")), 21205, "Url parameter is required"),
    (
        lambda f, _: not fullmatch(rf"{_E164}|sip:.+|client:.+", f["To"]),
        21211,
        "The 'To' number is not a valid phone number.",
    ),
    (
        lambda f, s: f["From"] not in s.numbers,
        21210,
        "'From' phone number not verified",
    ),
)


def _is_sender(sender: str, state: Book, prefix: str) -> bool:
    return sender.startswith(prefix) and sender.removeprefix(prefix) in state.numbers
