"""*Outbox of the twins*: texts and e-mails that left the hub, as their recipients would see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from hub.contract.events import Channel
from hub.contract.twins import Running, Sent
from hub.web import render
from hub.web.demo.stories import in_the_demo
from hub.web.guard import EVERYBODY, route

MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A call that a twin was asked to make."""

    sender: str
    recipient: str
    at: datetime | None
    status: str


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
    calls: list[Any] = [
        call for twin in twins.values() for call in getattr(twin.state, "calls", ())
    ]
    return [_as_dialled(call) for call in calls[-MOST:][::-1]]


def _as_dialled(call: Any) -> Dialled:
    values = call if isinstance(call, Mapping) else {n: getattr(call, n, "") for n in _NAMES}
    at = values.get("at")
    return Dialled(
        sender=str(values.get("sender") or values.get("From") or ""),
        recipient=str(values.get("recipient") or values.get("To") or ""),
        at=at if isinstance(at, datetime) else None,
        status=str(values.get("status") or ""),
    )


_NAMES = ("sender", "recipient", "at", "status")

routes = [route("/demo/outbox", show, EVERYBODY)]
