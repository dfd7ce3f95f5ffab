"""What one call is told in one commit, and what that makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.contract.events import TalkEvent
from hub.core import calls as core
from hub.lines import LineFacts
from hub.models import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Events of ONE call, each with the id of its delivery; all heard by *at*.

    *rings* says that the hub itself decides which phones ring.
    """

    line: LineFacts
    told: Sequence[tuple[str | None, TalkEvent]]
    at: datetime
    rings: bool
    simulated: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the call: workspace, line and the provider's id."""
        return self.line.workspace_id, self.line.id, self.told[0][1].call_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A call goes on: the events that are new, and the call *before* and *after* them."""

    talk: Talk
    row: Call
    fresh: Sequence[tuple[str | None, TalkEvent]]
    before: core.Call | None
    after: core.Call
