"""Sends a story's requests over real HTTP, in the time they take in life or faster."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from hub.contract.errors import RemoteUnavailable
from hub.contract.scenarios import Send
from hub.contract.webhooks import RawRequest

Report = Callable[[str], object]
TIMEOUT = 15.0  # seconds that the patient providers wait for an answer
TRIES = 3
PAUSE = 0.3  # seconds before another try


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One request and the hub's answer to it."""

    send: Send
    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """True when the hub took it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - what HTTP calls success


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How the hub took the story."""

    answers: tuple[Answered, ...]

    @property
    def ok(self) -> bool:
        """True when every request was taken."""
        return all(answer.ok for answer in self.answers)


async def play(
    sends: Sequence[Send], *, base_url: str, speed: float = 1.0, report: Report = print
) -> Result:
    """Send *sends* one by one to the hub at *base_url*, each at its own time divided by *speed*.

    The signed URL is the public one; only its path and query reach *base_url*. Speed 0 waits for
    nothing. Redirects are not followed. Raises RemoteUnavailable when no hub answers.
    """
    start = asyncio.get_running_loop().time()
    answers = []
    async with httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, trust_env=False) as client:
        for send in sends:
            await _wait_until(start + (send.at / speed if speed > 0 else 0))
            answer = await _send(client, send)
            report(_line(answer))
            answers.append(answer)
    return Result(answers=tuple(answers))


async def _wait_until(moment: float) -> None:
    left = moment - asyncio.get_running_loop().time()
    if left > 0:
        await asyncio.sleep(left)


async def _send(client: httpx.AsyncClient, send: Send) -> Answered:
    """Deliver one request; only a connection that was never made is tried again."""
    raw = send.request
    for left in reversed(range(TRIES)):
        try:
            answer = await client.request(
                raw.method, _target(raw), headers=dict(raw.headers), content=raw.body
            )
        except httpx.ConnectError as error:
            if not left:
                raise RemoteUnavailable(_nobody(client)) from error
            await asyncio.sleep(PAUSE)
        except httpx.TransportError as error:
            raise RemoteUnavailable(f"{_door(raw)}: the hub broke off ({error!r})") from error
        else:
            return Answered(send=send, status=answer.status_code, body=answer.content)
    raise RemoteUnavailable(_nobody(client))


def _nobody(client: httpx.AsyncClient) -> str:
    return (
        f"nobody answers at {client.base_url}: start the hub with `hub serve`, or give its address"
    )


def _target(raw: RawRequest) -> str:
    parts = urlsplit(raw.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _door(raw: RawRequest) -> str:
    """The path as far as it may be shown: behind the key may stand the secret."""
    return "/".join(urlsplit(raw.url).path.split("/")[:4])


def _line(answer: Answered) -> str:
    raw = answer.send.request
    return f"{answer.send.at:7.1f} s  {raw.method} {_door(raw)}  {answer.status}"
