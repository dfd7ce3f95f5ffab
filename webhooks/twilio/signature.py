"""Is it really Twilio? The signature of a request, checked and made.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, compare

from hub.contract.errors import BadPayload, BadSignature
from hub.contract.webhooks import RawRequest, Secrets
from webhooks.twilio.said import fields, is_json, pairs

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"

_PLAIN = rb"[^\x00-\x20&=%\x7f-\xff]*(?:%[0-9A-F]{2}[^\x00-\x20&=%\x7f-\xff]*)*"
_FIELD = rb"(?!=)" + _PLAIN + rb"=" + _PLAIN
_FORM = re.compile(rb"(?:" + _FIELD + rb"(?:&" + _FIELD + rb")*)?")
"""A form as Twilio writes it. What is signed are names and values with nothing between them, so
`a=b` and `a&b` share one signature: only the plain way to write a form is taken."""


class Fields:
    """A form's fields as the validator wants them: every value of every name, blank ones too."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        """All values of *name*."""
        return self._values[name]


def verify(request: RawRequest, secrets: Secrets) -> None:
    """Return if *request* is signed by the line's account; else raise BadSignature."""
    signature = request.header(SIGNATURE)
    if not signature:
        raise BadSignature("X-Twilio-Signature is missing: is it Twilio that called this URL?")
    algorithm, keys = _keys(request.header(SETTINGS), secrets)
    try:
        url, signed = _url(request), _signed(request)
        valid = any(
            _fits(RequestValidator(key), url, signed, signature, algorithm) for key in keys
        )
        account = _account(request, secrets)
    except (ValueError, BadPayload) as error:
        raise BadSignature(f"nobody can have signed this ({error})") from error
    if not valid:
        raise BadSignature(
            "X-Twilio-Signature does not fit: check the line's auth token, and that the URL set "
            "at Twilio is the one shown on the line's page, letter by letter"
        )
    if not account:
        raise BadSignature("AccountSid is not the line's: check its account_sid")


def _fits(
    validator: RequestValidator, url: str, signed: Fields | str, signature: str, algorithm: str
) -> bool:
    """Whether *signature* is the validator's; it tries the URL with and without port besides."""
    if isinstance(signed, Fields):
        made = validator.compute_signature(url, signed, algorithm)
        if compare(made, signature):  # nearly always: half the work
            return True
    return bool(validator.validate(url, signed, signature, algorithm))


def sign(url: str, form: Sequence[tuple[str, str]], secrets: Secrets) -> Mapping[str, str]:
    """The headers by which Twilio proves a POST of *form* to *url*: for stories and tests."""
    url = url.partition("#")[0]
    key = secrets.settings.get("sha256_key", "").split()
    if key:
        signature = RequestValidator(key[0]).compute_signature(url, Fields(form), HMAC_SHA256)
        return {
            SIGNATURE: signature,
            SETTINGS: f"key=webhooks_sharedkey_1,algorithm={HMAC_SHA256}",
        }
    return {SIGNATURE: RequestValidator(secrets.current).compute_signature(url, Fields(form))}


def _keys(settings: str, secrets: Secrets) -> tuple[str, Sequence[str]]:
    """The algorithm and the keys that the line accepts.

    The header is not signed itself: it may confirm what the line is set to, never choose.
    """
    pinned = secrets.settings.get("sha256_key", "").split()
    wanted = HMAC_SHA256 if pinned else HMAC_SHA1
    if (_algorithm(settings) or HMAC_SHA1) != wanted:
        cure = (
            "sign with the shared key at Twilio, or remove the line's sha256_key"
            if pinned
            else "set the shared key as the line's sha256_key"
        )
        raise BadSignature(f"the line accepts {wanted} only: {cure}")
    return wanted, pinned or secrets.all


def _algorithm(settings: str) -> str:
    """The algorithm that the header names, or an empty string."""
    named = (part.partition("=") for part in settings.split(","))
    return next((value.strip() for name, _, value in named if name.strip() == "algorithm"), "")


def _url(request: RawRequest) -> str:
    """The URL that is signed: without its fragment, and not tidied up by anyone."""
    url = request.url.partition("#")[0]
    if urlsplit(url).geturl() != url.removesuffix("?"):
        raise ValueError("the URL is not written plainly")
    return url


def _signed(request: RawRequest) -> Fields | str:
    """What is signed besides the URL: fields of a form, or a text whose hash is in the URL."""
    if request.method == "GET":
        if request.body:
            raise ValueError("a GET has a body")
        return Fields([])
    if is_json(request):
        if not parse_qs(urlsplit(request.url).query).get("bodySHA256"):
            raise ValueError("a JSON body without bodySHA256 in the URL")
        return request.body.decode()
    if not _FORM.fullmatch(request.body):
        raise ValueError("the body is not a form")
    return Fields(pairs(request))


def _account(request: RawRequest, secrets: Secrets) -> bool:
    """Whether the account is the line's, where the line says which."""
    wanted = secrets.settings.get("account_sid", "").strip()
    if not wanted:
        return True
    found = fields(request).get("AccountSid")
    return found is not None and found.text() == wanted
