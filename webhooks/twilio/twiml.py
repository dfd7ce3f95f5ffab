"""Our answers to a live call, in Twilio's language.

https://www.twilio.com/docs/voice/twiml
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twilio.twiml import TwiML, voice_response
from twilio.twiml.voice_response import Dial, VoiceResponse

from hub.contract.routing import (
    Accept,
    Hangup,
    Hold,
    Instruction,
    Leave,
    Menu,
    Phone,
    Question,
    Queue,
    Reject,
    Ring,
    Say,
    Screen,
    Step,
    Transfer,
    Voicemail,
)
from hub.contract.webhooks import RawRequest, Reply, Urls
from webhooks.twilio.parse import parse
from webhooks.twilio.steps import DIRECT, MOST_PHONES, SCREENED, bare, step, told

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_SAY = 4096
# https://www.twilio.com/docs/voice/twiml/say/text-speech#available-voices-and-languages
_VOICES = {
    "ca": "ca-ES",
    "cs": "cs-CZ",
    "da": "da-DK",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-ES",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "it": "it-IT",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "nb": "nb-NO",
    "nl": "nl-NL",
    "pl": "pl-PL",
    "pt": "pt-PT",
    "ro": "ro-RO",
    "ru": "ru-RU",
    "sv": "sv-SE",
    "tr": "tr-TR",
    "uk": "uk-UA",
}
_LONGEST_TRANSCRIBED = 119  # Twilio transcribes what is shorter than two minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The answer being written; *first* while there is no verb on it."""

    response: VoiceResponse
    urls: Urls
    question: Question | None
    now: datetime

    @property
    def first(self) -> bool:
        return not self.response.verbs

    @property
    def call_id(self) -> str:
        return self.question.call_id if self.question else ""

    @property
    def placing(self) -> bool:
        """Whether one of ours places this call: then the dialled number is the far end."""
        return self.question is not None and self.question.step is Step.CALL_BACK

    @property
    def since(self) -> str:
        """This moment, for the callback at its end: in epoch seconds."""
        return str(math.ceil(self.now.timestamp()))

    def url(self, *path: str) -> str:
        return self.urls(step(*path))


def reply(request: RawRequest, instructions: Sequence[Instruction], urls: Urls) -> Reply:
    """The TwiML of *instructions*, as the answer to *request*."""
    page = _Page(
        response=VoiceResponse(),
        urls=urls,
        question=parse(request).question,
        now=request.received_at,
    )
    for instruction in instructions:
        _WRITERS[type(instruction)](page, instruction)
    return Reply(status=200, media_type="text/xml", body=str(page.response).encode())


def clean(text: str) -> str:
    """*text* without what XML cannot hold: a NUL in a name would end the call with error 12100."""
    return _NOT_XML.sub("", text)


def _say(page: _Page, say: Say) -> None:
    _speak(page.response, say.text, say.language)


def _speak(parent: TwiML, text: str, language: str) -> None:
    words = clean(text).strip()[:_LONGEST_SAY]
    if words:
        parent.append(voice_response.Say(words, language=voice_of(language)))


def voice_of(language: str) -> str | None:
    """*language* as Twilio speaks it: with a country. None, its default, where we know none."""
    wanted = clean(language).strip()
    return wanted if "-" in wanted else _VOICES.get(wanted.lower())


def _ring(page: _Page, ring: Ring) -> None:
    phones = [phone for phone in ring.phones if phone.number or phone.sip][:MOST_PHONES]
    if not phones:
        return  # an empty <Dial> is an error for the caller; what follows is said instead
    how = SCREENED if any(phone.screen for phone in phones) else DIRECT
    alone = phones[0].agent if len(phones) == 1 else ""
    dial = _dial(
        page,
        action=page.url("rung", how, alone, page.since),
        seconds=ring.seconds,
        caller_id=ring.caller_id,
        record=ring.record,
        sequential=True if ring.sequential and len(phones) > 1 else None,
    )
    for phone in phones:
        _phone(page, dial, phone)


def _dial(
    page: _Page,
    *,
    action: str | None,
    seconds: int,
    caller_id: str,
    record: bool,
    **more: str | bool | None,
) -> Dial:
    if record:
        more |= {
            "record": "record-from-answer-dual",
            "recording_status_callback": told(page.urls, "recording"),
            "recording_status_callback_method": "POST",
            "recording_status_callback_event": "completed absent",
        }
    dial: Dial = page.response.dial(
        action=action,
        method="POST" if action else None,
        timeout=max(5, min(seconds, 600)),
        caller_id=clean(caller_id) or None,
        answer_on_bridge=True if page.first else None,  # works for the first verb only
        **more,
    )
    return dial


def _phone(page: _Page, dial: Dial, phone: Phone) -> None:
    how = SCREENED if phone.screen else DIRECT
    more = {}
    if phone.screen:
        more = {"url": page.url("screen", phone.agent, page.call_id), "method": "POST"}
    address = f"sip:{phone.sip.removeprefix('sip:')}" if phone.sip else phone.number
    _noun(page, dial, clean(address), ("leg", phone.agent, how), **more)


def _noun(page: _Page, dial: Dial, address: str, path: tuple[str, ...], **more: str) -> None:
    """One phone of a dial, which tells us at *path* how it fares."""
    kind = dial.sip if address.startswith("sip:") else dial.number
    kind(
        address,
        status_callback=told(page.urls, *path),
        status_callback_event="initiated ringing answered completed",
        status_callback_method="POST",
        **more,
    )


def _transfer(page: _Page, transfer: Transfer) -> None:
    number = bare(transfer.number)
    dial = _dial(
        page,
        # An agent's own call has no next step: it is over when the other side hangs up.
        action=None if page.placing else page.url("forwarded", number, page.since),
        seconds=60 if page.placing else 30,
        caller_id=transfer.caller_id,
        record=transfer.record,
    )
    kind = "callee" if page.placing else "forward"
    _noun(page, dial, clean(transfer.number), (kind, number))


def _queue(page: _Page, queue: Queue) -> None:
    page.response.enqueue(
        clean(queue.name)[:64] or "waiting",
        action=page.url("queue-left", page.since),
        method="POST",
        wait_url=page.url("wait"),
        wait_url_method="POST",
    )


def _hold(page: _Page, hold: Hold) -> None:
    _speak(page.response, hold.text, hold.language)
    page.response.pause(length=max(1, hold.seconds))


def _leave(page: _Page, _: Leave) -> None:
    page.response.leave()


def _menu(page: _Page, menu: Menu) -> None:
    _ask(page, page.url("chosen", page.since), menu)


def _screen(page: _Page, screen: Screen) -> None:
    _ask(page, page.url("screened", screen.agent, page.call_id), screen)
    page.response.hangup()


def _ask(page: _Page, action: str, ask: Menu | Screen) -> None:
    """Ask for one key. Without the attribute, no key at all would not be told to us."""
    gather = page.response.gather(
        input="dtmf",
        action=action,
        method="POST",
        timeout=max(1, ask.seconds),
        num_digits=1,
        action_on_empty_result=True,
    )
    _speak(gather, ask.text, ask.language)


def _voicemail(page: _Page, voicemail: Voicemail) -> None:
    _speak(page.response, voicemail.text, voicemail.language)
    english = voicemail.language.lower().startswith("en")
    transcribe = voicemail.transcribe and english  # Twilio understands nothing else
    longest = _LONGEST_TRANSCRIBED if transcribe else 3600
    page.response.record(
        action=page.url("recorded"),
        method="POST",
        max_length=max(1, min(voicemail.seconds, longest)),
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=told(page.urls, "recording"),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
        transcribe=True if transcribe else None,
        transcribe_callback=told(page.urls, "transcript") if transcribe else None,
    )


def _accept(_: _Page, __: Accept) -> None:
    """The end of the agent's document connects the two."""


def _reject(page: _Page, reject: Reject) -> None:
    page.response.reject(reason="busy" if reject.busy else "rejected")


def _hangup(page: _Page, _: Hangup) -> None:
    page.response.hangup()


_WRITERS: dict[type[Instruction], Callable[[_Page, Any], None]] = {
    Say: _say,
    Ring: _ring,
    Queue: _queue,
    Hold: _hold,
    Leave: _leave,
    Menu: _menu,
    Screen: _screen,
    Voicemail: _voicemail,
    Transfer: _transfer,
    Accept: _accept,
    Reject: _reject,
    Hangup: _hangup,
}
