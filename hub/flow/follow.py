"""What must follow from a call's change: whom to tell now, and what to do later."""

from datetime import datetime, timedelta

from hub.core import calls as core
from hub.core.calls import EffectKind
from hub.db import Work
from hub.flow import missed
from hub.lines import LineFacts
from hub.live import Signal, Topic
from hub.models import Call
from hub.queue import put_again


def effects(
    work: Work,
    line: LineFacts,
    row: Call,
    change: tuple[core.Call | None, core.Call],
    at: datetime,
) -> None:
    """Note signals and jobs for what `hub.core.calls.effects` finds."""
    before, after = change
    found = core.effects(before, after)
    kinds = {effect.kind for effect in found}
    if kinds & {EffectKind.SHOW, EffectKind.HIDE}:
        audience = frozenset(row.audience)
        work.tell(
            Signal(
                workspace_id=row.workspace_id, topic=Topic.POP, subject=row.id, audience=audience
            )
        )
    if found:
        work.tell(Signal(workspace_id=row.workspace_id, topic=Topic.CALL, subject=row.id))
    if after.answered_at is not None and (before is None or before.answered_at is None):
        missed.reached(work, row)
    if EffectKind.SETTLE in kinds:
        put_again(work, row.workspace_id, "settle", row.id, due=at + line.settle)
    for effect in found:
        if effect.kind is EffectKind.FETCH:
            put_again(work, row.workspace_id, "fetch", f"{row.id}:{effect.recording_id}", due=at)
        if effect.kind is EffectKind.NOTE and row.settled_at is not None:
            put_again(work, row.workspace_id, "settle", row.id, due=at + timedelta(seconds=1))
