"""Twilio by its own SDK: texts, WhatsApp messages, click-to-call and the way to recordings."""

import asyncio
import base64
import json
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from connectors.twilio.errors import read_error
from hub.contract.connectors import (
    Account,
    Download,
    OutgoingCall,
    OutgoingMessage,
    Receipt,
    Template,
)
from hub.contract.errors import (
    BadSetting,
    Misconfigured,
    RemoteError,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel, MessageStatus

if TYPE_CHECKING:  # the SDK costs 0.2 s and 25 MB: it loads at first use
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.message import MessageInstance

    from connectors.twilio.wire import Wire

T = TypeVar("T")

HOST = "api.twilio.com"

# Retry our callbacks three times: on 5xx, on a connection that fails, on a read that times out.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
RETRIES = "#rc=3&rp=5xx,ct,rt"

_VALID_FOR = 3600  # seconds: "you just called us" is odd a day later
_CLOCKS_DIFFER = timedelta(minutes=10)
_MOST_SOUGHT = 200

_STATUS: Mapping[str, MessageStatus] = {
    "accepted": MessageStatus.ACCEPTED,
    "scheduled": MessageStatus.ACCEPTED,
    "queued": MessageStatus.ACCEPTED,
    "sending": MessageStatus.ACCEPTED,
    "sent": MessageStatus.SENT,
    "partially_delivered": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "failed": MessageStatus.FAILED,
    "undelivered": MessageStatus.UNDELIVERED,
    "canceled": MessageStatus.CANCELED,
}


class Twilio:
    """One Twilio account. Requests run in threads, over one pool of connections."""

    def __init__(self, account: Account) -> None:
        settings = account.settings
        self._sid = settings.get("account_sid", "")
        self._login = _login(settings)
        self._from = settings.get("from", "")
        self._whatsapp_from = settings.get("whatsapp_from", "")
        self._service = settings.get("messaging_service_sid", "")
        self._base = settings.get("base_url", "").rstrip("/") or f"https://{HOST}"
        self._timeout = account.timeout
        self._opening = Lock()
        self._wire: Wire | None = None
        self._client: Client | None = None

    def __repr__(self) -> str:
        return f"<Twilio {self._sid}>"

    async def close(self) -> None:
        """Close the pooled connections; may be called twice."""
        wire, self._wire, self._client = self._wire, None, None
        if wire:
            wire.close()

    async def check(self) -> str:
        """Ask for the account; an API key may not see it, so it asks for a message instead."""
        if self._login[0] == self._sid:
            found = await self._ask(lambda client: client.api.accounts(self._sid).fetch())
            if str(found.status) != "active":
                raise Misconfigured(f"the Twilio account is {found.status}; reactivate it there")
            kind = " (trial: it can only write to verified numbers)" * (str(found.type) == "Trial")
            return f"Twilio account {found.friendly_name} is active{kind}."
        await self._ask(lambda client: client.messages.list(limit=1, page_size=1))
        return f"Twilio account {self._sid} answers to this API key."

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Create the message, once; there is no idempotency key, see `seek`."""
        fields = self._fields(message)
        made = await self._ask(lambda client: client.messages.create(**fields), safe=False)
        if made.error_code and str(made.status) in {"failed", "undelivered"}:
            raise read_error(str(made.error_code), message.channel)
        return _receipt(made)

    async def seek(self, message: OutgoingMessage) -> Receipt | None:
        """Look through what went to this recipient since the try, for the same text.

        The filter DateSent is not used: a message that still waits in Twilio's queue has no such
        date. https://www.twilio.com/docs/messaging/api/message-resource
        """
        query: dict[str, Any] = {
            "to": _address(message.channel, message.recipient),
            "limit": _MOST_SOUGHT,
        }
        if not self._service:
            query["from_"] = self._sender(message)
        found = await self._ask(lambda client: client.messages.list(page_size=200, **query))
        recent = [made for made in found if _is_candidate(made, message)]
        for made in recent:
            if _same_text(made.body or "", message):
                return _receipt(made)
        if message.template and recent:
            raise RemoteUncertain("Twilio shows a message there, but not from which template")
        if len(found) >= _MOST_SOUGHT:
            raise RemoteUncertain("this number was sent too many messages to find ours in them")
        return None

    async def dial(self, call: OutgoingCall) -> str:
        """Ring the agent; our `answer_url` then says whom to connect. Gives the Call SID."""
        made = await self._ask(
            lambda client: client.calls.create(
                to=call.agent_number,
                from_=call.caller_id or self._from,
                url=call.answer_url,
                status_callback=call.status_url + RETRIES,
                status_callback_event=["initiated", "ringing", "answered", "completed"],
            ),
            safe=False,
        )
        return _sid(made.sid)

    def download(self, url: str) -> Download:
        """MP3, a quarter of the WAV's size; the account's key goes to Twilio's own host only.

        https://www.twilio.com/docs/voice/api/recording#fetch-a-recordings-media
        """
        there, ours = urlsplit(url), urlsplit(self._base)
        if not (_is_at_twilio(there) or _origin(there) == _origin(ours)):
            return Download(url=url)
        path = there.path if there.path.endswith((".mp3", ".wav")) else f"{there.path}.mp3"
        here = there._replace(scheme=ours.scheme, netloc=ours.netloc, path=path, fragment="")
        key = base64.b64encode(":".join(self._login).encode()).decode()
        return Download(url=here.geturl(), headers={"Authorization": f"Basic {key}"})

    def _fields(self, message: OutgoingMessage) -> dict[str, Any]:
        fields: dict[str, Any] = {"to": _address(message.channel, message.recipient)}
        if self._service and not message.sender:
            fields["messaging_service_sid"] = self._service
        else:
            fields["from_"] = self._sender(message)
        if message.callback_url:
            fields["status_callback"] = message.callback_url + RETRIES
        return fields | _content(message)

    def _sender(self, message: OutgoingMessage) -> str:
        if message.channel is Channel.WHATSAPP:
            sender, name = message.sender or self._whatsapp_from, "whatsapp_from"
        else:
            sender, name = message.sender or self._from, "from"
        if not sender:
            raise Misconfigured(f"no sender: set {name} in the Twilio connection")
        return _address(message.channel, sender)

    async def _ask(self, question: Callable[["Client"], T], *, safe: bool = True) -> T:
        """Ask in a thread, with a deadline for the whole of it: the SDK's own is per read."""
        loss = RemoteUnavailable if safe else RemoteUncertain
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.to_thread(self._run, question, loss)
        except TimeoutError as error:
            raise loss(f"Twilio gave no answer within {self._timeout:g} s") from error

    def _run(self, question: Callable[["Client"], T], loss: type[RemoteError]) -> T:
        client = self._open()
        from twilio.base.exceptions import TwilioException

        try:
            return question(client)
        except (TwilioException, AttributeError, LookupError, TypeError, ValueError) as error:
            raise loss("Twilio's answer cannot be read; check base_url") from error

    def _open(self) -> "Client":
        with self._opening:  # two threads must not make two pools
            if self._client is None:
                from connectors.twilio.wire import Wire, make_client

                self._wire = Wire(self._base, self._timeout)
                self._client = make_client(self._login, self._sid, self._wire)
            return self._client


def _login(settings: Mapping[str, str]) -> tuple[str, str]:
    key, secret = settings.get("api_key_sid", ""), settings.get("api_key_secret", "")
    sid, token = settings.get("account_sid", ""), settings.get("auth_token", "")
    if not sid:
        raise BadSetting("account_sid is missing: copy it from the Twilio console's start page")
    if key and secret:
        return key, secret
    if not token:
        raise BadSetting("auth_token is missing: copy it from the Twilio console's start page")
    return sid, token


def _content(message: OutgoingMessage) -> dict[str, Any]:
    if message.channel is Channel.SMS:
        return {"body": message.text, "validity_period": _VALID_FOR}
    if message.free_text:
        return {"body": message.text}
    if message.template is None:
        raise Misconfigured(
            "WhatsApp wants an approved template outside the 24 hours after the person's last"
            " message: set the template's Content SID in the rule"
        )
    return {
        "content_sid": message.template.sid,
        "content_variables": json.dumps(_variables(message.template)),
    }


def _variables(template: Template) -> dict[str, str]:
    """Meta refuses empty values, line breaks, tabs and runs of spaces in a variable."""
    tidy = {name: " ".join(value.split()) for name, value in template.variables.items()}
    if empty := [name for name, value in tidy.items() if not value]:
        raise Misconfigured(
            f"variable {', '.join(empty)} of the template is empty: give it a default in the rule"
        )
    return tidy


def _address(channel: Channel, number: str) -> str:
    plain = number.removeprefix("whatsapp:")
    return f"whatsapp:{plain}" if channel is Channel.WHATSAPP else plain


def _receipt(made: "MessageInstance") -> Receipt:
    status = _STATUS.get(str(made.status), MessageStatus.ACCEPTED)
    return Receipt(provider_ref=_sid(made.sid), status=status)


def _sid(value: str | None) -> str:
    if not value:
        raise RemoteUncertain("Twilio took it without giving its SID; check base_url")
    return value


def _is_candidate(made: "MessageInstance", message: OutgoingMessage) -> bool:
    """Outbound, to this recipient, and not clearly older than our try."""
    if str(made.direction) == "inbound" or made.to != _address(message.channel, message.recipient):
        return False
    created = made.date_created
    if message.tried_at is None or not isinstance(created, datetime):
        return True
    aware = created if created.tzinfo else created.replace(tzinfo=UTC)
    return aware >= message.tried_at - _CLOCKS_DIFFER


def _same_text(body: str, message: OutgoingMessage) -> bool:
    """Smart Encoding swaps quotes and dashes, a trial account writes a line in front."""
    there = _letters(body)
    if message.template and not message.free_text:
        values = [_letters(value) for value in message.template.variables.values()]
        return bool(values) and all(value in there for value in values)
    return there.endswith(_letters(message.text))


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _is_at_twilio(url: SplitResult) -> bool:
    return url.netloc.lower() in {HOST, f"{HOST}:443"} and url.scheme in {"http", "https"}


def _origin(url: SplitResult) -> tuple[str, str]:
    return url.scheme, url.netloc.lower()
