"""The last 30 days of the rule: what the draft would have done beside what really happened."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.core.rules import CONDITIONS, NO_CHANNEL, NO_CHANNEL_SENTENCE
from hub.desk.backtest import DAYS, Backtest, Fate, fate_of
from hub.models import FollowUp, FollowUpState, now

_SENTENCES = {one.key: one.sentence for one in CONDITIONS} | {NO_CHANNEL: NO_CHANNEL_SENTENCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day: how many calls had which fate."""

    day: date
    sent: int
    handled: int
    kept: int
    waiting: int

    @property
    def all(self) -> int:
        """How many there were."""
        return self.sent + self.handled + self.kept + self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Thirty bars, oldest first, and their sums."""

    bars: tuple[Bar, ...]

    @property
    def sums(self) -> Mapping[str, int]:
        """Fate -> how many calls had it."""
        return {fate: sum(getattr(bar, fate) for bar in self.bars) for fate in Fate}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """*why*: the sentences that would have stopped it and how many calls, most frequent first."""

    tried: Backtest
    would: Story
    really: Story
    why: tuple[tuple[str, int], ...]

    @property
    def highest(self) -> int:
        """The most calls of a day: both drawings have the same scale."""
        return max(bar.all for bar in (*self.would.bars, *self.really.bars)) or 1

    @property
    def days(self) -> list[tuple[Bar, Bar]]:
        """The days on which something was, newest first: the drawings as a table."""
        pairs = zip(self.would.bars, self.really.bars, strict=True)
        return [pair for pair in reversed(list(pairs)) if pair[0].all or pair[1].all]


def of(session: Session, workspace_id: str, zone: str, tried: Backtest) -> Past:
    """What *tried* says beside the follow-ups that there are; days are those of *zone*."""
    today = _day(now(), zone)
    return Past(
        tried=tried,
        would=_story(tried.days(zone), today),
        really=_story(_really(session, workspace_id, zone), today),
        why=tuple((_SENTENCES.get(key, key), count) for key, count in tried.reasons.items()),
    )


def _really(session: Session, workspace_id: str, zone: str) -> Mapping[tuple[date, Fate], int]:
    since = now() - timedelta(days=DAYS)
    rows = session.execute(
        select(FollowUp.due_at, FollowUp.state, FollowUp.reason).where(
            FollowUp.workspace_id == workspace_id, FollowUp.due_at >= since
        )
    )
    return Counter((_day(at, zone), _fate(state, reason)) for at, state, reason in rows)


def _fate(state: FollowUpState, reason: str) -> Fate:
    if state is FollowUpState.SENT:
        return Fate.SENT
    return Fate.WAITING if state is FollowUpState.WAITING else fate_of(reason)


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _story(counts: Mapping[tuple[date, Fate], int], today: date) -> Story:
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    return Story(
        bars=tuple(
            Bar(day=day, **{fate.value: counts.get((day, fate), 0) for fate in Fate})
            for day in days
        )
    )
