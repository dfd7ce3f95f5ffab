"""E-mail by SMTP: one connection per message, and an honest answer about what became of it."""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

import aiosmtplib
from aiosmtplib import (
    SMTPConnectError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from connectors.smtp.mail import compose, read_address
from hub.contract.connectors import Account, OutgoingMessage, Receipt
from hub.contract.errors import (
    AddressRefused,
    BadSetting,
    Misconfigured,
    RemoteError,
    RemoteRefused,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import MessageStatus

_TLS_PORT = 465
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")  # or an IPv6 address


class Security(StrEnum):
    """How the way to the server is closed to others."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Smtp:
    """One mail server and the mailbox that we send from."""

    def __init__(self, account: Account) -> None:
        settings = account.settings
        self._host = _host(settings)
        self._port = _port(settings.get("port", ""))
        self._security = _security(settings.get("security", ""), self._host, self._port)
        self._login = settings.get("username", ""), settings.get("password", "")
        self._from = _wanted(settings, "from", "the sender's address")
        self._reply_to = settings.get("reply_to", "")
        self._timeout = account.timeout
        for name in ("from", "reply_to"):
            _check_address(name, settings.get(name, ""))

    def __repr__(self) -> str:
        return f"<Smtp {self._host}:{self._port}>"

    async def close(self) -> None:
        """Nothing is kept open between two messages."""

    async def check(self) -> str:
        """Sign in and name the sender, without sending anything."""
        sender = read_address(self._from).addr_spec
        async with (
            self._session() as (server, until),
            _stage("the sender", until, refusal=Misconfigured),
        ):
            await server.mail(sender)
            await server.rset()
        return f"{self._host} takes mail from {sender} (encryption: {self._security})."

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Hand the mail over; RemoteUncertain once its body may have arrived."""
        sender = message.sender or self._from
        recipient, mail = compose(message, sender=sender, reply_to=self._reply_to)
        async with self._session() as (server, until):
            async with _stage("the sender", until, refusal=Misconfigured):
                await server.mail(read_address(sender).addr_spec)
            async with _stage("the recipient", until, refusal=AddressRefused):
                await server.rcpt(recipient)
            async with _stage("the mail", until, refusal=RemoteRefused, loss=RemoteUncertain):
                await server.data(mail.as_bytes())
        return Receipt(provider_ref=str(mail["Message-ID"]), status=MessageStatus.SENT)

    async def seek(self, message: OutgoingMessage) -> Receipt | None:
        """Always raises RemoteUncertain: SMTP has no question for this."""
        raise RemoteUncertain(
            f"a mail server cannot say whether it took message {message.ref};"
            " look into the sender's mailbox or the server's log"
        )

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[aiosmtplib.SMTP, float]]:
        """A server that knows us, and the moment (of the loop's clock) until which we talk."""
        until = asyncio.get_running_loop().time() + self._timeout
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._security is Security.TLS,
            start_tls=self._security is Security.STARTTLS,
            tls_context=await asyncio.to_thread(ssl.create_default_context),
            timeout=None,
        )
        try:
            async with _stage("the connection", until, refusal=Misconfigured):
                await server.connect()
            if self._login[0]:
                async with _stage("the sign-in", until, refusal=Misconfigured):
                    await server.login(*self._login)
            yield server, until
            with suppress(SMTPException, OSError):  # what was said before the farewell stands
                async with asyncio.timeout_at(until):
                    await server.quit()
        finally:
            server.close()


@asynccontextmanager
async def _stage(
    what: str,
    until: float,
    *,
    refusal: type[RemoteError],
    loss: type[RemoteError] = RemoteUnavailable,
) -> AsyncIterator[None]:
    """Read the errors of one stage: a 5xx is *refusal*, a lost connection is *loss*."""
    try:
        async with asyncio.timeout_at(until):
            yield
    except SMTPResponseException as error:
        raise _read_reply(what, error, refusal, loss) from error
    except (SMTPServerDisconnected, OSError) as error:
        raise _read_loss(what, error, loss) from error
    except SMTPException as error:
        raise Misconfigured(f"the mail server cannot do this: {error.message}") from error


def _read_reply(
    what: str, error: SMTPResponseException, refusal: type[RemoteError], loss: type[RemoteError]
) -> RemoteError:
    """RFC 5321, 4.2.1: 4xx may be tried again, 5xx may not; what is neither was no answer."""
    kinds: dict[int, type[RemoteError]] = {4: RemoteUnavailable, 5: refusal}
    said = " ".join(str(error.message).split())[:300]
    answer = f"the mail server refused {what}: {error.code} {said}"
    return kinds.get(error.code // 100, loss)(answer, code=str(error.code))


def _read_loss(what: str, error: OSError, loss: type[RemoteError]) -> RemoteError:
    cause = error.__cause__ if isinstance(error, SMTPConnectError) else error
    if isinstance(cause, ssl.SSLError) and loss is RemoteUnavailable:
        return Misconfigured(
            "no trusted encryption with the mail server: give its full name as host, and a port"
            " that fits the encryption"
        )
    return loss(f"the mail server was lost at {what} ({type(error).__name__})")


def _wanted(settings: Mapping[str, str], name: str, what: str) -> str:
    value = settings.get(name, "").strip()
    if not value:
        raise BadSetting(f"{name} is missing: give {what}")
    return value


def _host(settings: Mapping[str, str]) -> str:
    value = _wanted(settings, "host", "the mail server's name")
    if not _HOST.fullmatch(value):
        raise BadSetting(f"host is {value!r}: give a name alone, as in smtp.example.com")
    return value


def _port(value: str) -> int:
    if not value:
        return 587
    if not value.isdecimal() or not 0 < int(value) < 1 << 16:
        raise BadSetting(f"port is {value!r}: give a number, as a rule 587 or 465")
    return int(value)


def _security(value: str, host: str, port: int) -> Security:
    if not value:
        if port == _TLS_PORT:
            return Security.TLS
        return Security.NONE if _is_here(host) else Security.STARTTLS
    if value not in set(Security):
        raise BadSetting(f"security is {value!r}: give {', '.join(Security)} or leave it empty")
    return Security(value)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_address(name: str, value: str) -> None:
    try:
        if value:
            read_address(value)
    except ValueError as error:
        raise BadSetting(f"{name} is {value!r}: give an address like a@example.com") from error
