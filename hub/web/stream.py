"""GET /stream: what changes, told to one user's browser as it happens (server-sent events).

    hello    what is true now: the pops that should be open, the counts, the server's clock
    pop      a call's pop, drawn whole; the browser has nothing left to fetch
    calls    lists of calls look again; `missed`: the inbox; `message`, `import`: theirs
    bye      the sign-in is over

Every event carries the id of the signal behind it. A browser that comes back says the last one
it saw and is told what became of everything since. Lists are told at most twice a second.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.crypto import fingerprint
from hub.db import Away, Database
from hub.house import House
from hub.live import Screen, Signal, Topic
from hub.models import new_id, now
from hub.web import auth, language
from hub.web.auth import Who
from hub.web.guard import EVERYBODY, house, route, who
from hub.web.now import cards, facts

BEAT = 15.0
"""Seconds of silence after which the sign-in is looked at again, and the line kept open."""
LASTS = 600.0
"""Seconds after which a stream ends, to begin anew: nothing grows old in it."""
PATIENCE = 20.0
"""Seconds that one write may take before the browser counts as gone."""
GATHER = 0.5
"""Seconds between two tellings of the same list."""

_LISTS = {
    Topic.CALL: "calls",
    Topic.MISSED: "missed",
    Topic.MESSAGE: "messages",
    Topic.IMPORT: "import",
}
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_ULID = 26


async def stream(request: Request) -> Response:
    """The stream of whoever is signed in."""
    return Stream(request, who(request), language.spoken())


class Stream(Response):
    """One open stream: straight ASGI, since hundreds of them stand open all day."""

    def __init__(self, request: Request, who: Who, spoken: str) -> None:
        """For *who*, in the language *spoken*."""
        self._request = request
        self._who = who
        self._spoken = spoken
        self._house: House = house(request)
        self.background = None

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Tell until the browser goes, the sign-in ends or the time is up."""
        telling = asyncio.ensure_future(self._tell(send))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            telling.cancel()
            ended = await asyncio.gather(telling, leaving, return_exceptions=True)
        _raise_bugs(ended)

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        lasts = LASTS * random.uniform(0.9, 1.1)  # noqa: S311 - spreads the reconnects
        try:
            with (
                self._house.live.open(self._who.workspace_id, self._who.id) as screen,
                language.speaking(self._spoken),
            ):
                await _Telling(self._request, self._who, screen, send).run(lasts)
        except (TimeoutError, Away):
            return  # whoever does not read, or finds us without a database, comes back
        await send({"type": "http.response.body", "body": b"retry: 200\n\n", "more_body": False})


@dataclass(slots=True)
class _Telling:
    """What one screen was told, and what it waits for."""

    request: Request
    who: Who
    screen: Screen
    send: Send
    shown: set[str] = field(default_factory=set)
    lists: dict[str, str] = field(default_factory=dict)
    next_lists: float = 0.0

    @property
    def _db(self) -> Database:
        return house(self.request).db

    async def run(self, lasts: float) -> None:
        """Tell what is true now, then what changes."""
        clock = asyncio.get_running_loop().time
        end = clock() + lasts
        await self._hello(_moment(self.request.headers.get("last-event-id", "")))
        beat = clock() + BEAT
        while not self.screen.slow and clock() < end:
            until = min(beat, end, self.next_lists if self.lists else end)
            if not await self._take(await self._heard(until - clock())):
                return
            if self.lists and clock() >= self.next_lists:
                await self._flush(clock())
            if clock() >= beat:
                if not await self._beat():
                    return
                beat = clock() + BEAT

    async def _heard(self, seconds: float) -> list[Signal]:
        """All that waits, or whatever comes first within *seconds*."""
        waiting = self.screen.waiting
        try:
            heard = [await asyncio.wait_for(waiting.get(), max(seconds, 0.001))]
        except TimeoutError:
            return []
        while not waiting.empty():
            heard.append(waiting.get_nowait())
        return heard

    async def _take(self, heard: Sequence[Signal]) -> bool:
        """Act on signals, drawing each pop once; False when the stream is over."""
        drawn: dict[str, str] = {}
        for signal in heard:
            if signal.topic is Topic.BYE and not await self._still_in():
                return False
            if signal.topic is Topic.POP or signal.subject in self.shown:
                drawn[signal.subject] = signal.id
            if name := _LISTS.get(signal.topic):
                self.lists[name] = signal.id
        for call_id, id_ in drawn.items():
            await self._pop(call_id, id_)
        return True

    async def _hello(self, since: datetime | None) -> None:
        id_ = new_id()
        ids = await self._db.read(facts.concerning, self.who.workspace_id, self.who.id, since)
        counts = await self._db.read(facts.open_missed, self.who.workspace_id)
        said = {"pops": ids, "missed": counts, "now": now().isoformat()}
        await self._write(b"retry: 1000\n" + event("hello", json.dumps(said), id_))
        self.shown.update(ids)
        for call_id in ids:
            await self._pop(call_id, id_)

    async def _pop(self, call_id: str, id_: str) -> None:
        card = await cards.card(self.request, self.who, call_id, id_)
        if card is None:
            return
        if card.seen.leaves and call_id not in self.shown:
            return  # it was never there
        (self.shown.discard if card.seen.leaves else self.shown.add)(call_id)
        await self._write(event("pop", card.html, id_))

    async def _flush(self, at: float) -> None:
        told, self.lists = self.lists, {}
        self.next_lists = at + GATHER
        counts = await self._db.read(facts.open_missed, self.who.workspace_id)
        said = json.dumps({"missed": counts})
        await self._write(b"".join(event(name, said, id_) for name, id_ in told.items()))

    async def _beat(self) -> bool:
        await self._write(b": beat\n\n")
        return await self._still_in()

    async def _still_in(self) -> bool:
        token = self.request.cookies.get(auth.cookie_name(self.request), "")
        if await self._db.read(auth.find, fingerprint(token)) is not None:
            return True
        await self._write(event("bye", "", new_id()))
        return False

    async def _write(self, body: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.send({"type": "http.response.body", "body": body, "more_body": True})


def event(name: str, data: str, id_: str) -> bytes:
    """One event as bytes; *data* may have several lines."""
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"id: {id_}\nevent: {name}\n{lines}\n".encode()


def _moment(id_: str) -> datetime | None:
    """When the signal *id_* was given, less a second for commits that overtook each other."""
    if len(id_) != _ULID or any(digit not in _DIGITS for digit in id_):
        return None
    millis = 0
    for digit in id_[:10]:
        millis = millis << 5 | _DIGITS.index(digit)
    try:
        return datetime.fromtimestamp(millis / 1000, UTC) - timedelta(seconds=1)
    except (OverflowError, ValueError):
        return None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _raise_bugs(ended: Iterable[object]) -> None:
    """A stream that broke says so in the log; one that was left ends in silence."""
    for result in ended:
        if isinstance(result, Exception):
            raise result


routes = [route("/stream", stream, EVERYBODY)]
