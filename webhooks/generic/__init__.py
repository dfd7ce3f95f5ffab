"""Any phone system or no-code tool: our own signed JSON, and Zammad's generic CTI, on one door."""

from hub.contract.webhooks import Setting, WebhookManifest
from webhooks.generic.parse import parse
from webhooks.generic.signature import verify

__all__ = ["MANIFEST", "parse", "verify"]

_HELP = """\
Signs the requests (Standard Webhooks), or stands in the URL where nothing can be signed.
A secret that starts with whsec_ works with every Standard Webhooks library."""

MANIFEST = WebhookManifest(
    name="generic",
    title="Generic webhook",
    summary="Signed JSON from any phone system or no-code tool, or Zammad's generic CTI requests",
    secret_label="Secret",  # noqa: S106 - the label of a field, not a secret
    secret_help=_HELP,
    generates_secret=True,
    settings=(
        Setting(
            name="signed_only",
            label="Signed requests only",
            help="yes refuses requests that only carry the secret in their URL or Authorization",
            default="no",
        ),
    ),
    places=(
        ("Signed JSON: webhook URL", ""),
        ("Without signature: webhook URL, with the secret at its end", "SECRET"),
    ),
    events=(
        "call.started",
        "call.ringing",
        "call.leg.ringing",
        "call.leg.answered",
        "call.held",
        "call.resumed",
        "call.transferred",
        "call.leg.ended",
        "call.ended",
        "call.recording.ready",
        "call.voicemail.ready",
        "call.transcript.ready",
        "message.received",
        "message.status",
        "newCall",
        "answer",
        "hangup",
    ),
)
