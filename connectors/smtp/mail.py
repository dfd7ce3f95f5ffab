"""Writes one e-mail: plain and HTML, with headers that no text from outside can break out of."""

import re
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import localtime, parseaddr

from hub.contract.connectors import OutgoingMessage
from hub.contract.errors import AddressRefused, RemoteRefused

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header in one line: Python would encode a long URL or id, and nobody could read it."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("message-id", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _Unfolded)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def read_address(value: str) -> Address:
    """An address, with or without a name: `Ann <ann@example.com>`; raises ValueError.

    Local parts are dot-atoms of ASCII (RFC 5322, 3.4.1): what every mail server takes.
    """
    name, plain = parseaddr(value)
    local, _, domain = plain.rpartition("@")
    host = domain.encode("idna").decode()
    is_whole = plain in value and not re.search(r"[\r\n]", value)  # parseaddr mends what is broken
    if not (is_whole and _LOCAL.fullmatch(local) and _HOST.fullmatch(host)):
        raise ValueError(f"{value!r} is no mail address")
    return Address(display_name=name, username=local, domain=host)


def compose(
    message: OutgoingMessage, *, sender: str, reply_to: str = ""
) -> tuple[str, EmailMessage]:
    """The recipient's plain address and the mail to them.

    The Message-ID is made of `message.ref`, so that a mail that did go out twice is one mail to
    most readers. Raises AddressRefused for an address that is none, RemoteRefused for a header
    with a line break.
    """
    try:
        recipient = read_address(message.recipient)
    except ValueError as error:
        raise AddressRefused(str(error)) from error
    mail = EmailMessage(policy=_POLICY)
    try:
        _write_headers(mail, message, read_address(sender), recipient)
        if reply_to:
            mail["Reply-To"] = read_address(reply_to)
    except ValueError as error:
        raise RemoteRefused(f"a header of the mail cannot be written: {error}") from error
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return recipient.addr_spec, mail


def _write_headers(
    mail: EmailMessage, message: OutgoingMessage, sender: Address, recipient: Address
) -> None:
    ref = re.sub(r"[^A-Za-z0-9._-]", "-", message.ref)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = message.subject
    mail["Date"] = localtime()
    mail["Message-ID"] = f"<{ref}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday note shall answer
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        if message.unsubscribe_url.startswith("https://"):  # RFC 8058 allows nothing else
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
