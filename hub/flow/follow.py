"""What must follow from calls' changes: whom to tell now, and what to do later."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from hub import registry
from hub.core import calls as core
from hub.core.calls import Effect, EffectKind
from hub.core.matching import Identity
from hub.db import Work
from hub.flow import missed
from hub.flow.turns import Turn
from hub.live import Signal, Topic
from hub.queue import Wanted, put_all_again


def effects(work: Work, turns: Sequence[Turn]) -> None:
    """Note signals and jobs for what `hub.core.calls.effects` finds."""
    wanted: list[Wanted] = []
    for turn in turns:
        found = core.effects(turn.before, turn.after)
        _tell(work, turn, found)
        wanted += _jobs(turn, found)
        if _answered(turn):
            missed.reached(work, turn.row)
    put_all_again(work, wanted)


def _tell(work: Work, turn: Turn, found: Iterable[Effect]) -> None:
    name, kinds = (turn.row.workspace_id, turn.row.id), {effect.kind for effect in found}
    if kinds & {EffectKind.SHOW, EffectKind.HIDE}:
        work.tell(_signal(Topic.POP, name, frozenset(turn.row.audience)))
    if kinds:
        work.tell(_signal(Topic.CALL, name))


def _signal(topic: Topic, name: tuple[str, str], audience: frozenset[str] | None = None) -> Signal:
    workspace_id, call_id = name
    return Signal(workspace_id=workspace_id, topic=topic, subject=call_id, audience=audience)


def _answered(turn: Turn) -> bool:
    before = turn.before.answered_at if turn.before else None
    return turn.after.answered_at is not None and before is None


def _jobs(turn: Turn, found: Iterable[Effect]) -> Iterator[Wanted]:
    row, at = turn.row, turn.talk.at
    if turn.before is None and row.identity is Identity.UNKNOWN and registry.finders():
        yield Wanted(row.workspace_id, "find", row.id, at)
    for effect in found:
        if effect.kind is EffectKind.SETTLE:
            yield Wanted(row.workspace_id, "settle", row.id, at + turn.talk.line.settle)
        if effect.kind is EffectKind.FETCH:
            yield Wanted(row.workspace_id, "fetch", f"{row.id}:{effect.recording_id}", at)
        if effect.kind is EffectKind.NOTE and row.settled_at is not None:
            yield Wanted(row.workspace_id, "settle", row.id, at + timedelta(seconds=1))
