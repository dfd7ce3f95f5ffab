"""What has to be done because a call looks different now: pure, by comparing before and after."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from hub.contract.events import Direction, Phase, RecordingState, Verdict
from hub.core.calls.shapes import Call, Leg, Recording


class EffectKind(StrEnum):
    """What is to be done."""

    SHOW = "show"  # someone must see the pop, or see it anew
    HIDE = "hide"  # the pop leaves those screens where it no longer belongs
    SETTLE = "settle"  # the call has ended: the settle delay starts, or starts again
    FETCH = "fetch"  # a recording can be fetched
    NOTE = "note"  # the words of a recording are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing to do; *recording_id* is set for FETCH and NOTE."""

    kind: EffectKind
    recording_id: str = ""


def effects(before: Call | None, after: Call) -> tuple[Effect, ...]:
    """What follows from the call having become *after*; nothing if it is what it was."""
    return () if before == after else tuple(_effects(before, after))


def _effects(before: Call | None, after: Call) -> Iterator[Effect]:
    changed = before is None or _story(before) != _story(after)
    if changed and _is_shown(after):
        yield Effect(kind=EffectKind.SHOW)
    if before is not None and _is_shown(before) and _left(before, after):
        yield Effect(kind=EffectKind.HIDE)
    if changed and after.phase is Phase.ENDED:
        yield Effect(kind=EffectKind.SETTLE)
    known = {recording.id: recording for recording in before.recordings} if before else {}
    for recording in after.recordings:
        yield from _of_recording(known.get(recording.id), recording)


def _story(call: Call) -> Call:
    """The call without its files: these come late and change nothing but perhaps the reason."""
    return replace(call, recordings=())


def _is_shown(call: Call) -> bool:
    inbound = call.direction is Direction.INBOUND
    return inbound and call.phase is not Phase.ENDED and call.verdict is not Verdict.BLOCKED


def _left(before: Call, after: Call) -> bool:
    """Whether some screen has to let go: the call or a ringing leg ended, or someone took it."""
    if not _is_shown(after):
        return True
    taken = before.answered_at is None and after.answered_at is not None
    return taken or bool(_gone(after.legs) - _gone(before.legs))


def _gone(legs: tuple[Leg, ...]) -> set[str]:
    return {leg.id for leg in legs if leg.phase is Phase.ENDED and leg.agent}


def _of_recording(before: Recording | None, after: Recording) -> Iterator[Effect]:
    if _source(after) and _source(after) != _source(before):
        yield Effect(kind=EffectKind.FETCH, recording_id=after.id)
    if after.transcript and after.transcript != (before.transcript if before else None):
        yield Effect(kind=EffectKind.NOTE, recording_id=after.id)


def _source(recording: Recording | None) -> str | None:
    """Where the file can be fetched, once it is ready."""
    ready = recording is not None and recording.state is RecordingState.READY
    return recording.url if recording is not None and ready else None
