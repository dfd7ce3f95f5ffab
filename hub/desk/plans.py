"""A line's ring plan as people write it: its parts, its checks.

Of its `agents`, none given means every agent, and an empty list nobody. When no phone is picked
up, the caller waits in the `queue`, if there is one, for `max_wait` seconds; then the number in
`forward` is tried, and last the voicemail. A `menu` is the text that asks for a key, `menu_keys`
say where each leads: `{"1": "ann@example.com", "2": "+442079460123", "3": ""}` (a message).
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from hub.contract.errors import BadPayload, BadSetting
from hub.contract.payload import Payload
from hub.desk import people
from hub.desk.errors import NotFound

STRATEGIES = ("simultaneous", "sequential")
MOST_RING = 300
MOST_WAIT = 3600
KEYS = frozenset("0123456789*")


def read_plan(
    session: Session, workspace_id: str, given: Mapping[str, Any], *, region: str
) -> dict[str, Any]:
    """*given* as the line keeps it; agents may be named by e-mail address. Raises BadSetting."""
    payload = Payload(dict(given), "plan")
    try:
        payload.only("agents", "menu_keys", *_PARTS)
        found = {
            name: read(value)
            for name, read in _PARTS.items()
            if (value := payload.get(name)) is not None
        }
        if (agents := payload.get("agents")) is not None:
            found["agents"] = [_agent(session, workspace_id, agent) for agent in agents]
        if (keys := payload.get("menu_keys")) is not None:
            found["menu_keys"] = {
                key: _leads_to(session, workspace_id, keys[key], region=region)
                for key in _known(keys)
            }
    except BadPayload as error:
        raise BadSetting(str(error)) from error
    if found.get("forward"):
        found["forward"] = people.read_number(found["forward"], region, what="plan.forward")
    if bool(found.get("menu")) != bool(found.get("menu_keys")):
        raise BadSetting("plan: a menu needs its text (menu) and where the keys lead (menu_keys)")
    return found


def _known(keys: Payload) -> list[str]:
    keys.only(*sorted(KEYS))
    return keys.names()


def _leads_to(session: Session, workspace_id: str, value: Payload, *, region: str) -> str:
    """An agent's id, a number outside, or nothing: a message. Raises BadPayload, BadSetting."""
    word = value.text(most=320).strip()
    if word.startswith("+"):
        return people.read_number(word, region, what=value.path)
    return _agent(session, workspace_id, value) if word else ""


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


def _wait(value: Payload) -> int:
    return int(value.number(least=10, most=MOST_WAIT))


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
    "max_wait": _wait,
    "menu": _words,
    "voicemail": _yes,
    "greeting": _words,
    "closed_text": _words,
    "screen": _yes,
    "forward": _words,
    "transcribe": _yes,
}
