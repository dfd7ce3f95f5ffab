"""The suite itself: a suite that takes anything proves nothing."""

import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import webhooks.generic as sound
from hub.contract.webhooks import Notice, RawRequest, Secrets
from hub.testing.recordings import Recording, folder_of, load, read_http, record
from hub.testing.webhooks import (
    Broken,
    damage,
    declared,
    forgery,
    golden,
    recorded,
    repeated,
)


def provider(**changes: Any) -> ModuleType:
    """The sound provider with something else in its place."""
    found = ModuleType(sound.__name__)
    found.__dict__.update(vars(sound), **changes)
    return found


def recording(name: str) -> Recording:
    return next(it for it in load(folder_of(sound)) if it.name == name)


def believe_everything(_request: RawRequest, _secrets: Secrets) -> None:
    """The laziest of verifications."""


def signature_of_the_id_alone(request: RawRequest, secrets: Secrets) -> None:
    """Only the empty secret and missing headers are refused."""
    sound.verify(dataclasses.replace(recording("call.ringing").request), secrets)
    if request.header("webhook-signature") != recording("call.ringing").request.header(
        "webhook-signature"
    ):
        sound.verify(request, secrets)


@pytest.mark.parametrize("verify", [believe_everything, signature_of_the_id_alone])
def test_a_provider_that_believes_altered_requests_is_found(
    verify: Callable[[RawRequest, Secrets], None],
) -> None:
    careless = provider(verify=verify)

    with pytest.raises(Broken):
        forgery(careless, recording("call.ringing"))


def test_a_provider_that_says_something_else_than_recorded_is_found() -> None:
    def parse(request: RawRequest) -> Notice:
        return dataclasses.replace(sound.parse(request), events=())

    with pytest.raises(Broken, match="it says"):
        golden(provider(parse=parse), recording("call.ringing"))


def test_a_provider_that_takes_what_should_be_refused_is_found() -> None:
    def parse(_request: RawRequest) -> Notice:
        return Notice(id="1")

    with pytest.raises(Broken, match="should be refused"):
        golden(provider(parse=parse), recording("wrong--no_call_id"))


def test_a_provider_that_names_a_redelivery_anew_is_found() -> None:
    def parse(request: RawRequest) -> Notice:
        return dataclasses.replace(sound.parse(request), id=str(request.received_at))

    with pytest.raises(Broken, match="another id"):
        repeated(provider(parse=parse), recording("call.ringing"))


def test_a_provider_that_stumbles_over_a_missing_field_is_found() -> None:
    def parse(request: RawRequest) -> Notice:
        return Notice(id=str(len(request.headers["webhook-id"])))

    with pytest.raises(KeyError) as caught:
        damage(provider(parse=parse), recording("call.ringing"))

    assert "header webhook-id missing" in caught.value.__notes__


def test_a_declared_event_without_a_recording_is_found() -> None:
    manifest = dataclasses.replace(sound.MANIFEST, events=(*sound.MANIFEST.events, "call.danced"))

    with pytest.raises(Broken, match=r"declared only: \['call.danced'\]"):
        recorded(provider(MANIFEST=manifest))


def test_a_manifest_that_promises_answers_nobody_gives_is_found() -> None:
    manifest = dataclasses.replace(sound.MANIFEST, answers_calls=True)

    with pytest.raises(Broken, match="reply"):
        declared(provider(MANIFEST=manifest))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_recording_is_read_to_the_last_byte_of_its_body(end: bytes, tmp_path: Any) -> None:
    path = tmp_path / "ring.http"
    head = end.join([b"POST /hooks/x/k1/leg/7?a=b HTTP/1.1", b"X-Sent: by: colon", b"", b""])
    path.write_bytes(head + b"a\n\nb\n")

    found = read_http(path)

    assert found.url == "https://hub.example/hooks/x/k1/leg/7?a=b"
    assert (found.step, found.header("x-sent"), found.body) == ("leg/7", "by: colon", b"a\n\nb")


def test_a_recording_that_is_made_passes(tmp_path: Any) -> None:
    folder = tmp_path / "fixtures"
    folder.mkdir()
    sent = (folder_of(sound) / "fixtures" / "call.ringing.http").read_bytes()
    (folder / "call.ringing.http").write_bytes(sent)

    record(sound, folder / "call.ringing.http")
    [made] = load(tmp_path)

    assert made == recording("call.ringing")
    golden(sound, made)


def test_half_a_pair_of_files_is_no_recording(tmp_path: Any) -> None:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "call.ringing.http").write_bytes(b"POST / HTTP/1.1\n\n")

    with pytest.raises(FileNotFoundError):
        load(tmp_path)
