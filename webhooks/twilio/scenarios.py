"""The call stories in Twilio's own requests, with the callback URLs that our TwiML hands out."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from hub.contract.errors import BadSetting
from hub.contract.scenarios import Agent, Cast, Send, Teller
from webhooks.twilio.steps import DIRECT, MOST_PHONES, SCREENED, bare, step
from webhooks.twilio.wire import Wire

WITHHELD = "anonymous"

Script = Callable[[Wire], Sequence[Send]]


def _agent(wire: Wire, index: int = 0) -> Agent:
    return wire.cast.agents[index % len(wire.cast.agents)]


# --- Moments, of which stories are made ---


def _comes_in(wire: Wire) -> Send:
    return wire.post(0, "", wire.call("ringing"))


def _over(wire: Wire, at: float, seconds: int) -> Send:
    """The number's status callback: `completed`, as soon as anything had picked up."""
    return wire.post(at, "", wire.told(wire.call("completed"), seconds=seconds))


def _leg(
    wire: Wire, at: float, status: str, *, index: int = 0, seconds: int | None = None, how: str
) -> Send:
    agent = _agent(wire, index)
    form = wire.leg(f"leg {index}", agent.number, status)
    return wire.post(at, step("leg", agent.id, how), wire.told(form, seconds=seconds))


def _rings(wire: Wire, at: float, *, index: int = 0, how: str = DIRECT) -> list[Send]:
    return [
        _leg(wire, at, "initiated", index=index, how=how),
        _leg(wire, at + 0.6, "ringing", index=index, how=how),
    ]


def _talks(wire: Wire, since: float, until: float, *, index: int = 0) -> list[Send]:
    """An agent's phone from its first ring to the end of the conversation."""
    seconds = round(until - since)
    return [
        _leg(wire, since, "in-progress", index=index, how=DIRECT),
        _leg(wire, until, "completed", index=index, seconds=seconds, how=DIRECT),
        _rung(wire, until + 0.1, "completed", index=index, seconds=seconds),
    ]


def _rung(
    wire: Wire,
    at: float,
    status: str,
    *,
    index: int = 0,
    seconds: int | None = None,
    how: str = DIRECT,
) -> Send:
    """The Dial action; *seconds* when it was bridged."""
    more = {
        "DialCallSid": wire.sid("CA", f"leg {index}"),
        "DialCallStatus": status,
        "DialBridged": "false" if seconds is None else "true",
    }
    if seconds is not None:
        more["DialCallDuration"] = str(seconds)
    agent = _agent(wire, index).id if len(wire.cast.agents) == 1 else ""
    path = step("rung", how, agent, wire.since)
    return wire.post(at, path, wire.call("in-progress", **more))


# --- Stories ---


def _answered(wire: Wire) -> Sequence[Send]:
    return [_comes_in(wire), *_rings(wire, 0.4), *_talks(wire, 8, 103), _over(wire, 103.4, 95)]


def _recording(wire: Wire) -> Sequence[Send]:
    form = wire.recording(seconds=95, source="DialVerb", channels=2)
    return [*_answered(wire), wire.post(106, "recording", form)]


def _unanswered(wire: Wire, status: str, after: float) -> list[Send]:
    """All phones ring, or are busy; then the Dial action, and the greeting of the voicemail."""
    everyone = range(min(len(wire.cast.agents), MOST_PHONES))
    return [
        _comes_in(wire),
        *(send for index in everyone for send in _rings(wire, 0.4, index=index)),
        *(_leg(wire, after, status, index=index, how=DIRECT) for index in everyone),
        _rung(wire, after + 0.2, status),
    ]


def _no_answer(wire: Wire) -> Sequence[Send]:
    return [*_unanswered(wire, "no-answer", 20.5), _over(wire, 27, 6)]


def _busy(wire: Wire) -> Sequence[Send]:
    return [*_unanswered(wire, "busy", 2), _over(wire, 8, 6)]


def _voicemail(wire: Wire) -> Sequence[Send]:
    spoken = {
        "RecordingSid": wire.sid("RE", "recording"),
        "RecordingUrl": wire.media,
        "RecordingDuration": "21",
        "Digits": "hangup",
    }
    ready = wire.recording(seconds=21, source="RecordVerb", channels=1)
    return [
        *_unanswered(wire, "no-answer", 20.5),
        wire.post(48, "recorded", wire.call("completed", **spoken)),
        _over(wire, 48.3, 27),
        wire.post(50, "recording", ready),
    ]


def _abandoned_in_queue(wire: Wire) -> Sequence[Send]:
    waits = [_waits(wire, 1 + waited, waited) for waited in (0, 15, 30)]
    form = wire.call("completed", QueueResult="hangup", **_queue(wire, 42))
    path = step("queue-left", wire.since)
    return [_comes_in(wire), *waits, wire.post(43, path, form), _over(wire, 43.3, 43)]


def _waits(wire: Wire, at: float, waited: int) -> Send:
    more = {
        "QueuePosition": "1",
        "AvgQueueTime": str(waited),
        "CurrentQueueSize": "1",
        "MaxQueueSize": "1000",
    }
    return wire.post(at, "wait", wire.call("in-progress", **more, **_queue(wire, waited)))


def _queue(wire: Wire, waited: int) -> dict[str, str]:
    return {"QueueSid": wire.sid("QU", "queue"), "QueueTime": str(waited)}


def _ring_group(wire: Wire) -> Sequence[Send]:
    """Phones that have to press 1: the second is picked up after 6 seconds and pressed at 8."""
    everyone = range(min(max(2, len(wire.cast.agents)), MOST_PHONES))
    leg = partial(_leg, wire, how=SCREENED)
    return [
        _comes_in(wire),
        *(send for index in everyone for send in _rings(wire, 0.4, index=index, how=SCREENED)),
        leg(6, "in-progress", index=1),
        *_screens(wire, index=1),
        *(leg(8.2, "canceled", index=index) for index in everyone if index != 1),
        leg(68, "completed", index=1, seconds=62),
        _rung(wire, 68.1, "completed", index=1, seconds=62, how=SCREENED),
        _over(wire, 68.4, 60),
    ]


def _screens(wire: Wire, *, index: int) -> list[Send]:
    agent, call = _agent(wire, index), wire.sid("CA", "call")
    form = wire.leg(f"leg {index}", agent.number, "in-progress")
    pressed = form | {"Digits": "1", "FinishedOnKey": "", "msg": "Gather End"}
    return [
        wire.post(6.3, step("screen", agent.id, call), form),
        wire.post(8, step("screened", agent.id, call), pressed),
    ]


def _blind_transfer(wire: Wire) -> Sequence[Send]:
    return [
        _comes_in(wire),
        *_rings(wire, 0.4),
        *_talks(wire, 8, 30),
        *_rings(wire, 30.4, index=1),
        *_talks(wire, 36, 90, index=1),
        _over(wire, 90.4, 82),
    ]


def _attended_transfer(wire: Wire) -> Sequence[Send]:
    """The colleague's phone is up before the first agent leaves the call."""
    return [
        _comes_in(wire),
        *_rings(wire, 0.4),
        *_rings(wire, 30, index=1),
        *_talks(wire, 8, 45),
        *_talks(wire, 38, 100, index=1),
        _over(wire, 100.4, 92),
    ]


def _outbound(wire: Wire) -> Sequence[Send]:
    agent, number = _agent(wire), bare(wire.cast.caller)
    called = step("call-back", number, agent.id)
    up = wire.call("in-progress", "outbound-api")
    return [
        *(_placing(wire, at, status) for at, status in enumerate(("initiated", "ringing"))),
        _placing(wire, 6, "in-progress"),
        wire.post(6.2, called, up),
        *(
            _callee(wire, at, status)
            for at, status in ((6.5, "initiated"), (7.5, "ringing"), (15, "in-progress"))
        ),
        _callee(wire, 75, "completed", 60),
        _placing(wire, 75.3, "completed", 69),
    ]


def _placing(wire: Wire, at: float, status: str, seconds: int | None = None) -> Send:
    """The agent's own phone, which is rung first."""
    form = wire.told(wire.call(status, "outbound-api"), seconds=seconds)
    return wire.post(at, step("out", bare(wire.cast.caller), _agent(wire).id), form)


def _callee(wire: Wire, at: float, status: str, seconds: int | None = None) -> Send:
    form = wire.told(wire.leg("callee", wire.cast.caller, status), seconds=seconds)
    return wire.post(at, step("callee", bare(wire.cast.caller)), form)


def _closed(wire: Wire) -> Sequence[Send]:
    return [_comes_in(wire), _over(wire, 7, 7)]


def _inbound_stop(wire: Wire) -> Sequence[Send]:
    return [wire.post(0, "", wire.text(wire.cast.text or "STOP"))]


def _tell(script: Script, cast: Cast) -> Sequence[Send]:
    if not cast.agents:
        raise BadSetting("a story needs an agent: hub user add EMAIL --role agent --number +E164")
    return sorted(script(Wire(cast=cast)), key=lambda send: send.at)


_SCRIPTS: Mapping[str, Script] = {
    "answered": _answered,
    "no_answer": _no_answer,
    "busy": _busy,
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

TELL: Mapping[str, Teller] = {name: partial(_tell, script) for name, script in _SCRIPTS.items()}
"""Every basic story, told by Twilio."""
