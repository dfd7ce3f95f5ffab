"""Twilio's error codes and HTTP statuses, as the errors that decide what the hub does next.

https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping
from http import HTTPStatus

from hub.contract.errors import (
    AddressRefused,
    BadPayload,
    Misconfigured,
    OptedOut,
    RemoteError,
    RemoteLimited,
    RemoteRefused,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel
from hub.contract.payload import Payload

_CODES: Mapping[type[RemoteError], str] = {
    AddressRefused: "21211 21214 21217 21401 21614 30005 30006 63003 63024",
    OptedOut: "21610 63033",
    Misconfigured: (
        "13227 20003 20005 20008 20404 21205 21210 21212 21215 21219 21408 21602 21603 21604"
        " 21606 21608 21609 21617 21655 21656 21703 21704 30002 30018 30032 30034 63007 63015"
        " 63016 63027 63028 63040 63041 63042 63051"
    ),
    RemoteLimited: "10004 20429 30022 30023 63017 63018 63038",
    RemoteUnavailable: "20500 20503 30001 30003 30008 30017",
    RemoteRefused: "30004 30007 30450 30610 30640 63013 63032 63049",
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes.split()}

# What an administrator or a marketer can do about it, where Twilio's sentence does not say.
_CURES: Mapping[str, str] = {
    "13227": "allow the country under Voice > Settings > Geo permissions",
    "20003": "check the account SID and the auth token or API key",
    "21210": "use a caller ID that the account owns or has verified",
    "21212": "set a sender that the account owns",
    "21215": "allow the country under Voice > Settings > Geo permissions",
    "21219": "verify the number in the console or upgrade the trial account",
    "21408": "allow the country under Messaging > Settings > Geo permissions",
    "21606": "set a sender of this account that can send to this country",
    "21608": "verify the number in the console or upgrade the trial account",
    "21609": "set HUB_PUBLIC_URL to an address that Twilio can reach",
    "21614": "it is not a mobile number; use another channel",
    "21617": "shorten the text to 1600 characters",
    "21655": "copy the template's Content SID (HX...) from the Content Template Builder",
    "21656": "give the template its variables as the template numbers them",
    "30007": "a carrier filtered it; reword the text or register the sender",
    "30032": "verify the toll-free number",
    "30034": "register the number for A2P 10DLC",
    "63007": "register the WhatsApp sender, or correct whatsapp_from",
    "63015": "the recipient must join the WhatsApp sandbox first",
    "63016": "the 24-hour window is closed; use an approved template",
    "63028": "give the template exactly as many variables as it has",
}


def classify(code: str) -> type[RemoteError]:
    """The kind of error that Twilio's *code* stands for; RemoteRefused for one we do not know."""
    return _KINDS.get(code, RemoteRefused)


def read_error(code: str, channel: Channel | None = None) -> RemoteError:
    """The error behind the `ErrorCode` of a status callback, with its cure."""
    way = f" by {channel}" if channel else ""
    cure = _CURES.get(code) or f"see https://www.twilio.com/docs/api/errors/{code}"
    return classify(code)(f"Twilio could not deliver{way} (error {code}): {cure}", code=code)


def read_answer(status: int, body: str, headers: Mapping[str, str], *, safe: bool) -> RemoteError:
    """The error behind an HTTP answer of 300 or more.

    *safe* says that the request changes nothing, so it may simply be asked again. Without it
    a 5xx leaves open whether the message was taken: Twilio knows no idempotency key.
    """
    code, said = _details(body)
    if status == HTTPStatus.TOO_MANY_REQUESTS or code == "20429":
        return RemoteLimited(
            f"Twilio asks us to slow down ({said})", code=code, retry_after=_seconds(headers)
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = RemoteUnavailable if safe else RemoteUncertain
        return kind(f"Twilio failed with HTTP {status} ({said})", code=code)
    cure = f"; {_CURES[code]}" if code in _CURES else ""
    return _refused(status, code)(f"Twilio refused: {said}{cure}", code=code)


def _refused(status: int, code: str) -> type[RemoteError]:
    if code in _KINDS:
        return _KINDS[code]
    return Misconfigured if status in {301, 302, 307, 308, 401, 403, 404} else RemoteRefused


def _details(body: str) -> tuple[str, str]:
    try:
        answer = Payload.from_json(body.encode())
        code, said = answer.get("code"), answer.get("message")
        return code.text(most=20) if code else "", said.text(most=500) if said else "no reason"
    except BadPayload:
        return "", "no reason that can be read"


def _seconds(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return min(float(value), 3600.0) if value.isdecimal() else None
