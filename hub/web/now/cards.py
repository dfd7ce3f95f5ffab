"""Draws a pop for one user: whole, so that the browser has nothing left to fetch."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from hub import registry
from hub.house import House
from hub.web import language, numbers, render
from hub.web.auth import Who
from hub.web.now import facts
from hub.web.now.facts import Facts
from hub.web.now.shared import Shared
from hub.web.now.stance import Seen, see


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A drawn pop."""

    call_id: str
    html: str
    seen: Seen


async def card(request: Request, who: Who, call_id: str, signal_id: str = "") -> Card | None:
    """The pop of a call as *who* sees it; None when the call is gone.

    With *signal_id* it is read once for all who heard that signal.
    """
    house: House = request.app.state.house
    if signal_id:
        found = await _shared(request).read(who.workspace_id, call_id, signal_id)
    else:
        found = await house.db.read(facts.read, who.workspace_id, call_id)
    if found is None:
        return None
    town = "" if found.person else await _town(house, found.number)
    return draw(request, who, found, town)


def _shared(request: Request) -> Shared:
    state = request.app.state
    if not hasattr(state, "readings"):
        state.readings = Shared(state.house.db)
    found: Shared = state.readings
    return found


async def _town(house: House, number: str) -> str:
    """Where an unknown caller's number is at home, as far as its numbering plan tells."""
    if not number.startswith("+"):
        return ""
    return await asyncio.to_thread(house.places.of, number, language.spoken())


def draw(request: Request, who: Who, call: Facts, town: str = "") -> Card:
    """The pop of *call*, whose unknown caller is from *town*."""
    seen = see(call, who.id)
    html = render.text(request, "now/pop.html", call=call, seen=seen, town=town, **_words(call))
    return Card(call_id=call.id, html=_dense(html), seen=seen)


def _words(call: Facts) -> Mapping[str, Any]:
    name = call.person.name if call.person else ""
    titles = {system: module.MANIFEST.title for system, module in registry.connectors().items()}
    return {
        "name": name,
        "origin": numbers.origin(call.number),
        "large": _size(name),
        "sources": titles,
    }


def _size(name: str) -> str:
    """Names differ in length, the card does not differ in width."""
    longest = max((len(word) for word in name.split()), default=0)
    if len(name) > 34 or longest > 17:  # noqa: PLR2004 - letters that fit at 24 px
        return "long"
    return "middle" if len(name) > 15 or longest > 13 else ""  # noqa: PLR2004 - that fit at 40


def _dense(html: str) -> str:
    return "\n".join(line for line in map(str.strip, html.splitlines()) if line)
