import base64
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from hub.contract.errors import BadSignature
from hub.contract.webhooks import RawRequest, Secrets
from webhooks.generic import verify
from webhooks.generic.signature import WINDOW, sign

NOW = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
BODY = '{"type": "call.ringing", "note": "è"}'.encode()


def signed(secret: str = WHSEC, *, at: datetime = NOW, signature: str = "") -> RawRequest:
    """A request as a sender with the official library makes it."""
    official = standardwebhooks.Webhook(secret).sign("msg_1", at, BODY.decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature or official,
    }
    return RawRequest(
        method="POST",
        url="https://hub.example/hooks/generic/k1",
        headers=headers,
        body=BODY,
        received_at=NOW,
    )


def carrying(*, step: str = "", query: str = "", bearer: str = "") -> RawRequest:
    return RawRequest(
        method="POST",
        url=f"https://hub.example/hooks/generic/k1{query}",
        headers={"authorization": bearer} if bearer else {},
        body=BODY,
        received_at=NOW,
        step=step,
    )


def test_what_the_official_library_signs_is_believed() -> None:
    verify(signed(), Secrets(current=WHSEC))


def test_the_official_library_believes_what_we_sign() -> None:
    now = datetime.now(UTC)
    timestamp = str(int(now.timestamp()))
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(WHSEC, "msg_1", timestamp, BODY),
    }

    assert standardwebhooks.Webhook(WHSEC).verify(BODY, headers)["note"] == "è"


def test_the_padding_of_a_base64_secret_may_be_missing() -> None:
    verify(signed(), Secrets(current=WHSEC.rstrip("=")))


def test_a_plain_secret_is_the_key_as_it_stands() -> None:
    timestamp = str(int(NOW.timestamp()))
    ours = sign("a plain one", "msg_1", timestamp, BODY)

    verify(signed(signature=ours), Secrets(current="a plain one"))
    with pytest.raises(BadSignature):
        verify(signed(signature=ours), Secrets(current="another one"))


def test_both_secrets_are_good_while_rotating() -> None:
    verify(signed(), Secrets(current="new", previous=(WHSEC,)))
    with pytest.raises(BadSignature):
        verify(signed(), Secrets(current="new"))


def test_one_good_signature_among_several_is_enough() -> None:
    good = signed().header("webhook-signature")

    verify(signed(signature=f"v1,AAAA v1a,BBBB {good}"), Secrets(current=WHSEC))


def test_another_version_of_the_scheme_proves_nothing() -> None:
    good = signed().header("webhook-signature")

    with pytest.raises(BadSignature):
        verify(signed(signature=good.replace("v1,", "v1a,")), Secrets(current=WHSEC))


@pytest.mark.parametrize("seconds", [-WINDOW, 0, WINDOW])
def test_a_signature_is_good_within_the_window(seconds: int) -> None:
    verify(signed(at=NOW + timedelta(seconds=seconds)), Secrets(current=WHSEC))


@pytest.mark.parametrize("seconds", [-WINDOW - 1, WINDOW + 1])
def test_a_signature_outside_the_window_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature, match="clock"):
        verify(signed(at=NOW + timedelta(seconds=seconds)), Secrets(current=WHSEC))


@pytest.mark.parametrize("timestamp", ["soon", "1.7e9", "-5", "１７００", "9" * 5000, "nan"])
def test_a_senseless_timestamp_is_refused(timestamp: str) -> None:
    request = signed()
    headers = {**request.headers, "webhook-timestamp": timestamp}

    with pytest.raises(BadSignature):
        verify(dataclasses.replace(request, headers=headers), Secrets(current=WHSEC))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_half_a_signature_is_none_even_with_the_secret_in_the_url(name: str) -> None:
    request = signed()
    headers = {key: value for key, value in request.headers.items() if key != name}

    with pytest.raises(BadSignature):
        verify(dataclasses.replace(request, headers=headers, step=WHSEC), Secrets(current=WHSEC))


@pytest.mark.parametrize(
    "request_",
    [
        carrying(step="sésame"),
        carrying(query="?secret=s%C3%A9same"),
        carrying(bearer="Bearer sésame"),
        carrying(bearer="bearer  sésame"),
    ],
)
def test_a_sender_that_cannot_sign_shows_the_secret(request_: RawRequest) -> None:
    verify(request_, Secrets(current="new", previous=("sésame",)))
    with pytest.raises(BadSignature):
        verify(request_, Secrets(current="sesame"))
    with pytest.raises(BadSignature, match="signed"):
        verify(request_, Secrets(current="sésame", settings={"signed_only": "yes"}))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "whsec_a"])
def test_a_secret_that_is_none_refuses_everything(secret: str) -> None:
    for request in (signed(), carrying(), carrying(query="?secret="), carrying(bearer="Bearer ")):
        with pytest.raises(BadSignature):
            verify(request, Secrets(current=secret, previous=("",)))
