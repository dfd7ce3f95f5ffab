"""The Twilio connector against its twin, where the shared suite asks too little."""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import uvicorn
from twilio.request_validator import RequestValidator

from connectors import twilio
from connectors.twilio import twin
from connectors.twilio.client import RETRIES, Twilio
from hub.contract.connectors import Account, OutgoingCall, OutgoingMessage, Template
from hub.contract.errors import (
    BadSetting,
    Misconfigured,
    RemoteError,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel, MessageStatus
from hub.contract.twins import Running

Story = Callable[[Running, twin.State], Awaitable[None]]
ANN = "+12025550123"


def play(story: Story, **changes: Any) -> None:
    async def run() -> None:
        state = twin.State(**changes)
        async with twin.start(state=state) as running:
            await story(running, state)

    asyncio.run(run())


def text(**changes: Any) -> OutgoingMessage:
    message = OutgoingMessage(
        ref="m-1",
        channel=Channel.SMS,
        recipient=ANN,
        text="You called us.",
        tried_at=datetime.now(UTC),
    )
    return replace(message, **changes)


def opened(running: Running, **settings: str) -> Twilio:
    return twilio.open(running.account(timeout=3, **settings))


async def posted(running: Running, state: twin.State, message: OutgoingMessage, **settings: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 (a form)
    client = opened(running, **settings)
    try:
        await client.send(message)
    finally:
        await client.close()
    return dict(state.requests[-1][2])


def test_a_text_carries_its_callback_with_retries_and_does_not_outlive_an_hour() -> None:
    async def story(running: Running, state: twin.State) -> None:
        form = await posted(running, state, text(callback_url="https://hub.example/h/m-1"))

        assert form == {
            "To": ANN,
            "From": twin.NUMBER,
            "Body": "You called us.",
            "StatusCallback": "https://hub.example/h/m-1" + RETRIES,
            "ValidityPeriod": "3600",
        }

    play(story, callbacks=False)


def test_whatsapp_outside_the_window_sends_the_template_with_tidy_variables() -> None:
    template = Template(sid=twin.TEMPLATE, variables={"1": " Ann\n\tLee   Roe "})

    async def story(running: Running, state: twin.State) -> None:
        message = text(channel=Channel.WHATSAPP, template=template)
        form = await posted(running, state, message)

        assert form["To"] == f"whatsapp:{ANN}"
        assert form["From"] == f"whatsapp:{twin.NUMBER}"
        assert form["ContentSid"] == twin.TEMPLATE
        assert json.loads(form["ContentVariables"]) == {"1": "Ann Lee Roe"}
        assert "Body" not in form

    play(story)


def test_whatsapp_inside_the_window_sends_free_text() -> None:
    async def story(running: Running, state: twin.State) -> None:
        form = await posted(running, state, text(channel=Channel.WHATSAPP, free_text=True))

        assert form["Body"] == "You called us."
        assert "ContentSid" not in form

    play(story, open_windows={ANN})


@pytest.mark.parametrize(
    ("message", "settings", "cure"),
    [
        (text(channel=Channel.WHATSAPP), {}, "template"),
        (text(), {"from": ""}, "set from"),
        (text(channel=Channel.WHATSAPP, free_text=True), {"whatsapp_from": ""}, "whatsapp_from"),
        (
            text(
                channel=Channel.WHATSAPP,
                template=Template(sid=twin.TEMPLATE, variables={"1": " "}),
            ),
            {},
            "variable 1",
        ),
    ],
    ids=["no template", "no sender", "no WhatsApp sender", "empty variable"],
)
def test_what_cannot_be_sent_is_refused_with_the_cure_before_anything_leaves(
    message: OutgoingMessage, settings: dict[str, str], cure: str
) -> None:
    async def story(running: Running, state: twin.State) -> None:
        with pytest.raises(Misconfigured, match=cure):
            await opened(running, **settings).send(message)

        assert state.requests == []

    play(story)


def test_a_messaging_service_chooses_the_sender() -> None:
    async def story(running: Running, state: twin.State) -> None:
        service = "MG" + "1".zfill(32)
        form = await posted(running, state, text(), messaging_service_sid=service)

        assert form["MessagingServiceSid"] == service
        assert "From" not in form
        assert await opened(running, messaging_service_sid=service).seek(text())

    play(story)


def test_a_stray_region_in_the_environment_reroutes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("REGION", "EDGE", "ACCOUNT_SID", "AUTH_TOKEN"):
        monkeypatch.setenv(f"TWILIO_{name}", "dublin")

    async def story(running: Running, state: twin.State) -> None:
        assert os.environ["TWILIO_REGION"] == "dublin"
        assert "active" in await opened(running).check()

    play(story)


def test_the_same_text_of_last_week_is_not_taken_for_the_one_just_tried() -> None:
    async def story(running: Running, state: twin.State) -> None:
        client = opened(running)
        await client.send(text())
        state.messages[0].at -= timedelta(days=7)

        assert await client.seek(text()) is None
        assert await client.seek(text(tried_at=None)) is not None
        await client.close()

    play(story)


def test_a_message_is_found_though_twilio_changed_its_quotes_and_marked_the_trial() -> None:
    async def story(running: Running, state: twin.State) -> None:
        client = opened(running)
        receipt = await client.send(text(text="“Ciao” - we missed you…"))
        state.messages[0].text = 'Sent from your Twilio trial account - "Ciao" - we missed you...'

        assert await client.seek(text(text="“Ciao” - we missed you…")) == replace(
            receipt, status=MessageStatus.ACCEPTED
        )
        assert await client.seek(text(text="Something else")) is None
        await client.close()

    play(story, callbacks=False)


def test_a_template_message_that_may_be_ours_is_for_a_person_to_judge() -> None:
    ours = text(
        channel=Channel.WHATSAPP, template=Template(sid=twin.TEMPLATE, variables={"1": "Bob"})
    )

    async def story(running: Running, state: twin.State) -> None:
        client = opened(running)
        assert await client.seek(ours) is None
        template = Template(sid=twin.TEMPLATE, variables={"1": "Ann"})
        await client.send(replace(ours, template=template))

        with pytest.raises(RemoteUncertain):
            await client.seek(ours)
        await client.close()

    play(story)


def test_among_too_many_messages_nothing_is_called_absent() -> None:
    async def story(running: Running, state: twin.State) -> None:
        client = opened(running)
        await client.send(text(text="another"))
        state.messages *= 250

        with pytest.raises(RemoteUncertain):
            await client.seek(text())
        await client.close()

    play(story, callbacks=False)


def test_a_call_rings_the_agent_and_reports_each_step() -> None:
    call = OutgoingCall(
        ref="c-1",
        agent_number="+12025550144",
        number=ANN,
        caller_id=twin.NUMBER,
        answer_url="https://hub.example/answer",
        status_url="https://hub.example/status",
    )

    async def story(running: Running, state: twin.State) -> None:
        client = opened(running)
        sid = await client.dial(call)
        await client.close()

        assert sid == state.calls[0].sid
        assert state.calls[0].recipient == "+12025550144"
        assert state.calls[0].url == "https://hub.example/answer"
        assert state.calls[0].events == {"initiated", "ringing", "answered", "completed"}

    play(story, callbacks=False)


def test_callbacks_come_signed_in_their_order_and_say_what_failed() -> None:
    heard: list[tuple[str, str, dict[str, str]]] = []

    async def hook(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        told = dict(parse_qsl(body, keep_blank_values=True))
        heard.append((scope["path"], headers["x-twilio-signature"], told))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def story(running: Running, state: twin.State) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(hook, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = opened(running)
        await client.send(text(callback_url=f"{base}/good"))
        await client.send(text(recipient="+12025550124", callback_url=f"{base}/bad"))
        await client.close()
        await asyncio.gather(*state.background)
        server.should_exit = True
        await serving

        validator = RequestValidator(running.secret)  # type: ignore[no-untyped-call,unused-ignore]
        assert all(validator.validate(base + path, told, sign) for path, sign, told in heard)

    play(story, undeliverable={"+12025550124": "30003"}, pace=0.01)

    told = [(path, it["MessageStatus"], it.get("ErrorCode")) for path, _, it in heard]
    assert sorted(told) == [
        ("/bad", "failed", "30003"),
        ("/good", "delivered", None),
        ("/good", "sent", None),
    ]


def test_a_recording_is_fetched_as_mp3_by_the_accounts_key() -> None:
    client = twilio.open(
        Account(
            settings={
                "account_sid": "AC1",
                "auth_token": "t",
                "api_key_sid": "SK1",
                "api_key_secret": "s",
            }
        )
    )

    found = client.download("http://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1")

    assert found.url == "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3"
    assert found.headers == {"Authorization": "Basic U0sxOnM="}


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"auth_token": "t"}, "account_sid"),
        ({"account_sid": "AC1"}, "auth_token"),
        ({"account_sid": "AC1", "api_key_sid": "SK1"}, "auth_token"),
    ],
)
def test_an_incomplete_login_is_named_before_the_first_request(
    settings: dict[str, str], missing: str
) -> None:
    with pytest.raises(BadSetting, match=missing):
        twilio.open(Account(settings=settings))


@pytest.mark.parametrize(
    ("answer", "sending"),
    [
        (b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n<>", RemoteUncertain),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", RemoteUncertain),
        (b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}", RemoteUncertain),
        (b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{", RemoteUncertain),
        (b"", RemoteUncertain),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", RemoteUncertain),
    ],
    ids=["no JSON", "no object", "no SID", "cut off", "hung up", "proxy"],
)
def test_an_answer_in_ruins_is_uncertain_for_a_text_and_unavailable_for_a_question(
    answer: bytes, sending: type[RemoteError]
) -> None:
    async def ruin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async def run() -> None:
        server = await asyncio.start_server(ruin, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = {"account_sid": "AC1", "auth_token": "t", "from": ANN, "base_url": base}
        client = twilio.open(Account(settings=settings, timeout=2))
        with pytest.raises(RemoteError) as sent:
            await client.send(text())
        with pytest.raises(RemoteError) as asked:
            await client.check()
        await client.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)

        assert type(sent.value) is sending
        assert isinstance(asked.value, RemoteUnavailable | Misconfigured)

    asyncio.run(run())
