"""How an e-mail is written, and what cannot be written into one."""

import email
from dataclasses import replace
from email.policy import default
from typing import Any

import pytest

from connectors.smtp.mail import compose, read_address
from hub.contract.connectors import OutgoingMessage
from hub.contract.errors import AddressRefused, RemoteRefused
from hub.contract.events import Channel

MESSAGE = OutgoingMessage(
    ref="m-1",
    channel=Channel.EMAIL,
    recipient="ann@example.org",
    subject="You called us",
    text="Ciao “Ann”,\n.\nwe missed you.",
)


def written(sender: str = "Acme <hello@example.com>", **changes: Any) -> tuple[bytes, Any]:
    _, mail = compose(replace(MESSAGE, **changes), sender=sender, reply_to="sales@example.com")
    return mail.as_bytes(), email.message_from_bytes(mail.as_bytes(), policy=default)


def content(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_says_who_sends_it_to_whom_and_that_a_machine_wrote_it() -> None:
    _, mail = written()

    assert mail["From"] == "Acme <hello@example.com>"
    assert mail["To"] == "ann@example.org"
    assert mail["Reply-To"] == "sales@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert content(mail) == MESSAGE.text + "\n"


def test_the_same_message_always_has_the_same_id() -> None:
    ids = {written()[1]["Message-ID"] for _ in range(2)}

    assert ids == {"<m-1@example.com>"}


def test_html_comes_beside_the_plain_text() -> None:
    _, mail = written(html="<p>Ciao è</p>")

    assert content(mail.get_body(("plain",))) == MESSAGE.text + "\n"
    assert content(mail.get_body(("html",))) == "<p>Ciao è</p>\n"


def test_one_click_ends_the_follow_ups_however_long_its_address_is() -> None:
    url = "https://hub.example/unsubscribe/" + "a" * 300
    raw, mail = written(unsubscribe_url=url)

    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_is_offered_over_https_only() -> None:
    _, mail = written(unsubscribe_url="http://hub.example/u")

    assert mail["List-Unsubscribe"] == "<http://hub.example/u>"
    assert mail["List-Unsubscribe-Post"] is None


def test_lines_are_as_short_as_every_server_takes_them() -> None:
    raw, mail = written(text="è" * 5000 + "\n" + "x" * 5000)

    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert content(mail) == "è" * 5000 + "\n" + "x" * 5000 + "\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\r\nBcc: all@example.org"},
        {"subject": "Hello\nX: y"},
        {"unsubscribe_url": "https://hub.example/u>\r\nX: y"},
        {"sender": "Acme\r\nX: y <hello@example.com>"},
    ],
    ids=["subject", "bare line feed", "address of unsubscribing", "sender"],
)
def test_no_text_breaks_out_of_its_header(changes: dict[str, str]) -> None:
    with pytest.raises(RemoteRefused):
        written(**changes)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@example.org\r\nBcc: all@example.org",
        "ann@exa mple.org",
        "änn@example.org",
        "ann@example..org",
        "ann@[127.0.0.1]",
    ],
)
def test_an_address_that_is_none_is_refused_as_such(recipient: str) -> None:
    with pytest.raises(AddressRefused):
        written(recipient=recipient)


def test_only_one_recipient_is_written_to() -> None:
    recipient, mail = compose(
        replace(MESSAGE, recipient="Ann <ann@example.org>"), sender="hello@example.com"
    )

    assert recipient == "ann@example.org"
    assert mail["To"] == "Ann <ann@example.org>"


def test_a_domain_in_other_letters_is_written_as_mail_servers_want_it() -> None:
    assert read_address("anna@società.example").addr_spec == "anna@xn--societ-nta.example"
