"""What each of Twilio's codes and answers makes the hub do."""

import json

import pytest

from connectors.twilio import classify, read_error
from connectors.twilio.errors import read_answer
from hub.contract.errors import (
    AddressRefused,
    Misconfigured,
    OptedOut,
    RemoteError,
    RemoteLimited,
    RemoteRefused,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("21211", AddressRefused),
        ("21614", AddressRefused),
        ("30005", AddressRefused),
        ("63024", AddressRefused),
        ("21610", OptedOut),
        ("21408", Misconfigured),
        ("21606", Misconfigured),
        ("30034", Misconfigured),
        ("63007", Misconfigured),
        ("63016", Misconfigured),
        ("30007", RemoteRefused),
        ("30003", RemoteUnavailable),
        ("30008", RemoteUnavailable),
        ("63018", RemoteLimited),
        ("99999", RemoteRefused),
        ("", RemoteRefused),
    ],
)
def test_a_code_decides_what_happens_next(code: str, kind: type[RemoteError]) -> None:
    assert classify(code) is kind
    assert type(read_error(code, Channel.SMS)) is kind


def test_an_error_of_a_callback_names_its_code_its_channel_and_the_cure() -> None:
    error = read_error("63016", Channel.WHATSAPP)

    assert error.code == "63016"
    assert "whatsapp" in str(error)
    assert "template" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "safe", "kind"),
    [
        (400, 21211, False, AddressRefused),
        (400, 21610, False, OptedOut),
        (400, 12345, False, RemoteRefused),
        (401, 20003, False, Misconfigured),
        (401, None, False, Misconfigured),
        (403, None, True, Misconfigured),
        (404, None, False, Misconfigured),
        (307, None, False, Misconfigured),
        (429, 20429, False, RemoteLimited),
        (429, None, True, RemoteLimited),
        (500, 20500, True, RemoteUnavailable),
        (500, 20500, False, RemoteUncertain),
        (503, 20503, False, RemoteUncertain),
        (502, None, False, RemoteUncertain),
    ],
)
def test_an_answer_that_leaves_open_what_was_done_is_uncertain(
    status: int, code: int | None, *, safe: bool, kind: type[RemoteError]
) -> None:
    body = json.dumps({"code": code, "message": "no"})

    assert type(read_answer(status, body, {}, safe=safe)) is kind


@pytest.mark.parametrize("body", ["", "<html>Bad gateway</html>", "[]", '{"code": [], "x": 1}'])
def test_an_answer_that_is_not_twilios_is_read_by_its_status(body: str) -> None:
    assert type(read_answer(502, body, {}, safe=False)) is RemoteUncertain
    assert type(read_answer(401, body, {}, safe=False)) is Misconfigured


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("999999", 3600.0), ("Wed, 21 Oct 2026", None), ("", None)]
)
def test_a_limit_says_how_long_to_wait(header: str, seconds: float | None) -> None:
    error = read_answer(429, "{}", {"Retry-After": header}, safe=False)

    assert isinstance(error, RemoteLimited)
    assert error.retry_after == seconds
