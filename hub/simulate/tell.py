"""The stories a provider can tell: its own basic ones, and those that we make out of them."""

import dataclasses
import importlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import ModuleType

from hub.contract.errors import BadSetting
from hub.contract.scenarios import STORIES, Cast, Send, Story, Teller

TIMES = 3  # a duplicated request comes three times
REDIAL_AFTER = 15.0  # seconds from the end of the first call to the second
WITHHELD = "anonymous"
_DIALECT = "TELL_"


def stories(provider: ModuleType) -> list[Story]:
    """The stories that *provider* can tell, in the order of `STORIES`."""
    told = scenarios_of(provider).TELL
    return [story for story in STORIES.values() if _BASIS.get(story.name, story.name) in told]


def tell(provider: ModuleType, name: str, cast: Cast, dialect: str = "") -> list[Send]:
    """The requests of the story *name*, in the order in which they are sent.

    With *dialect* in that other way to speak, if *provider* knows one. Raises BadSetting, with the
    list of what there is, for what *provider* cannot tell.
    """
    other = dialects(provider).get(dialect, {})
    if dialect and not other:
        there = ", ".join(dialects(provider)) or "none but the usual one"
        raise BadSetting(f"no dialect {dialect!r} here; there are: {there}")
    known = list(other) or [story.name for story in stories(provider)]
    if name not in known:
        raise BadSetting(f"no story {name!r} here: choose one of {', '.join(known)}")
    make = _told_by(other[name]) if other else _MADE.get(name, _basic(name))
    return sorted(make(provider, cast), key=lambda send: send.at)


def dialects(provider: ModuleType) -> dict[str, Mapping[str, Teller]]:
    """The other ways in which *provider* tells some stories (`TELL_...`), by their names."""
    found = vars(scenarios_of(provider))
    return {
        name.removeprefix(_DIALECT).lower(): told
        for name, told in found.items()
        if name.startswith(_DIALECT)
    }


def withheld(provider: ModuleType) -> str:
    """What *provider* puts in the place of a caller who hides the number."""
    return str(getattr(scenarios_of(provider), "WITHHELD", WITHHELD))


def scenarios_of(provider: ModuleType) -> ModuleType:
    """The module in which *provider* tells its stories; loaded when it is first wanted."""
    return importlib.import_module(f"{provider.__name__}.scenarios")


Maker = Callable[[ModuleType, Cast], Sequence[Send]]


def _basic(name: str) -> Maker:
    return lambda provider, cast: list(scenarios_of(provider).TELL[name](cast))


def _told_by(teller: Teller) -> Maker:
    return lambda _provider, cast: teller(cast)


def _duplicated(provider: ModuleType, cast: Cast) -> Sequence[Send]:
    """Every request three times, the repetitions right behind it."""
    sends = tell(provider, "answered", cast)
    return [
        dataclasses.replace(send, at=send.at + 0.05 * again)
        for send in sends
        for again in range(TIMES)
    ]


def _reordered(provider: ModuleType, cast: Cast) -> Sequence[Send]:
    """The last first, then the first, then the last but one: each at another's time.

    A request that waits for our answer keeps its place: the provider makes it synchronously, and
    a call that nobody answers does not go on.
    """
    sends = tell(provider, "answered", cast)
    free = [send for send in sends if provider.parse(send.request).question is None]
    wild = iter(_outside_in(free))
    return [
        dataclasses.replace(next(wild), at=place.at) if place in free else place for place in sends
    ]


def _outside_in(sends: Sequence[Send]) -> list[Send]:
    half = len(sends) // 2
    head, tail = list(sends[:half]), list(sends[half:])[::-1]
    mixed = [send for pair in zip(tail, head, strict=False) for send in pair]
    return mixed + tail[len(head) :]


def _redial(provider: ModuleType, cast: Cast) -> Sequence[Send]:
    """Nobody answers; a little later the same caller tries again and is answered."""
    first = tell(provider, "no_answer", dataclasses.replace(cast, token=f"{cast.token}a"))
    later = first[-1].at + REDIAL_AFTER
    again = dataclasses.replace(
        cast, token=f"{cast.token}b", now=cast.now + timedelta(seconds=later)
    )
    second = tell(provider, "answered", again)
    return [*first, *(dataclasses.replace(send, at=send.at + later) for send in second)]


def _withheld(provider: ModuleType, cast: Cast) -> Sequence[Send]:
    return tell(provider, "no_answer", dataclasses.replace(cast, caller=withheld(provider)))


_MADE: Mapping[str, Maker] = {
    "duplicated": _duplicated,
    "reordered": _reordered,
    "redial": _redial,
    "withheld": _withheld,
}
_BASIS = {
    "duplicated": "answered",
    "reordered": "answered",
    "redial": "no_answer",
    "withheld": "no_answer",
}
