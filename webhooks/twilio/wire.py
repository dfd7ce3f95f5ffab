"""Requests as Twilio makes them, signed and with all the fields that nobody reads."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import urlencode

from hub.contract.scenarios import Cast, Send
from hub.contract.webhooks import RawRequest
from webhooks.twilio.signature import sign

Form = Sequence[tuple[str, str]]

_TERMINAL = {"completed", "busy", "no-answer", "canceled", "failed"}
_SEQUENCE = {"initiated": 0, "ringing": 1, "in-progress": 2}
_GEO = ("City", "State", "Zip", "Country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Writes the requests of one story."""

    cast: Cast

    def sid(self, prefix: str, name: str) -> str:
        """An id in Twilio's shape: the same for the same story and name."""
        return prefix + sha256(f"{self.cast.token}/{name}".encode()).hexdigest()[:32]

    @property
    def account(self) -> str:
        """The line's account, or an invented one."""
        return self.cast.secrets.settings.get("account_sid", "").strip() or self.sid("AC", "us")

    def when(self, at: float) -> datetime:
        """*at* seconds after the story's beginning."""
        return self.cast.now + timedelta(seconds=at)

    @property
    def since(self) -> str:
        """The story's beginning, as our TwiML writes it into callback URLs."""
        return str(math.ceil(self.cast.now.timestamp()))

    def post(self, at: float, step: str, form: Mapping[str, str]) -> Send:
        """One request, *at* seconds after the story's beginning.

        Twilio dates status callbacks only. A story dates everything about a call, or it would
        have two clocks whenever it is told faster than life.
        """
        dated = {"Timestamp": format_datetime(self.when(at))} if "CallSid" in form else {}
        url, fields = self.cast.urls(step), list({**form, **dated}.items())
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "user-agent": "TwilioProxy/1.1",
            "accept": "*/*",
            "i-twilio-idempotency-token": self.sid("", f"{step} {at}"),
            **sign(url, fields, self.cast.secrets),
        }
        request = RawRequest(
            method="POST",
            url=url,
            headers=headers,
            body=urlencode(fields).encode(),
            received_at=self.when(at),
            step=step,
        )
        return Send(at=at, request=request)

    # --- Calls ---

    def call(self, status: str, direction: str = "inbound", **more: str) -> dict[str, str]:
        """The fields that come with every request about the story's call."""
        ours, agent = self.cast.called, self.cast.agents[0].number
        ends = (self.cast.caller, ours) if direction == "inbound" else (ours, agent)
        state = {"CallStatus": status, "Direction": direction}
        return self._party("call", *ends) | state | more

    def told(self, form: Mapping[str, str], *, seconds: int | None) -> dict[str, str]:
        """What a call's or a leg's status callback has besides; *seconds* when it was answered."""
        status = form["CallStatus"]
        sequence = _SEQUENCE.get(status, 3 if seconds is not None else 2)
        found = {
            **form,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(sequence),
        }
        if status in _TERMINAL:
            # CallDuration is in seconds, Duration in minutes begun.
            found["CallDuration"] = str(seconds or 0)
            found["Duration"] = str(-(-(seconds or 0) // 60))
            found["SipResponseCode"] = "200" if seconds is not None else "487"
        return found

    def leg(self, name: str, number: str, status: str) -> dict[str, str]:
        """The fields of a child leg, named *name* in the story, to *number*."""
        ends = self._party(name, self.cast.called, number)
        return {
            **ends,
            "ParentCallSid": self.sid("CA", "call"),
            "CallStatus": status,
            "Direction": "outbound-dial",
        }

    def _party(self, name: str, sender: str, recipient: str) -> dict[str, str]:
        found = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid("CA", name),
            "From": sender,
            "To": recipient,
            "Caller": sender,
            "Called": recipient,
        }
        return found | _places("From", "Caller") | _places("To", "Called")

    # --- Recordings and messages ---

    def recording(self, *, seconds: int, source: str, channels: int) -> dict[str, str]:
        """A finished recording. Neither number is in it, nor what became of the call."""
        return {
            "AccountSid": self.account,
            "CallSid": self.sid("CA", "call"),
            "RecordingSid": self.sid("RE", "recording"),
            "RecordingUrl": self.media,
            "RecordingStatus": "completed",
            "RecordingDuration": str(seconds),
            "RecordingChannels": str(channels),
            "RecordingSource": source,
            "RecordingTrack": "both",
            "ErrorCode": "0",
        }

    @property
    def media(self) -> str:
        """Where the recording can be fetched."""
        root = f"https://api.twilio.com/2010-04-01/Accounts/{self.account}/Recordings"
        return self.cast.media_url or f"{root}/{self.sid('RE', 'recording')}"

    def text(self, body: str) -> dict[str, str]:
        """An SMS of the caller's."""
        message = self.sid("SM", "text")
        return {
            "ToCountry": "US",
            "ToState": "DC",
            "SmsMessageSid": message,
            "NumMedia": "0",
            "ToCity": "",
            "FromZip": "",
            "SmsSid": message,
            "FromState": "DC",
            "SmsStatus": "received",
            "FromCity": "",
            "Body": body,
            "FromCountry": "US",
            "To": self.cast.called,
            "ToZip": "",
            "NumSegments": "1",
            "MessageSid": message,
            "AccountSid": self.account,
            "From": self.cast.caller,
            "ApiVersion": "2010-04-01",
        }


def _places(*ends: str) -> dict[str, str]:
    """Where a number is from, as far as Twilio knows: mostly blank, and signed all the same."""
    known = {"City": "WASHINGTON", "State": "DC", "Country": "US"}
    return {f"{end}{part}": known.get(part, "") for end in ends for part in _GEO}
