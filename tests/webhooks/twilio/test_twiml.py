from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.routing import (
    Accept,
    Hangup,
    Hold,
    Instruction,
    Leave,
    Menu,
    Phone,
    Queue,
    Reject,
    Ring,
    Say,
    Screen,
    Transfer,
    Voicemail,
)
from hub.contract.webhooks import RawRequest, Urls
from webhooks.twilio import reply
from webhooks.twilio.parse import STEPS

BASE = "https://hub.example/hooks/twilio/k1"
URLS = Urls(base=BASE)
ANN = Phone(agent="7", number="+12025550111")
BOB = Phone(agent="8", number="+12025550112", screen=True)
EVERYTHING: Sequence[Instruction] = (
    Say(text="Hello"),
    Ring(phones=(ANN, BOB, Phone(agent="9", sip="eve@office.sip.example")), record=True),
    Queue(name="sales"),
    Hold(text="One moment"),
    Leave(),
    Menu(text="Press 1 for sales"),
    Screen(text="Press 1", agent="8"),
    Voicemail(text="After the tone", transcribe=True),
    Transfer(number="+442079460018", record=True),
    Accept(),
    Reject(busy=True),
    Hangup(),
)
INCOMING = {
    "AccountSid": "AC1",
    "CallSid": "CA1",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": "+12025550142",
    "To": "+12025550100",
}


def asked(step: str = "", **fields: str) -> RawRequest:
    return RawRequest(
        method="POST",
        url=URLS(step),
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode({**INCOMING, **fields}).encode(),
        received_at=datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
        step=step,
    )


def twiml(*instructions: Instruction, to: RawRequest | None = None) -> ET.Element:
    answer = reply(to or asked(), instructions, URLS)
    assert (answer.status, answer.media_type) == (200, "text/xml")
    return ET.fromstring(answer.body)  # noqa: S314 - our own TwiML


def only(root: ET.Element, path: str) -> ET.Element:
    [found] = root.findall(path)
    return found


def urls_in(root: ET.Element) -> list[str]:
    return [text for item in root.iter() for text in item.attrib.values() if "://" in text]


def test_every_url_that_we_hand_out_is_one_that_we_read() -> None:
    urls = urls_in(twiml(*EVERYTHING))

    steps = [url.partition("#")[0].removeprefix(f"{BASE}/") for url in urls]
    assert {step.split("/")[0] for step in steps} == {
        *("leg", "rung", "screen", "queue-left", "wait", "chosen", "screened"),
        *("recorded", "recording", "transcript", "forward", "forwarded"),
    }
    assert all(step.split("/")[0] in STEPS for step in steps)


def test_only_what_is_told_and_not_asked_is_tried_again() -> None:
    told = {"leg", "forward", "recording", "transcript"}

    for url in urls_in(twiml(*EVERYTHING)):
        step = urlsplit(url).path.removeprefix(urlsplit(BASE).path).split("/")[1]
        assert (urlsplit(url).fragment == "rc=3&rp=5xx,ct,rt") == (step in told), url


def test_a_ring_keeps_the_call_unanswered_until_somebody_talks() -> None:
    dial = only(twiml(Ring(phones=(ANN,), seconds=25, caller_id="+12025550100")), "Dial")

    assert dial.attrib == {
        "answerOnBridge": "true",
        "action": f"{BASE}/rung/direct/7/1772444460",
        "method": "POST",
        "timeout": "25",
        "callerId": "+12025550100",
    }
    number = only(dial, "Number")
    assert number.text == "+12025550111"
    assert number.attrib["statusCallbackEvent"] == "initiated ringing answered completed"
    assert number.attrib["statusCallback"].startswith(f"{BASE}/leg/7/direct#")


def test_an_announcement_before_the_ring_has_answered_already() -> None:
    root = twiml(Say(text="Calls are recorded", language="it-IT"), Ring(phones=(ANN,)))

    assert "answerOnBridge" not in only(root, "Dial").attrib
    assert only(root, "Say").attrib == {"language": "it-IT"}


def test_a_screened_phone_is_asked_before_it_is_connected() -> None:
    dial = only(twiml(Ring(phones=(ANN, BOB))), "Dial")
    _, bob = dial.findall("Number")

    assert bob.attrib["url"] == f"{BASE}/screen/8/CA1"
    assert bob.attrib["statusCallback"].startswith(f"{BASE}/leg/8/screened#")
    assert dial.attrib["action"] == f"{BASE}/rung/screened/1772444460"


def test_who_presses_nothing_is_hung_up() -> None:
    root = twiml(Screen(text="Press 1", agent="8", seconds=6))

    gather = only(root, "Gather")
    assert gather.attrib["actionOnEmptyResult"] == "true"
    assert gather.attrib["numDigits"] == "1"
    assert gather.attrib["action"] == f"{BASE}/screened/8/CA1"
    assert only(gather, "Say").text == "Press 1"
    assert [item.tag for item in root] == ["Gather", "Hangup"]


def test_phones_ring_together_or_one_after_another() -> None:
    together = only(twiml(Ring(phones=(ANN, BOB))), "Dial")
    in_turn = only(twiml(Ring(phones=(ANN, BOB), sequential=True)), "Dial")

    assert "sequential" not in together.attrib
    assert in_turn.attrib["sequential"] == "true"


def test_the_end_of_the_ringing_names_the_agent_if_only_one_phone_rang() -> None:
    alone = only(twiml(Ring(phones=(BOB,))), "Dial")
    together = only(twiml(Ring(phones=(ANN, BOB))), "Dial")

    assert alone.attrib["action"] == f"{BASE}/rung/screened/8/1772444460"
    assert together.attrib["action"] == f"{BASE}/rung/screened/1772444460"


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "en-US"), ("IT", "it-IT"), ("en-GB", "en-GB"), ("xx", None), ("", None)],
)
def test_twilio_is_told_a_language_that_it_speaks(language: str, spoken: str | None) -> None:
    root = twiml(Say(text="Hello", language=language))

    assert only(root, "Say").get("language") == spoken


def test_whoever_has_waited_long_enough_leaves_the_queue() -> None:
    assert [item.tag for item in twiml(Leave(), to=asked("wait", QueueTime="300"))] == ["Leave"]


def test_at_most_ten_phones_ring_and_none_is_no_dial() -> None:
    many = tuple(Phone(agent=str(n), number=f"+120255501{n:02}") for n in range(12))

    assert len(twiml(Ring(phones=many)).findall("Dial/Number")) == 10
    assert not list(twiml(Ring(phones=())))
    assert [item.tag for item in twiml(Ring(phones=()), Hangup())] == ["Hangup"]


def test_a_recorded_ring_tells_of_the_file_even_if_there_is_none() -> None:
    dial = only(twiml(Ring(phones=(ANN,), record=True)), "Dial")

    assert dial.attrib["record"] == "record-from-answer-dual"
    assert dial.attrib["recordingStatusCallbackEvent"] == "completed absent"


@pytest.mark.parametrize("sip", ["eve@office.sip.example", "sip:eve@office.sip.example"])
def test_a_sip_phone_is_rung_by_its_address(sip: str) -> None:
    dial = only(twiml(Ring(phones=(Phone(agent="9", sip=sip),))), "Dial")

    assert only(dial, "Sip").text == "sip:eve@office.sip.example"


@pytest.mark.parametrize(
    ("language", "wanted", "longest"),
    [("en-GB", "true", "119"), ("it-IT", None, "300")],
    ids=["English", "Italian"],
)
def test_only_english_is_written_down(language: str, wanted: str | None, longest: str) -> None:
    box = Voicemail(text="Tone", seconds=300, transcribe=True, language=language)

    record = only(twiml(box), "Record")

    assert record.get("transcribe") == wanted
    assert record.get("maxLength") == longest
    assert record.get("action") == f"{BASE}/recorded"


def test_the_other_side_of_a_call_back_is_the_callee() -> None:
    request = asked("call-back/442079460018/7", Direction="outbound-api", CallStatus="in-progress")

    dial = only(twiml(Transfer(number="+442079460018"), to=request), "Dial")

    assert "action" not in dial.attrib
    assert only(dial, "Number").attrib["statusCallback"].startswith(f"{BASE}/callee/442079460018#")


def test_a_queue_remembers_when_the_caller_joined() -> None:
    enqueue = only(twiml(Queue(name="sales")), "Enqueue")

    assert enqueue.text == "sales"
    assert enqueue.attrib["action"] == f"{BASE}/queue-left/1772444460"
    assert enqueue.attrib["waitUrl"] == f"{BASE}/wait"


def test_a_message_gets_an_empty_answer() -> None:
    request = asked(MessageSid="SM1", SmsStatus="received", Body="Hi")

    assert not list(twiml(to=request))


@given(text=st.text(st.characters(codec=None)), language=st.text(max_size=5))
def test_no_text_from_a_crm_can_break_the_xml(text: str, language: str) -> None:
    phone = Phone(agent=text.encode("utf-8", "ignore").decode() or "7", number=text or "+1")
    twiml(
        Say(text=text, language=language),
        Ring(phones=(phone,), caller_id=text),
        Queue(name=text),
        Menu(text=text, language=language),
        Voicemail(text=text, language=language),
    )


def test_control_characters_are_dropped_and_markup_is_text() -> None:
    root = twiml(Say(text="\x00Smith\x0b & <Sons>\ud800\uffff"))

    assert only(root, "Say").text == "Smith & <Sons>"
