"""Any mail server: e-mail by SMTP."""

from connectors.smtp.client import Smtp
from hub.contract.connectors import Ability, Account, ConnectorManifest
from hub.contract.events import Channel
from hub.contract.webhooks import Setting

__all__ = ["MANIFEST", "open"]

MANIFEST = ConnectorManifest(
    name="smtp",
    title="E-mail (SMTP)",
    summary="Sends e-mail through the mail server that you already have.",
    abilities=frozenset({Ability.CHECK, Ability.SEND}),
    channels=frozenset({Channel.EMAIL}),
    settings=(
        Setting(
            name="host",
            label="Mail server",
            help="Its name, as in smtp.example.com.",
            required=True,
        ),
        Setting(
            name="port",
            label="Port",
            help="587 for STARTTLS, 465 for TLS.",
            default="587",
        ),
        Setting(
            name="security",
            label="Encryption",
            help="starttls, tls or none; empty: the port decides (none only on this machine).",
        ),
        Setting(
            name="username",
            label="User name",
            help="Often the whole mail address; empty for a server that asks for none.",
        ),
        Setting(
            name="password",
            label="Password",
            help="For mailboxes with two-step sign-in: an app password.",
            secret=True,
        ),
        Setting(
            name="from",
            label="Sender",
            help="An address that the server lets you send from, as in Acme <hello@example.com>.",
            required=True,
        ),
        Setting(
            name="reply_to",
            label="Replies to",
            help="Where answers go; empty for the sender's own address.",
        ),
    ),
)


def open(account: Account) -> Smtp:  # noqa: A001 (the contract's word: a module is opened)
    """Open *account*; cheap and offline. Raises BadSetting for a setting that makes no sense."""
    return Smtp(account)
