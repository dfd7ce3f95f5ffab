"""Twilio: SMS, WhatsApp, click-to-call and recordings."""

from connectors.twilio.client import HOST, Twilio
from connectors.twilio.errors import classify, read_error
from hub.contract.connectors import Ability, Account, ConnectorManifest
from hub.contract.events import Channel
from hub.contract.webhooks import Setting

__all__ = ["MANIFEST", "classify", "open", "read_error"]

MANIFEST = ConnectorManifest(
    name="twilio",
    title="Twilio",
    summary="Sends SMS and WhatsApp messages, starts calls and fetches recordings.",
    abilities=frozenset({Ability.CHECK, Ability.SEND, Ability.DIAL, Ability.FETCH}),
    channels=frozenset({Channel.SMS, Channel.WHATSAPP}),
    senders={
        Channel.SMS: ("from", "messaging_service_sid"),
        Channel.WHATSAPP: ("whatsapp_from",),
    },
    webhook="twilio",
    hosts=(HOST,),
    extra="twilio",
    seek_after=5.0,
    settings=(
        Setting(
            name="account_sid",
            label="Account SID",
            help="Begins with AC; on the start page of the Twilio console.",
            required=True,
        ),
        Setting(
            name="auth_token",
            label="Auth token",
            help="Below the account SID. Not needed when an API key is given.",
            secret=True,
        ),
        Setting(
            name="api_key_sid",
            label="API key SID",
            help="Begins with SK; Account > API keys & tokens > Create API key (standard).",
        ),
        Setting(
            name="api_key_secret",
            label="API key secret",
            help="Shown once, when the key is created.",
            secret=True,
        ),
        Setting(
            name="from",
            label="SMS sender",
            help="A number of the account in the form +12025550100, or a registered sender name.",
        ),
        Setting(
            name="whatsapp_from",
            label="WhatsApp sender",
            help="The number of your WhatsApp sender, in the form +12025550100.",
        ),
        Setting(
            name="messaging_service_sid",
            label="Messaging service SID",
            help="Begins with MG; when given, Twilio chooses the sender.",
        ),
        Setting(
            name="base_url",
            label="Address of the API",
            help="Leave empty; only for a proxy in front of api.twilio.com.",
        ),
    ),
)


def open(account: Account) -> Twilio:  # noqa: A001 (the contract's word: a module is opened)
    """Open *account*; cheap and offline. Raises BadSetting when the login is incomplete."""
    return Twilio(account)
