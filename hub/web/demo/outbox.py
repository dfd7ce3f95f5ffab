"""*Outbox of the twins*: what left the hub, as those who got it would see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from hub.contract.events import Channel
from hub.contract.twins import Running, Sent
from hub.web import render
from hub.web.demo.stories import in_the_demo
from hub.web.guard import EVERYBODY, route

MOST = 60


class Dialled(Protocol):
    """A call that a twin was asked to make."""

    @property
    def sender(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def status(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One telephone with the texts that it got, oldest first."""

    recipient: str
    texts: Sequence[Sent]


async def show(request: Request) -> Response:
    """What the twins took, newest first."""
    in_the_demo(request)
    twins: Mapping[str, Running] = getattr(request.app.state, "twins", {})
    sent = sorted(
        (message for twin in twins.values() for message in twin.state.messages),
        key=lambda message: message.at,
        reverse=True,
    )[:MOST]
    mails = [message for message in sent if message.channel is Channel.EMAIL]
    texts = [message for message in sent if message.channel is not Channel.EMAIL]
    template = "demo/_outbox.html" if render.is_partial(request) else "demo/outbox.html"
    return render.page(
        request, template, threads=threads(texts), mails=mails, calls=_dialled(twins)
    )


def threads(texts: Sequence[Sent]) -> list[Thread]:
    """*texts*, newest first, by the telephone that got them; the newest telephone first."""
    found: dict[str, list[Sent]] = {}
    for text in texts:
        found.setdefault(text.recipient.removeprefix("whatsapp:"), []).append(text)
    return [Thread(recipient=to, texts=taken[::-1]) for to, taken in found.items()]


def _dialled(twins: Mapping[str, Running]) -> list[Dialled]:
    """Not every twin can dial: those that can remember their `calls`."""
    calls: list[Dialled] = [
        call for twin in twins.values() for call in getattr(twin.state, "calls", ())
    ]
    return calls[-MOST:][::-1]


routes = [route("/demo/outbox", show, EVERYBODY)]
