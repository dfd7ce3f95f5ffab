"""A line's ring plan as people write it: its parts, its checks."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from hub.contract.errors import BadPayload, BadSetting
from hub.contract.payload import Payload
from hub.desk import people
from hub.desk.errors import NotFound

STRATEGIES = ("simultaneous", "sequential")
MOST_RING = 300


def read_plan(
    session: Session, workspace_id: str, given: Mapping[str, Any], *, region: str
) -> dict[str, Any]:
    """*given* as the line keeps it; agents may be named by e-mail address. Raises BadSetting."""
    payload = Payload(dict(given), "plan")
    try:
        payload.only("agents", *_PARTS)
        found = {
            name: read(value)
            for name, read in _PARTS.items()
            if (value := payload.get(name)) is not None
        }
        if (agents := payload.get("agents")) is not None:
            found["agents"] = [_agent(session, workspace_id, agent) for agent in agents]
    except BadPayload as error:
        raise BadSetting(str(error)) from error
    if found.get("forward"):
        found["forward"] = people.read_number(found["forward"], region, what="plan.forward")
    return found


def _agent(session: Session, workspace_id: str, agent: Payload) -> str:
    try:
        return people.row(session, workspace_id, agent.token(most=320)).id
    except NotFound as error:
        raise BadPayload(str(error), path=agent.path) from error


def _yes(value: Payload) -> bool:
    return value.flag()


def _words(value: Payload) -> str:
    return value.text(most=1000)


def _seconds(value: Payload) -> int:
    return int(value.number(least=5, most=MOST_RING))


def _strategy(value: Payload) -> str:
    word = value.text()
    if word not in STRATEGIES:
        raise BadPayload(f"is none of {', '.join(STRATEGIES)}", path=value.path)
    return word


_PARTS: Mapping[str, Callable[[Payload], Any]] = {
    "strategy": _strategy,
    "seconds": _seconds,
    "record": _yes,
    "announce": _words,
    "queue": _words,
    "voicemail": _yes,
    "greeting": _words,
    "closed_text": _words,
    "screen": _yes,
    "forward": _words,
    "transcribe": _yes,
}
