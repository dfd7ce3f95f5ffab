import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA256, RequestValidator

from hub.contract.errors import BadSignature
from hub.contract.webhooks import RawRequest, Secrets
from webhooks.twilio.signature import SETTINGS, SIGNATURE, Fields, sign, verify

BASE = "https://hub.example/hooks/twilio/k1"
SECRETS = Secrets(current="token-new", previous=("token-old",))
CALL = [("CallSid", "CA1"), ("From", "+12025550142"), ("FromCity", ""), ("CallStatus", "ringing")]
Form = list[tuple[str, str]]
NONE: Mapping[str, str] = {}


def form_request(
    form: Form = CALL,
    *,
    url: str = BASE,
    by: Secrets = SECRETS,
    headers: Mapping[str, str] = NONE,
) -> RawRequest:
    return RawRequest(
        method="POST",
        url=url,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            **sign(url, form, by),
            **headers,
        },
        body=urlencode(form).encode(),
        received_at=datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
    )


def with_settings(**settings: str) -> Secrets:
    return dataclasses.replace(SECRETS, settings=settings)


def test_a_signature_is_made_as_the_vendor_documents_it() -> None:
    form = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]

    made = sign("https://example.com/myapp.php?foo=1&bar=2", form, Secrets(current="12345"))

    assert made == {SIGNATURE: "L/OH5YylLD5NRKLltdqwSvS0BnU="}


@pytest.mark.parametrize(
    "form",
    [
        CALL,
        [("b", "2"), ("B", "1"), ("a", ""), ("a", ""), ("a", "1")],
        [("Body", " leading, trailing \t and\nlines "), ("é", "☎ + & = %")],
        [],
    ],
    ids=["blank", "repeated", "odd letters", "empty"],
)
def test_every_field_is_signed_as_it_is(form: Form) -> None:
    verify(form_request(form), SECRETS)


def test_the_old_token_is_good_until_it_is_dropped() -> None:
    request = form_request(by=Secrets(current="token-old"))

    verify(request, SECRETS)
    with pytest.raises(BadSignature, match="does not fit"):
        verify(request, Secrets(current="token-new"))


def test_an_empty_secret_verifies_nothing() -> None:
    nothing = Secrets(current="", previous=("",))

    with pytest.raises(BadSignature):
        verify(form_request(by=nothing), nothing)


def test_a_request_without_the_header_is_refused() -> None:
    request = dataclasses.replace(form_request(), headers={})

    with pytest.raises(BadSignature, match="missing"):
        verify(request, SECRETS)


def test_the_fragment_with_the_retries_is_not_signed() -> None:
    verify(form_request(url=f"{BASE}#rc=3&rp=5xx,ct,rt"), SECRETS)


@pytest.mark.parametrize("signed", ["https://hub.example:443/h", "https://hub.example/h"])
def test_the_usual_port_may_be_signed_or_not(signed: str) -> None:
    request = dataclasses.replace(form_request(url=signed), url="https://hub.example/h")

    verify(request, SECRETS)


@pytest.mark.parametrize(
    "url",
    [f"{BASE}/", f"{BASE}?x=1", BASE.replace("https", "http"), "HTTPS" + BASE[5:], f"{BASE}\n"],
)
def test_another_spelling_of_the_url_is_refused(url: str) -> None:
    request = dataclasses.replace(form_request(), url=url)

    with pytest.raises(BadSignature):
        verify(request, SECRETS)


def test_a_get_is_signed_by_its_url() -> None:
    url = f"{BASE}?{urlencode(CALL)}"
    request = RawRequest(
        method="GET",
        url=url,
        headers=sign(url, [], SECRETS),
        body=b"",
        received_at=datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
    )

    verify(request, SECRETS)
    with pytest.raises(BadSignature):
        verify(dataclasses.replace(request, url=url.replace("ringing", "completed")), SECRETS)
    with pytest.raises(BadSignature):
        verify(dataclasses.replace(request, body=b"CallStatus=completed"), SECRETS)


# --- Bodies that share a signature with another one ---


@pytest.mark.parametrize(
    "body",
    [b"CallerName&Dan", b"&CallerName=Dan", b"CallerName=Dan&", b"CallerName==Dan", b"=x"],
)
def test_a_form_that_twilio_would_not_write_is_refused_whatever_its_signature(body: bytes) -> None:
    request = dataclasses.replace(form_request([("CallerName", "Dan")]), body=body)

    with pytest.raises(BadSignature):
        verify(request, SECRETS)


def test_the_same_text_encoded_differently_is_refused() -> None:
    request = form_request([("From", "+1 202")])

    assert request.body == b"From=%2B1+202"
    for body in (b"From=%2b1+202", b"From=%2B1 202", b"From=%2B1%20202\n"):
        with pytest.raises(BadSignature):
            verify(dataclasses.replace(request, body=body), SECRETS)


# --- JSON ---


def json_request(body: bytes, *, hashed: bytes | None = None) -> RawRequest:
    url = BASE if hashed is None else f"{BASE}?bodySHA256={hashlib.sha256(hashed).hexdigest()}"
    return dataclasses.replace(
        form_request([], url=url, headers={"content-type": "application/json; charset=utf-8"}),
        body=body,
    )


def test_a_json_body_is_proved_by_the_hash_in_the_signed_url() -> None:
    body = json.dumps({"AccountSid": "AC1", "CallSid": "CA1"}).encode()

    verify(json_request(body, hashed=body), with_settings(account_sid="AC1"))


@pytest.mark.parametrize("body", [b'{"CallSid":"CA2"}', b"", b"\xff", b"[" * 100_000])
def test_another_json_body_is_refused(body: bytes) -> None:
    for hashed in (b'{"CallSid":"CA1"}', None):
        with pytest.raises(BadSignature):
            verify(json_request(body, hashed=hashed), SECRETS)


def test_a_form_called_json_is_refused() -> None:
    with pytest.raises(BadSignature, match="bodySHA256"):
        verify(form_request(headers={"content-type": "application/json"}), SECRETS)


# --- SHA-256 ---

PINNED = with_settings(sha256_key="shared-new shared-old")


def test_a_line_with_a_shared_key_takes_its_signatures() -> None:
    verify(form_request(by=PINNED), PINNED)
    verify(form_request(by=with_settings(sha256_key="shared-old")), PINNED)


@pytest.mark.parametrize(
    "header",
    ["", "algorithm=", "algorithm=HMAC_SHA1", "key=k", "algorithm=HMAC_MD5", "=;,x", "☎"],
)
def test_a_line_with_a_shared_key_cannot_be_talked_down(header: str) -> None:
    for made in (form_request(), form_request(by=PINNED)):
        request = dataclasses.replace(made, headers={**made.headers, SETTINGS: header})
        with pytest.raises(BadSignature, match="HMAC_SHA256 only"):
            verify(request, PINNED)


def test_the_auth_token_does_not_sign_for_a_line_with_a_shared_key() -> None:
    made = RequestValidator("token-new").compute_signature(BASE, Fields(CALL), HMAC_SHA256)
    request = form_request(headers={SIGNATURE: made, SETTINGS: "key=k,algorithm=HMAC_SHA256"})

    with pytest.raises(BadSignature, match="does not fit"):
        verify(request, PINNED)


@pytest.mark.parametrize("algorithm", ["HMAC_SHA256", "HMAC_SHA512", "hmac_sha256"])
def test_a_line_without_a_shared_key_refuses_another_algorithm(algorithm: str) -> None:
    request = form_request(by=PINNED, headers={SETTINGS: f"key=k,algorithm={algorithm}"})

    with pytest.raises(BadSignature, match="HMAC_SHA1 only"):
        verify(request, SECRETS)


# --- The account ---


@pytest.mark.parametrize("form", [CALL, [*CALL, ("AccountSid", "AC2")]], ids=["missing", "other"])
def test_an_account_that_is_not_the_lines_is_refused(form: Form) -> None:
    with pytest.raises(BadSignature, match="AccountSid"):
        verify(form_request(form), with_settings(account_sid="AC1"))


# --- Anything at all ---


REQUESTS = st.builds(
    RawRequest,
    method=st.sampled_from(["GET", "POST", "PUT"]),
    url=st.text() | st.text().map("https://".__add__),
    headers=st.fixed_dictionaries(
        {
            "content-type": st.sampled_from(["application/json", "text/plain", ""]),
            SIGNATURE: st.text(),
            SETTINGS: st.text(),
        }
    ),
    body=st.binary(),
    received_at=st.just(datetime(2026, 3, 2, 9, 41, tzinfo=UTC)),
)
SETS = st.dictionaries(st.sampled_from(["account_sid", "sha256_key"]), st.text())


@given(request_=REQUESTS, settings=SETS)
def test_whatever_comes_it_is_refused_politely(
    request_: RawRequest, settings: dict[str, str]
) -> None:
    with pytest.raises(BadSignature):
        verify(request_, with_settings(**settings))
