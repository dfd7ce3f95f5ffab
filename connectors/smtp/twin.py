"""A mail catcher on loopback: it takes every mail, sends none and shows them all."""

import asyncio
import email
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage, MIMEPart
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hub.contract.connectors import LoggedCall
from hub.contract.errors import AddressRefused
from hub.contract.events import Channel
from hub.contract.twins import Fault, Running, Sent

SENDER = "hello@example.com"
NOBODY = "nobody@example.com"


@dataclass(slots=True, kw_only=True)
class State:
    """What this mail server knows; change it to change how it behaves."""

    username: str = "hello"
    password: str = "twin-password-of-no-worth"
    nobodies: set[str] = field(default_factory=lambda: {NOBODY})
    delay: float = 30.0  # seconds that a slow day takes
    fault: Fault | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    messages: list[Sent] = field(default_factory=list)
    logged: list[LoggedCall] = field(default_factory=list)
    open_ends: list["_End"] = field(default_factory=list)


@asynccontextmanager
async def start(*, port: int = 0, state: State | None = None) -> AsyncIterator[Running]:
    """Serve on 127.0.0.1 while the context is open; *port* 0 takes a free one."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it complains of its own habits
    state = state or State()
    listener = socket.create_server(("127.0.0.1", port))
    server = await asyncio.get_running_loop().create_server(lambda: _end(state), sock=listener)
    try:
        yield _running(state, listener.getsockname()[1])
    finally:
        server.close()
        for end in state.open_ends:
            if end.transport:
                end.transport.close()
        await server.wait_closed()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.gather(*(end.gone.wait() for end in state.open_ends))


def _running(state: State, port: int) -> Running:
    return Running(
        settings={
            "host": "127.0.0.1",
            "port": str(port),
            "from": SENDER,
            "username": state.username,
            "password": state.password,
        },
        state=state,
        wrong={"password": "not-the-password"},
        refuses={NOBODY: AddressRefused},
    )


class _End(SMTP):
    """Our end of one connection, which says when it is gone."""

    gone: asyncio.Event

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.gone.set()


def _end(state: State) -> _End:
    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        right = (state.username.encode(), state.password.encode())
        good = isinstance(login, LoginPassword) and (login.login, login.password) == right
        return AuthResult(success=good, handled=False)

    end = _End(
        _Catcher(state), hostname="twin", authenticator=authenticate, auth_require_tls=False
    )
    end.gone = asyncio.Event()
    state.open_ends.append(end)
    return end


class _Catcher:
    """What aiosmtpd asks at each step of a conversation."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self._state.fault is Fault.LIMITED:
            return "451 4.7.1 Too much mail, try again later"
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address in self._state.nobodies:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self._state.fault is Fault.BROKEN:
            return "451 4.3.0 Local error"
        self._take(envelope)
        if self._state.fault is Fault.BROKEN_AFTER and server.transport:
            server.transport.close()
        if self._state.fault in {Fault.BROKEN_AFTER, Fault.SLOW}:
            await asyncio.sleep(self._state.delay)  # until the lost connection cancels us
        return "250 2.0.0 Taken"

    def _take(self, envelope: Envelope) -> None:
        body = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = email.message_from_bytes(body, policy=default)
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        self._state.mails.append(mail)
        self._state.messages.append(
            Sent(
                ref=str(mail["Message-ID"]),
                channel=Channel.EMAIL,
                sender=str(mail["From"]),
                recipient=", ".join(envelope.rcpt_tos),
                subject=str(mail["Subject"]),
                text=_content(plain),
                html=_content(html),
                at=datetime.now(UTC),
                status="taken",
            )
        )


def _content(part: MIMEPart | None) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
