"""The twin's messages and calls, and the signed callbacks by which it tells of their fate."""

import asyncio
import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from re import search, sub
from urllib.parse import urldefrag

import httpx

from hub.contract.events import Channel
from hub.contract.twins import Sent

_TRIES_APART = 0.2  # seconds


@dataclass(slots=True, kw_only=True)
class Message(Sent):
    """A message as Twilio keeps it; *error_code* is the one that it will fail with."""

    callback: str = ""
    service: str = ""
    error_code: str = ""

    @classmethod
    def made_from(
        cls, form: Mapping[str, str], templates: Mapping[str, str], *, default_sender: str
    ) -> "Message":
        """The message that the request asks for, its template filled."""
        recipient, service = form["To"], form.get("MessagingServiceSid", "")
        channel = Channel.WHATSAPP if recipient.startswith("whatsapp:") else Channel.SMS
        prefix = "whatsapp:" if channel is Channel.WHATSAPP else ""
        return cls(
            ref="SM" + secrets.token_hex(16),
            channel=channel,
            sender=form.get("From") or prefix + default_sender,
            recipient=recipient,
            text=_filled(form, templates),
            at=datetime.now(UTC),
            status="accepted" if service else "queued",
            callback=form.get("StatusCallback", ""),
            service=service,
        )

    def resource(self, account: str) -> dict[str, object]:
        """https://www.twilio.com/docs/messaging/api/message-resource."""
        failed = self.status in {"failed", "undelivered"}
        made = format_datetime(self.at)
        return {
            "sid": self.ref,
            "account_sid": account,
            "to": self.recipient,
            "from": self.sender,
            "body": self.text,
            "status": self.status,
            "direction": "outbound-api",
            "date_created": made,
            "date_updated": made,
            "date_sent": None if self.status in {"queued", "accepted"} else made,
            "messaging_service_sid": self.service or None,
            "error_code": int(self.error_code) if failed else None,
            "error_message": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{self.ref}.json",
            "subresource_uris": {},
        }


@dataclass(slots=True, kw_only=True)
class Call:
    """A call that was started by the API."""

    sid: str
    recipient: str
    sender: str
    url: str
    callback: str
    events: frozenset[str]
    at: datetime
    status: str = "queued"

    @classmethod
    def made_from(cls, form: Mapping[str, str], *, at: datetime) -> "Call":
        """The call that the request asks for."""
        return cls(
            sid="CA" + secrets.token_hex(16),
            recipient=form["To"],
            sender=form["From"],
            url=form.get("Url", ""),
            callback=form.get("StatusCallback", ""),
            events=frozenset(form.get("StatusCallbackEvent", "completed").split()),
            at=at,
        )

    def resource(self, account: str) -> dict[str, object]:
        """https://www.twilio.com/docs/voice/api/call-resource."""
        return {
            "sid": self.sid,
            "account_sid": account,
            "to": self.recipient,
            "from": self.sender,
            "status": self.status,
            "direction": "outbound-api",
            "date_created": format_datetime(self.at),
            "date_updated": format_datetime(self.at),
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account}/Calls/{self.sid}.json",
        }


async def play_message(message: Message, account: str, token: str, pace: float) -> None:
    """Let the message live on, and tell its callback so."""
    happy = ("sent", "delivered")
    for status in ("failed",) if message.error_code else happy:
        await asyncio.sleep(pace)
        message.status = status
        told = {
            "MessageSid": message.ref,
            "SmsSid": message.ref,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": account,
            "From": message.sender,
            "To": message.recipient,
            "ApiVersion": "2010-04-01",
        }
        if message.service:
            told["MessagingServiceSid"] = message.service
        if status == "failed":
            told["ErrorCode"] = message.error_code
        await tell(message.callback, told, token)


async def play_call(call: Call, account: str, token: str, pace: float) -> None:
    """Let the called one answer, ask our URL what to do, and hang up."""
    steps = (
        ("initiated", "initiated"),
        ("ringing", "ringing"),
        ("in-progress", "answered"),
        ("completed", "completed"),
    )
    for number, (status, event) in enumerate(steps):
        await asyncio.sleep(pace)
        call.status = status
        told = {
            "CallSid": call.sid,
            "CallStatus": status,
            "AccountSid": account,
            "From": call.sender,
            "To": call.recipient,
            "Direction": "outbound-api",
            "ApiVersion": "2010-04-01",
        }
        if status == "in-progress":
            await tell(call.url, told, token)
        stamp = format_datetime(datetime.now(UTC))
        more = {"SequenceNumber": str(number), "CallbackSource": "call-progress-events"}
        duration = {"CallDuration": "1", "Duration": "1"} if status == "completed" else {}
        if event in call.events:
            await tell(call.callback, told | more | duration | {"Timestamp": stamp}, token)


async def tell(url: str, told: Mapping[str, str], token: str) -> bool:
    """POST *told*, signed, as often as the URL's `#rc=` allows; False when nobody took it."""
    address, fragment = urldefrag(url)
    if not address:
        return False
    tries = search(r"\brc=(\d)", fragment)
    signature = sign(address, told, token)
    async with httpx.AsyncClient(timeout=15) as client:
        for _ in range(1 + int(tries[1] if tries else 1)):
            if await _delivered(client, address, told, signature):
                return True
            await asyncio.sleep(_TRIES_APART)
    return False


def sign(url: str, told: Mapping[str, str], token: str) -> str:
    """The value of X-Twilio-Signature.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    signed = url + "".join(name + told[name] for name in sorted(told))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


async def _delivered(
    client: httpx.AsyncClient, url: str, told: Mapping[str, str], signature: str
) -> bool:
    try:
        answer = await client.post(url, data=dict(told), headers={"X-Twilio-Signature": signature})
    except httpx.HTTPError:
        return False
    return answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR


def _filled(form: Mapping[str, str], templates: Mapping[str, str]) -> str:
    if "ContentSid" not in form:
        return form.get("Body", "")
    values = json.loads(form.get("ContentVariables") or "{}")
    text = templates[form["ContentSid"]]
    return sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], found[0]), text)
