"""Signed requests as Twilio sends them: status callbacks of calls that go on side by side."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from itertools import islice
from urllib.parse import urlencode

from bench.stage import HOOK, PUBLIC_URL, TOKEN

ABREAST = 64
"""Calls that go on at the same time: those of one commit are mostly different ones."""

_STEPS = ("ringing", "in-progress", "completed", "over")


def callbacks(count: int, path: str = HOOK) -> list[bytes]:
    """*count* different requests: a phone rings, is picked up, is put down, the call is over."""
    return list(islice(_endless(path), count))


def _endless(path: str) -> Iterator[bytes]:
    while True:
        calls = [secrets.token_hex(16) for _ in range(ABREAST)]
        for status in _STEPS:
            for index, call in enumerate(calls):
                yield _told(path, call, status, f"+120255501{index:02d}")


def _told(path: str, call: str, status: str, caller: str) -> bytes:
    over = status == "over"
    form = {
        "AccountSid": "AC" + "0" * 32,
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{call}" if over else f"CA{call[::-1]}",
        "CallStatus": "completed" if over else status,
        "CallbackSource": "call-progress-events",
        "Direction": "inbound" if over else "outbound-dial",
        "From": caller if over else "+12025550199",
        "To": "+12025550199" if over else "+12025550180",
        "SequenceNumber": str(_STEPS.index(status)),
        "Timestamp": formatdate(time.time()),
    }
    if not over:
        form["ParentCallSid"] = f"CA{call}"
    if form["CallStatus"] == "completed":
        form |= {"CallDuration": "12", "Duration": "1"}
    return post(path if over else f"{path}/leg/agent0/direct", form)


def post(path: str, form: Mapping[str, str], public_url: str = PUBLIC_URL) -> bytes:
    """A signed POST of *form*, as bytes on the wire."""
    signed = public_url + path + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), hashlib.sha1))
    body = urlencode(form)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"X-Twilio-Signature: {signature.decode()}\r\n"
        "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
