"""The mail connector against the catcher, where the shared suite asks too little."""

import asyncio
import ipaddress
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import smtp
from connectors.smtp import twin
from hub.contract.connectors import Account, OutgoingMessage
from hub.contract.errors import (
    AddressRefused,
    BadSetting,
    Misconfigured,
    RemoteError,
    RemoteRefused,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel

MESSAGE = OutgoingMessage(
    ref="m-1",
    channel=Channel.EMAIL,
    recipient="ann@example.org",
    subject="You called us",
    text="Hello",
)
SETTINGS = {"host": "127.0.0.1", "from": "hello@example.com"}


def account(**settings: str) -> Account:
    return Account(settings={**SETTINGS, **settings}, timeout=2)


def replies(script: dict[str, str]) -> type[RemoteError] | None:
    """The error, if any, of a send to a server that answers each verb as *script* says."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(script.get("HELLO", "220 here").encode() + b"\r\n")
        body = False
        while line := await reader.readline():
            verb = line[:4].decode().upper().strip()
            if body and line != b".\r\n":
                continue
            answer = script.get("." if body else verb, "354 go" if verb == "DATA" else "250 fine")
            body = verb == "DATA" and answer.startswith("354")
            if answer == "hang up":
                break
            writer.write(answer.encode() + b"\r\n")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    over = asyncio.Event()

    async def run() -> type[RemoteError] | None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = str(server.sockets[0].getsockname()[1])
        try:
            await smtp.open(account(port=port)).send(MESSAGE)
        except RemoteError as error:
            return type(error)
        else:
            return None
        finally:
            server.close()
            await server.wait_closed()
            await over.wait()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({"HELLO": "421 too busy"}, RemoteUnavailable),
        ({"HELLO": "554 not you"}, Misconfigured),
        ({"HELLO": "hang up"}, RemoteUnavailable),
        ({"MAIL": "451 later"}, RemoteUnavailable),
        ({"MAIL": "550 not from there"}, Misconfigured),
        ({"MAIL": "hang up"}, RemoteUnavailable),
        ({"RCPT": "450 grey list"}, RemoteUnavailable),
        ({"RCPT": "550 nobody here"}, AddressRefused),
        ({"RCPT": "hang up"}, RemoteUnavailable),
        ({"DATA": "451 later"}, RemoteUnavailable),
        ({".": "452 disk full"}, RemoteUnavailable),
        ({".": "554 spam"}, RemoteRefused),
        ({".": "hang up"}, RemoteUncertain),
        ({".": "what?"}, RemoteUncertain),
    ],
    ids=str,
)
def test_what_the_server_says_decides_what_happens_next(
    script: dict[str, str], kind: type[RemoteError]
) -> None:
    assert replies(script) is kind


def test_a_farewell_that_fails_takes_back_nothing() -> None:
    assert replies({"QUIT": "hang up"}) is None


def test_a_server_that_wants_a_sign_in_says_so_to_the_administrator() -> None:
    async def run() -> None:
        async with twin.start() as running:
            with pytest.raises(Misconfigured, match="530"):
                await smtp.open(running.account(username="")).check()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("settings", "security"),
    [
        ({}, "none"),
        ({"host": "localhost"}, "none"),
        ({"host": "mail.example.com"}, "starttls"),
        ({"host": "mail.example.com", "port": "465"}, "tls"),
        ({"host": "10.0.0.5", "port": "25"}, "starttls"),
        ({"host": "mail.example.com", "security": "none"}, "none"),
    ],
    ids=str,
)
def test_only_this_very_machine_is_spoken_to_in_clear_unless_told_so(
    settings: dict[str, str], security: str
) -> None:
    assert smtp.open(account(**settings))._security == security


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"host": ""}, "host"),
        ({"from": ""}, "from"),
        ({"from": "Acme"}, "from"),
        ({"reply_to": "a\r\nb@example.com"}, "reply_to"),
        ({"port": "smtp"}, "port"),
        ({"port": "70000"}, "port"),
        ({"security": "ssl"}, "security"),
    ],
    ids=str,
)
def test_a_senseless_setting_is_named_before_the_first_mail(
    settings: dict[str, str], named: str
) -> None:
    with pytest.raises(BadSetting, match=named):
        smtp.open(account(**settings))


def test_nobody_can_say_whether_a_mail_was_taken() -> None:
    with pytest.raises(RemoteUncertain, match="m-1"):
        asyncio.run(smtp.open(account()).seek(MESSAGE))


def certificate(folder: Path) -> Path:
    """A certificate of our own for 127.0.0.1, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "mail.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


class Mailbox:
    """Takes everything."""

    def __init__(self) -> None:
        self.taken: list[object] = []

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.taken.append(envelope.content)
        return "250 taken"


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not trusted"])
def test_mail_goes_out_encrypted_to_a_server_that_proves_its_name_and_to_no_other(
    security: str, *, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    mailbox = Mailbox()

    async def run() -> None:
        upgrade = security == "starttls"
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(
                mailbox, tls_context=context if upgrade else None, require_starttls=upgrade
            ),
            "127.0.0.1",
            0,
            ssl=None if upgrade else context,
        )
        port = str(server.sockets[0].getsockname()[1])
        try:
            await smtp.open(account(port=port, security=security)).send(MESSAGE)
        finally:
            server.close()
            await server.wait_closed()
            await asyncio.sleep(0.05)

    if trusted:
        asyncio.run(run())
    else:
        with pytest.raises(Misconfigured, match="encryption"):
            asyncio.run(run())

    assert len(mailbox.taken) == trusted
