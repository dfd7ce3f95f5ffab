"""Who plays in a story: made from plain values, invented where nobody cares."""

import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from hub.contract.scenarios import Agent, Cast
from hub.contract.webhooks import Secrets, Urls


def cast_for(
    *,
    webhook_url: str,
    secret: str,
    called: str,
    agents: Sequence[tuple[str, str]],
    caller: str = "",
    settings: Mapping[str, str] | None = None,
    media_url: str = "https://media.example/recording.mp3",
    text: str = "",
    now: datetime | None = None,
    token: str = "",
) -> Cast:
    """The cast for one story on one line.

    *webhook_url* is the line's public one: it is what gets signed. *called* is the line's number,
    *agents* are (user id, E.164 number). Without *caller* a fictional one rings; without *token*
    the story's ids are new.
    """
    return Cast(
        caller=caller or invented_number(),
        called=called,
        agents=[Agent(id=user, number=number) for user, number in agents],
        urls=Urls(base=webhook_url.rstrip("/")),
        secrets=Secrets(current=secret, settings=settings or {}),
        token=token or secrets.token_hex(8),
        now=now or datetime.now(UTC),
        media_url=media_url,
        text=text,
        settings=settings or {},
    )


def invented_number() -> str:
    """A number that belongs to nobody: +1 202 555 01xx is kept free for fiction."""
    return f"+12025550{random.randrange(100, 200)}"
