"""The twin refuses what Twilio refuses: one that takes anything would prove nothing."""

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable

import httpx
import pytest

from connectors.twilio import tone, twin
from hub.contract.twins import Running

GOOD = {"To": "+12025550123", "From": twin.NUMBER, "Body": "Hello"}
Story = Callable[[httpx.AsyncClient, str], Awaitable[None]]


def visit(story: Story) -> None:
    async def run() -> None:
        async with twin.start(state=twin.State(callbacks=False)) as running:
            account = "/2010-04-01/Accounts/" + running.settings["account_sid"]
            async with client_of(running) as client:
                await story(client, account)

    asyncio.run(run())


def client_of(running: Running) -> httpx.AsyncClient:
    login = running.settings["account_sid"], running.settings["auth_token"]
    return httpx.AsyncClient(base_url=running.settings["base_url"], auth=login)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "12025550123"}, 21211),
        ({"To": twin.NUMBER}, 21266),
        ({"From": "+12025550188"}, 21606),
        ({"To": "whatsapp:+12025550123"}, 63007),
        ({"Body": "x" * 1601}, 21617),
        ({"ContentSid": "HX0"}, 21655),
        ({"Boddy": "Hello"}, 20001),
    ],
    ids=str,
)
def test_a_message_that_twilio_refuses_is_refused_with_its_code(
    changes: dict[str, str], code: int
) -> None:
    async def story(client: httpx.AsyncClient, account: str) -> None:
        good = await client.post(f"{account}/Messages.json", data=GOOD)
        bad = await client.post(f"{account}/Messages.json", data=GOOD | changes)

        assert good.status_code == 201
        assert (bad.status_code, bad.json()["code"]) == (400, code)

    visit(story)


@pytest.mark.parametrize("path", [".json", "/Messages.json", "/Calls.json", "/Recordings/RE1.mp3"])
def test_nothing_is_told_to_a_stranger(path: str) -> None:
    async def story(client: httpx.AsyncClient, account: str) -> None:
        answer = await client.get(account + path, auth=("AC1", "guess"))

        assert (answer.status_code, answer.json()["code"]) == (401, 20003)

    visit(story)


def test_a_long_list_comes_in_pages() -> None:
    async def story(client: httpx.AsyncClient, account: str) -> None:
        for _ in range(3):
            await client.post(f"{account}/Messages.json", data=GOOD)
        first = (await client.get(f"{account}/Messages.json?PageSize=2")).json()
        second = (await client.get(first["next_page_uri"])).json()

        assert (len(first["messages"]), len(second["messages"])) == (2, 1)
        assert second["next_page_uri"] is None

    visit(story)


def test_a_recording_can_be_played_from_the_middle() -> None:
    async def story(client: httpx.AsyncClient, account: str) -> None:
        url = f"{account}/Recordings/RE1.mp3"
        whole = await client.get(url)
        part = await client.get(url, headers={"Range": "bytes=100-199"})
        beyond = await client.get(url, headers={"Range": "bytes=99999999-"})

        assert whole.headers["content-type"] == "audio/mpeg"
        assert (part.status_code, part.content) == (206, whole.content[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
        assert beyond.status_code == 416

    visit(story)


def test_the_tune_is_four_seconds_of_wav_and_whole_frames_of_mp3() -> None:
    with wave.open(io.BytesIO(tone.wav())) as file:
        seconds = file.getnframes() / file.getframerate()
    frames = [tone.mp3()[at : at + 104] for at in range(0, len(tone.mp3()), 104)]

    assert seconds == pytest.approx(4.2, abs=0.1)
    assert {len(frame) for frame in frames} == {104}
    assert {frame[:4] for frame in frames} == {b"\xff\xf3\x40\xc4"}
    assert len(frames) * 576 / 22050 == pytest.approx(seconds, abs=0.1)
