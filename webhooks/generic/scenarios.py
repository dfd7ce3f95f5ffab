"""The call stories in our own signed JSON, and the simple ones in Zammad's words.

A script is a list of (seconds, event, what it says); its first line is the call's beginning.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from hub.contract.scenarios import Cast, Send, Teller
from hub.contract.webhooks import RawRequest
from webhooks.generic.signature import sign

WITHHELD = "anonymous"  # what both dialects put in the caller's place

Line = tuple[float, str, Mapping[str, Any]]
Script = Sequence[Line]


def _agent(cast: Cast, index: int = 0) -> dict[str, str]:
    """The leg of an agent, as `data` says it."""
    agent = cast.agent(index)
    return {"leg_id": f"leg-{index}", "agent": agent.id, "number": agent.number}


def _rung(cast: Cast, *, answer: bool = True) -> list[Line]:
    """Every script's way in: the call, the first agent's phone, and the answer after 8 seconds."""
    agent = _agent(cast)
    lines: list[Line] = [(0, "call.ringing", {}), (0.5, "call.leg.ringing", agent)]
    return [*lines, (8, "call.leg.answered", agent)] if answer else lines


def _answered(cast: Cast) -> Script:
    return [
        *_rung(cast),
        (103, "call.leg.ended", {**_agent(cast), "ending": "completed", "seconds": 95}),
        (103.2, "call.ended", {"ending": "completed", "seconds": 95}),
    ]


def _unanswered(ending: str, after: float, cast: Cast) -> Script:
    legs = [_agent(cast, index) for index in range(len(cast.agents))]
    return [
        (0, "call.ringing", {}),
        *((0.5, "call.leg.ringing", leg) for leg in legs),
        *((after, "call.leg.ended", {**leg, "ending": ending}) for leg in legs),
        (after + 0.5, "call.ended", {"ending": ending}),
    ]


def _abandoned_in_queue(_cast: Cast) -> Script:
    queue = {"leg_id": "queue", "kind": "queue", "agent": "sales"}
    return [
        (0, "call.ringing", {}),
        (1, "call.leg.ringing", queue),
        (43, "call.leg.ended", {**queue, "ending": "abandoned", "seconds": 42}),
        (43.2, "call.ended", {"ending": "canceled"}),
    ]


def _voicemail(cast: Cast) -> Script:
    agent, box = _agent(cast), {"leg_id": "box", "kind": "voicemail"}
    left = {"recording_id": f"voicemail-{cast.token}", "url": cast.media_url, "seconds": 21}
    return [
        *_rung(cast, answer=False),
        (20, "call.leg.ended", {**agent, "ending": "no_answer"}),
        (20.5, "call.leg.answered", box),
        (46, "call.leg.ended", {**box, "seconds": 25}),
        (46.2, "call.ended", {}),
        (49, "call.voicemail.ready", {**left, "transcript": "Please call me back."}),
    ]


def _ring_group(cast: Cast) -> Script:
    legs = [_agent(cast, index) for index in range(max(2, len(cast.agents)))]
    return [
        (0, "call.ringing", {}),
        *((0.5, "call.leg.ringing", leg) for leg in legs),
        (6, "call.leg.answered", legs[1]),
        *(
            (6.2, "call.leg.ended", {**leg, "ending": "elsewhere"})
            for leg in legs
            if leg != legs[1]
        ),
        (66, "call.leg.ended", {**legs[1], "seconds": 60}),
        (66.2, "call.ended", {"seconds": 60}),
    ]


def _blind_transfer(cast: Cast) -> Script:
    second = _agent(cast, 1)
    passed = {**second, "replaces": "leg-0", "transfer": "blind"}
    return [
        *_rung(cast),
        (30, "call.transferred", passed),
        (36, "call.leg.answered", second),
        (90, "call.leg.ended", {**second, "seconds": 54}),
        (90.2, "call.ended", {}),
    ]


def _attended_transfer(cast: Cast) -> Script:
    second = _agent(cast, 1)
    passed = {**second, "replaces": "leg-0", "transfer": "attended"}
    return [
        *_rung(cast),
        (30, "call.held", _agent(cast)),
        (31, "call.leg.ringing", second),
        (45, "call.transferred", passed),
        (100, "call.leg.ended", {**second, "seconds": 55}),
        (100.2, "call.ended", {}),
    ]


def _outbound(cast: Cast) -> Script:
    callee = {"leg_id": "callee", "kind": "callee", "number": cast.caller}
    callee["agent"] = cast.agent().id
    return [
        (0, "call.started", {}),
        (1, "call.leg.ringing", callee),
        (9, "call.leg.answered", callee),
        (69, "call.leg.ended", {**callee, "seconds": 60}),
        (69.2, "call.ended", {"seconds": 60}),
    ]


def _closed(_cast: Cast) -> Script:
    menu = {"leg_id": "closed", "kind": "menu"}
    return [
        (0, "call.ringing", {}),
        (0.5, "call.leg.answered", menu),
        (7, "call.leg.ended", {**menu, "seconds": 6.5}),
        (7.2, "call.ended", {"seconds": 6.5}),
    ]


def _recording(cast: Cast) -> Script:
    kept = {"recording_id": f"recording-{cast.token}", "url": cast.media_url, "seconds": 95}
    return [*_answered(cast), (106, "call.recording.ready", {**kept, "channels": 2})]


def _inbound_stop(cast: Cast) -> Script:
    text = {"message_id": f"sms-{cast.token}", "channel": "sms", "text": cast.text or "STOP"}
    return [(0, "message.received", text)]


def _signed(script: Callable[[Cast], Script], cast: Cast) -> Sequence[Send]:
    """Every line of the script as one signed request."""
    return [_signed_send(cast, index, line) for index, line in enumerate(script(cast))]


def _signed_send(cast: Cast, index: int, line: Line) -> Send:
    at, name, data = line
    moment = cast.now + timedelta(seconds=at)
    message_id, timestamp = f"msg_{cast.token}_{index}", str(int(moment.timestamp()))
    body = json.dumps(
        {
            "type": name,
            "occurred_at": moment.isoformat(timespec="milliseconds"),
            **_who(cast, name),
            "data": data,
        }
    ).encode()
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(cast.secrets.current, message_id, timestamp, body),
    }
    request = RawRequest(
        method="POST", url=cast.urls(), headers=headers, body=body, received_at=moment
    )
    return Send(at=at, request=request)


def _who(cast: Cast, name: str) -> dict[str, str]:
    """The envelope's own fields: a message has no call, a call's beginning says who calls whom."""
    who = {"direction": "inbound", "from": cast.caller, "to": cast.called}
    if name.startswith("message."):
        return who
    if name == "call.started":
        who = {"direction": "outbound", "from": cast.called, "to": cast.caller}
    begins = name in {"call.started", "call.ringing"}
    return {"call_id": f"call-{cast.token}", **(who if begins else {})}


_SCRIPTS: Mapping[str, Callable[[Cast], Script]] = {
    "answered": _answered,
    "no_answer": partial(_unanswered, "no_answer", 20),
    "busy": partial(_unanswered, "busy", 1.5),
    "abandoned_in_queue": _abandoned_in_queue,
    "voicemail": _voicemail,
    "ring_group": _ring_group,
    "blind_transfer": _blind_transfer,
    "attended_transfer": _attended_transfer,
    "outbound": _outbound,
    "closed": _closed,
    "recording": _recording,
    "inbound_stop": _inbound_stop,
}
TELL: Mapping[str, Teller] = {name: partial(_signed, script) for name, script in _SCRIPTS.items()}


# --- Zammad's words -----------------------------------------------------------------------------


def _zammad(script: Callable[[Cast], Script], cast: Cast) -> Sequence[Send]:
    """Every line of the script as one form that carries the secret in its URL."""
    return [_zammad_send(cast, line) for line in script(cast)]


def _zammad_send(cast: Cast, line: Line) -> Send:
    at, name, said = line
    fields = {"event": name, "callId": f"call-{cast.token}", "direction": "in", **said}
    way = (cast.caller, cast.called)
    caller, called = way if fields["direction"] == "in" else way[::-1]
    body = urlencode({**fields, "from": caller, "to": called}, doseq=True)
    request = RawRequest(
        method="POST",
        url=cast.urls(cast.secrets.current),
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=body.encode(),
        received_at=cast.now + timedelta(seconds=at),
        step=cast.secrets.current,
    )
    return Send(at=at, request=request)


def _zammad_group(cast: Cast) -> Script:
    """Each phone rings and hangs up by itself; one of them talks."""
    first, second = (cast.agent(index).id for index in (0, 1))
    return [
        (0, "newCall", {"user": first}),
        (0.2, "newCall", {"user": second}),
        (6, "answer", {"user": second}),
        (6.2, "hangup", {"user": first, "cause": "answeredElsewhere"}),
        (66, "hangup", {"user": second, "cause": "normalClearing"}),
    ]


def _zammad_simple(cause: str, answer: str, cast: Cast) -> Script:
    """One phone rings; *answer* (a user, or nobody) picks up; then *cause*."""
    user = cast.agent().id
    picked: list[Line] = [(8, "answer", {"user": answer or user})] if answer != "-" else []
    return [(0, "newCall", {"user[]": [user]}), *picked, (28, "hangup", {"cause": cause})]


def _zammad_queue(_cast: Cast) -> Script:
    queue = {"queue": "sales"}
    return [(0, "newCall", queue), (42, "hangup", {**queue, "cause": "cancel"})]


def _zammad_outbound(cast: Cast) -> Script:
    out = {"direction": "out", "user": cast.agent().id}
    return [
        (0, "newCall", out),
        (9, "answer", out),
        (69, "hangup", {**out, "cause": "normalClearing"}),
    ]


TELL_ZAMMAD: Mapping[str, Teller] = {
    "answered": partial(_zammad, partial(_zammad_simple, "normalClearing", "")),
    "no_answer": partial(_zammad, partial(_zammad_simple, "noAnswer", "-")),
    "busy": partial(_zammad, partial(_zammad_simple, "busy", "-")),
    "voicemail": partial(_zammad, partial(_zammad_simple, "normalClearing", "voicemail")),
    "abandoned_in_queue": partial(_zammad, _zammad_queue),
    "ring_group": partial(_zammad, _zammad_group),
    "closed": partial(_zammad, partial(_zammad_simple, "noAnswer", "-")),
    "outbound": partial(_zammad, _zammad_outbound),
}
