"""Proof of origin: a Standard Webhooks signature, or the line's secret itself.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import re
from urllib.parse import parse_qs, urlsplit

from hub.contract.errors import BadSignature
from hub.contract.webhooks import RawRequest, Secrets

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
WINDOW = 300  # seconds that a signature stays good, either way
_PREFIX = "whsec_"
_EPOCH = re.compile(r"[0-9]{1,12}")


def verify(request: RawRequest, secrets: Secrets) -> None:
    """Return if *request* is signed with, or else carries, one of the line's secrets.

    A request with any of the Standard Webhooks headers must be signed well: it never falls back
    on a secret in its URL. Raises BadSignature.
    """
    if not secrets.all:
        raise BadSignature("the line has no secret: give it one under Lines")
    if any(request.header(name) for name in HEADERS):
        _check_signature(request, secrets)
    elif secrets.settings.get("signed_only") == "yes":
        raise BadSignature("the line takes signed requests only: sign it, or set signed_only=no")
    else:
        _check_carried(request, secrets)


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """The value of `webhook-signature` for *body*: `v1,` and a base64 HMAC-SHA256."""
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    digest = hmac.digest(_key(secret), content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    """The key's bytes: what follows `whsec_` is base64 (padding may be missing), else the text."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX).rstrip("=") + "==")
    except binascii.Error as error:
        raise BadSignature("the line's whsec_ secret is not base64: make a new one") from error
    if not key:
        raise BadSignature("the line's whsec_ secret is empty: make a new one")
    return key


def _check_signature(request: RawRequest, secrets: Secrets) -> None:
    message_id, timestamp, given = (request.header(name) for name in HEADERS)
    if not (message_id and timestamp and given):
        raise BadSignature(f"a signed request has all of {', '.join(HEADERS)}")
    _check_age(request, timestamp)
    signatures = [part.encode() for part in given.split()]
    for secret in secrets.all:
        right = sign(secret, message_id, timestamp, request.body).encode()
        if any(hmac.compare_digest(right, signature) for signature in signatures):
            return
    raise BadSignature("no v1 signature fits: compare the secret on both sides, sign the raw body")


def _check_age(request: RawRequest, timestamp: str) -> None:
    if not _EPOCH.fullmatch(timestamp):
        raise BadSignature("webhook-timestamp should be whole epoch seconds")
    if abs(request.received_at.timestamp() - int(timestamp)) > WINDOW:
        raise BadSignature(f"signed more than {WINDOW} seconds away: check the sender's clock")


def _check_carried(request: RawRequest, secrets: Secrets) -> None:
    """The secret as last path step, as `secret` in the query, or as Bearer token."""
    carried = [text.encode() for text in _carried(request) if text]
    matches = [
        hmac.compare_digest(secret.encode(), text) for secret in secrets.all for text in carried
    ]
    if not any(matches):
        raise BadSignature("neither signed nor carrying the line's secret: see the line's page")


def _carried(request: RawRequest) -> list[str]:
    scheme, _, token = request.header("authorization").partition(" ")
    query = parse_qs(urlsplit(request.url).query)
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return [request.step, *query.get("secret", [])[-1:], bearer]
