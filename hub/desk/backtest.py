"""What a rule would have done about the missed calls of the last days, had it run.

The same `decide` as live, asked at the moments at which it would have been asked, with the facts
as they were known then. What it would have sent counts for its own cap; what another rule really
sent about these calls does not.
"""

import heapq
import json
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.events import Channel, Direction, Outcome
from hub.core import rules
from hub.core.rules import Decision, Rule, Verdict
from hub.crypto import Safe
from hub.desk.channels import channels
from hub.desk.facts import pasts
from hub.desk.past import Past
from hub.models import Call, FollowUp, now

DAYS = 30
MOST = 500
EXAMPLES = 5
SOON = timedelta(minutes=2)
"""A text to somebody who is called back this soon after it was for nothing."""
LATE = timedelta(hours=1)
"""A call that settled later than this after its end was told late; it is taken as if in time."""
_HANDLED = frozenset({"reached", "wrote", "handled"})


class Fate(StrEnum):
    """What would have become of a call's follow-up."""

    SENT = "sent"
    HANDLED = "handled"  # somebody saw to the caller, or the caller wrote, before it was time
    KEPT = "kept"  # another condition did not hold
    WAITING = "waiting"  # it is not time yet


def fate_of(reason: str) -> Fate:
    """What the condition *reason* means, having stopped a follow-up."""
    return Fate.HANDLED if reason in _HANDLED else Fate.KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One call. *at*: when it would have been decided; *called_back*: right after the text."""

    call_id: str
    name: str
    number: str
    started_at: datetime
    at: datetime
    decision: Decision
    called_back: bool = False

    @property
    def fate(self) -> Fate:
        """In one word."""
        if self.decision.verdict is Verdict.SEND:
            return Fate.SENT
        if self.decision.verdict is Verdict.WAIT:
            return Fate.WAITING
        return fate_of(self.decision.reason)

    @property
    def channel(self) -> Channel | None:
        """By which it would have been sent."""
        return self.decision.draft.channel if self.decision.draft else None

    @property
    def kind(self) -> str:
        """What makes it an example of its own."""
        return f"{self.fate} {self.channel or self.decision.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """All calls that were looked at, newest first; *more* says that there are older ones."""

    tried: tuple[Tried, ...]
    more: bool = False

    def count(self, fate: Fate) -> int:
        """How many calls have *fate*."""
        return sum(1 for one in self.tried if one.fate is fate)

    @property
    def channels(self) -> Mapping[Channel, int]:
        """How many texts by which channel, most first."""
        found = Counter(one.channel for one in self.tried if one.channel)
        return dict(found.most_common())

    @property
    def reasons(self) -> Mapping[str, int]:
        """Which condition stopped how many, most first; its key."""
        stopped = (one for one in self.tried if one.fate in {Fate.KEPT, Fate.HANDLED})
        return dict(Counter(one.decision.reason for one in stopped).most_common())

    @property
    def called_back(self) -> int:
        """How many texts went to people whom somebody called right after."""
        return sum(1 for one in self.tried if one.called_back)

    @property
    def examples(self) -> tuple[Tried, ...]:
        """Five calls, as different as there are, newest first."""
        seen: Counter[str] = Counter()
        ranked = []
        for one in self.tried:
            ranked.append((seen[one.kind], one))
            seen[one.kind] += 1
        picked = [one for _, one in sorted(ranked, key=lambda pair: pair[0])[:EXAMPLES]]
        return tuple(sorted(picked, key=lambda one: one.started_at, reverse=True))

    def days(self, zone: str) -> Mapping[tuple[date, Fate], int]:
        """How many calls of a day, at *zone*, have which fate."""
        clock = ZoneInfo(zone)
        return Counter((one.started_at.astimezone(clock).date(), one.fate) for one in self.tried)


def run(session: Session, safe: Safe, workspace_id: str, rule: Rule) -> Backtest:
    """Try *rule* on the missed calls of the last 30 days, the newest 500."""
    at = now()
    calls = missed(session, workspace_id, at - timedelta(days=DAYS))
    able = channels(session, safe, workspace_id)
    known = pasts(
        session,
        calls[:MOST],
        channels=able,
        but=_follow_ups(session, workspace_id, calls),
        only=rule.only,
    )
    return Backtest(tried=tuple(simulate(known, rule, at)), more=len(calls) > MOST)


def missed(session: Session, workspace_id: str, since: datetime) -> Sequence[Call]:
    """Settled missed calls since *since*, newest first; one more than is looked at."""
    return session.scalars(
        select(Call)
        .where(
            Call.workspace_id == workspace_id,
            Call.started_at >= since,
            Call.direction == Direction.INBOUND,
            Call.outcome == Outcome.MISSED,
            Call.settled_at.is_not(None),
        )
        .order_by(Call.started_at.desc(), Call.id.desc())
        .limit(MOST + 1)
    ).all()


def simulate(known: Sequence[Past], rule: Rule, now: datetime) -> list[Tried]:
    """Ask *rule* about each call when it was time, and again after each wait, until *now*."""
    due = [(_settled(past.call), past.call.started_at, place) for place, past in enumerate(known)]
    heapq.heapify(due)
    found: dict[int, Tried] = {}
    sent: dict[str, list[datetime]] = defaultdict(list)
    while due:
        at, began, place = heapq.heappop(due)
        past = known[place]
        texted = [moment for address in past.addresses for moment in sent[address]]
        decision = rules.decide(past.then(at, texted), rule, at)
        if decision.until is not None and decision.until <= now:
            heapq.heappush(due, (decision.until, began, place))
            continue
        if decision.draft is not None:
            sent[decision.draft.recipient].append(at)
        found[place] = _tried(past, decision, at)
    return [found[place] for place in range(len(known))]


def _settled(call: Call) -> datetime:
    """When the rule is asked first."""
    ended = call.ended_at or call.started_at
    settled = call.settled_at or ended
    return settled if settled - ended < LATE else ended


def _tried(past: Past, decision: Decision, at: datetime) -> Tried:
    person = past.facts.person
    return Tried(
        call_id=past.call.id,
        name=person.name if person else "",
        number=past.call.caller,
        started_at=past.call.started_at,
        at=decision.until or at,
        decision=decision,
        called_back=decision.draft is not None and _soon(past.calls_back, at),
    )


def _soon(moments: Iterable[datetime], at: datetime) -> bool:
    return any(at < moment <= at + SOON for moment in moments)


def _follow_ups(session: Session, workspace_id: str, calls: Sequence[Call]) -> Sequence[str]:
    """Those that rules really made for *calls*."""
    return session.scalars(
        select(FollowUp.id).where(
            FollowUp.workspace_id == workspace_id,
            FollowUp.call_id.in_([call.id for call in calls]),
        )
    ).all()


class Backtests:
    """Those of the last minute, by rule: typing a text asks often, and each costs a while."""

    _FRESH = 60.0
    _ROOM = 8

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count by *clock*, in seconds."""
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, Backtest]] = OrderedDict()

    def of(self, session: Session, safe: Safe, workspace_id: str, rule: Rule) -> Backtest:
        """As `run`, at most a minute old."""
        key = (workspace_id, json.dumps(rules.to_dict(rule), sort_keys=True))
        kept = self._kept.get(key)
        if kept is not None and self._clock() - kept[0] < self._FRESH:
            return kept[1]
        found = run(session, safe, workspace_id, rule)
        self._kept[key] = (self._clock(), found)
        self._kept.move_to_end(key)
        while len(self._kept) > self._ROOM:
            self._kept.popitem(last=False)
        return found
