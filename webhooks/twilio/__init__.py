"""Twilio: calls and messages of a cloud phone number, which the hub answers itself."""

from hub.contract.webhooks import Setting, WebhookManifest
from webhooks.twilio.parse import parse
from webhooks.twilio.signature import verify
from webhooks.twilio.twiml import reply

MANIFEST = WebhookManifest(
    name="twilio",
    title="Twilio",
    summary="Calls, SMS and WhatsApp of a Twilio number; the hub rings, records and follows up",
    secret_label="Auth token",  # noqa: S106 - a label
    secret_help="Console > Account > API keys & tokens > Live credentials > Primary auth token",  # noqa: S106 - a hint
    answers_calls=True,
    system="twilio",
    settings=(
        Setting(
            name="account_sid",
            label="Account SID",
            help="Starts with AC. When set, requests of any other account are refused",
        ),
        Setting(
            name="sha256_key",
            label="Shared key (SHA-256)",
            help="When set, only requests signed with it are taken, and the auth token no longer "
            "counts; two keys with a space between them while you rotate",
            secret=True,
        ),
    ),
    places=(
        ("Phone number > Voice > A call comes in (Webhook, HTTP POST)", ""),
        ("Phone number > Voice > Call status changes", ""),
        ("Phone number > Messaging > A message comes in (Webhook, HTTP POST)", ""),
    ),
    events=(
        "voice_incoming",
        "call_status",
        "leg",
        "dial",
        "forward",
        "screen",
        "screened",
        "queue_wait",
        "queue_left",
        "menu",
        "record",
        "recording",
        "transcription",
        "click_to_call",
        "call_back",
        "callee",
        "message_in",
        "message_status",
    ),
)

__all__ = ["MANIFEST", "parse", "reply", "verify"]
