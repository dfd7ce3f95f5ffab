"""Looking back, a rule decides what it decided when it looked at the same calls live."""

import heapq
import itertools
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from hub.contract.events import (
    Channel,
    Consent,
    Direction,
    MessageStatus,
    MissedReason,
    Outcome,
    Phase,
)
from hub.core import rules
from hub.core.hours import QuietHours
from hub.core.rules import Decision, Rule, Verdict
from hub.db import Work
from hub.desk import backtest
from hub.desk.backtest import Backtest, Backtests, Fate
from hub.desk.channels import channels
from hub.desk.facts import gather
from hub.flow import missed
from hub.models import Call, ConsentRow, Contact, FollowUp, Line, Message, Missed, new_id, now
from hub.models import Rule as RuleRow
from hub.testing.stage import Stage, stage_on

CALLERS = ("+12025550142", "+12025550143", "+442079460123", "")
TEXT = {"en": rules.Content(text="Sorry, {{ caller.first_name }}")}
RULE = Rule(wait=rules.Wait(seconds=90, quiet=None), then=rules.Then(contents=TEXT))


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A hub that can send texts and mails, with one line and one person."""
    async with (
        stage_on(database_url, tmp_path) as stage,
        stage.vendor("twilio"),
        stage.vendor("smtp"),
    ):
        stage.line("generic")
        stage.person("Anna Example", CALLERS[2], emails=["anna@example.com"])
        yield stage


class History:
    """Days of calls as they happen: nothing is written before its moment has come."""

    def __init__(self, stage: Stage, rule: Rule, seed: int) -> None:
        self.stage = stage
        self.rule = rule
        self.dice = random.Random(seed)  # noqa: S311 - the same days for the same seed
        self.line = stage.one(Line)
        self.person = stage.one(Contact)
        self.events: list[tuple[datetime, int, Callable[[Work, datetime], None]]] = []
        self.decided: dict[str, Decision] = {}
        stage.rule()
        self.rule_id = stage.one(RuleRow).id
        self.order = itertools.count()
        self.end = now()

    def at(self, moment: datetime, act: Callable[[Work, datetime], None]) -> None:
        heapq.heappush(self.events, (moment, next(self.order), act))

    def live(self) -> dict[str, Decision]:
        """Let it all happen; gives what was decided about each missed call last."""
        for _ in range(60):
            self.something()
        self.stage.house.db.write_now(self._happen)
        return self.decided

    def _happen(self, work: Work) -> None:
        while self.events:
            moment, _, act = heapq.heappop(self.events)
            if moment <= self.end:
                act(work, moment)
                work.session.flush()

    def something(self) -> None:
        moment = self.end - timedelta(seconds=self.dice.uniform(60, 3 * 24 * 3600))
        caller = self.dice.choice(CALLERS)
        kind = self.dice.choices(
            (self.missed, self.talk, self.back, self.wrote, self.by_hand, self.stop),
            (10, 2, 2, 2, 2, 0.2),
        )[0]
        for near in range(self.dice.choice((1, 1, 2))):
            kind(moment + timedelta(seconds=near * self.dice.uniform(1, 200)), caller)
            kind = self.dice.choice((self.missed, self.talk, self.back, self.wrote, self.by_hand))

    def missed(self, moment: datetime, caller: str) -> None:
        id_, length = new_id(), timedelta(seconds=self.dice.uniform(0, 60))

        def ends(work: Work, at: datetime) -> None:
            call = work.session.get_one(Call, (self.line.workspace_id, id_))
            call.phase, call.ended_at, call.outcome = Phase.ENDED, at, Outcome.MISSED
            call.missed_reason = MissedReason.NO_ANSWER

        def settles(work: Work, at: datetime) -> None:
            work.session.get_one(Call, (self.line.workspace_id, id_)).settled_at = at
            self.decide(work, at, id_)

        self.at(moment, self.rings(id_, caller, Direction.INBOUND))
        self.at(moment + length, ends)
        self.at(moment + length + timedelta(seconds=20), settles)

    def talk(self, moment: datetime, caller: str) -> None:
        self.answered(moment, caller, Direction.INBOUND)

    def back(self, moment: datetime, caller: str) -> None:
        self.answered(moment, caller, Direction.OUTBOUND)

    def answered(self, moment: datetime, caller: str, direction: Direction) -> None:
        id_ = new_id()

        def answers(work: Work, at: datetime) -> None:
            call = work.session.get_one(Call, (self.line.workspace_id, id_))
            call.phase, call.answered_at, call.outcome = Phase.ANSWERED, at, Outcome.ANSWERED

        self.at(moment, self.rings(id_, caller, direction))
        self.at(moment + timedelta(seconds=self.dice.uniform(1, 90)), answers)

    def rings(
        self, id_: str, caller: str, direction: Direction
    ) -> Callable[[Work, datetime], None]:
        def ring(work: Work, at: datetime) -> None:
            ours = self.line.number or ""
            inbound = direction is Direction.INBOUND
            known = caller == CALLERS[2]
            work.session.add(
                Call(
                    workspace_id=self.line.workspace_id,
                    id=id_,
                    line_id=self.line.id,
                    call_key=id_,
                    direction=direction,
                    phase=Phase.RINGING,
                    caller=caller if inbound else ours,
                    called=ours if inbound else caller,
                    started_at=at,
                    identity="known" if known else "unknown",
                    contact_id=self.person.id if known else None,
                )
            )

        return ring

    def wrote(self, moment: datetime, caller: str) -> None:
        channel = self.dice.choice((Channel.SMS, Channel.WHATSAPP))

        def write(work: Work, at: datetime) -> None:
            self._message(work, at, Direction.INBOUND, channel, sender=caller)

        self.at(moment, write)

    def by_hand(self, moment: datetime, caller: str) -> None:
        def close(work: Work, at: datetime) -> None:
            entry = Missed(
                workspace_id=self.line.workspace_id,
                id=new_id(),
                line_id=self.line.id,
                caller=caller,
                first_at=at,
                last_at=at,
                last_call_id=new_id(),
            )
            work.session.add(entry)
            work.session.flush()
            missed.close(work, entry, "by_hand", self.stage.agents[0][0], at)

        self.at(moment, close)

    def stop(self, moment: datetime, caller: str) -> None:
        def say(work: Work, at: datetime) -> None:
            work.add(
                ConsentRow,
                [
                    {
                        "workspace_id": self.line.workspace_id,
                        "id": new_id(),
                        "channel": Channel.SMS,
                        "address": caller,
                        "word": Consent.STOP,
                        "source": "message",
                        "at": at,
                    }
                ],
                "workspace_id",
                "channel",
                "address",
            )

        self.at(moment, say)

    def decide(self, work: Work, at: datetime, call_id: str) -> None:
        """What the job does, at its moment."""
        call = work.session.get_one(Call, (self.line.workspace_id, call_id))
        able = channels(work.session, self.stage.house.safe, call.workspace_id)
        decision = rules.decide(gather(work.session, call, channels=able, at=at), self.rule, at)
        self.decided[call_id] = decision
        if decision.until is not None:
            self.at(decision.until, lambda work, at: self.decide(work, at, call_id))
        if decision.draft is not None:
            follow_up = FollowUp(
                workspace_id=call.workspace_id,
                id=new_id(),
                call_id=call_id,
                rule_id=self.rule_id,
                rule_number=1,
                due_at=at,
            )
            work.session.add(follow_up)
            self._message(
                work,
                at,
                Direction.OUTBOUND,
                decision.draft.channel,
                recipient=decision.draft.recipient,
                call_id=call_id,
                follow_up_id=follow_up.id,
            )

    def _message(
        self, work: Work, at: datetime, direction: Direction, channel: Channel, **rest: Any
    ) -> None:
        work.session.add(
            Message(
                workspace_id=self.line.workspace_id,
                id=new_id(),
                direction=direction,
                channel=channel,
                status=MessageStatus.ACCEPTED,
                created_at=at,
                **rest,
            )
        )


def look_back(stage: Stage, rule: Rule) -> Backtest:
    def look(session: Session) -> Backtest:
        return backtest.run(session, stage.house.safe, stage.workspace_id, rule)

    return stage.house.db.read_now(look)


def verdict(decision: Decision) -> tuple[object, ...]:
    """What counts of a decision: its trace may name an earlier one of two moments."""
    return (
        decision.verdict,
        decision.reason,
        decision.until,
        decision.draft,
        [(step.key, step.passed) for step in decision.trace],
    )


@pytest.mark.parametrize("seed", range(12))
async def test_a_look_back_decides_about_each_call_what_was_decided_live(
    stage: Stage, seed: int
) -> None:
    quiet = (None, QuietHours.parse("21:00-09:00"))[seed % 2]
    rule = replace(
        RULE,
        wait=rules.Wait(seconds=(0, 90, 3600)[seed % 3], quiet=quiet),
        unless=rules.Unless(cap_hours=(0, 2, 24)[seed // 2 % 3]),
    )

    live = History(stage, rule, seed).live()
    tried = look_back(stage, rule).tried

    assert len(tried) > 20
    assert {one.call_id: verdict(one.decision) for one in tried} == {
        id_: verdict(decision) for id_, decision in live.items()
    }


async def test_the_look_back_agrees_with_a_rule_that_really_ran(stage: Stage) -> None:
    stage.rule(unless={"texted_within_hours": 24})
    key = stage.line("twilio")

    for story, caller in (
        ("no_answer", CALLERS[0]),
        ("no_answer", CALLERS[0]),
        ("no_answer", CALLERS[2]),
        ("inbound_stop", CALLERS[1]),
        ("no_answer", CALLERS[1]),
        ("withheld", CALLERS[0]),
    ):
        # A provider's clock of whole seconds, if slow, would date a call before the last decision.
        await stage.tell(key, story, caller=caller, now=now() + timedelta(seconds=1))
    body = stage.one(RuleRow).draft
    tried = {one.call_id: one for one in look_back(stage, rules.from_dict(body)).tried}

    really = {row.call_id: row for row in stage.all(FollowUp)}
    sent = {message.call_id: message.channel for message in stage.all(Message) if message.call_id}
    assert {id_: one.decision.reason for id_, one in tried.items()} == {
        id_: row.reason for id_, row in really.items()
    }
    assert {id_: one.channel for id_, one in tried.items() if one.channel} == sent
    assert len(sent) == 2


async def test_texts_to_people_who_were_called_back_right_after_are_counted(stage: Stage) -> None:
    history = History(stage, RULE, 1)
    start = now() - timedelta(hours=1)
    history.missed(start, CALLERS[0])
    history.missed(start, CALLERS[1])
    history.back(start + timedelta(seconds=200), CALLERS[0])
    stage.house.db.write_now(history._happen)

    found = look_back(stage, RULE)

    assert (found.count(Fate.SENT), found.called_back) == (2, 1)
    assert [one.called_back for one in found.tried if one.number == CALLERS[0]] == [True]


async def test_a_draft_is_tried_without_what_the_published_rule_sent(stage: Stage) -> None:
    slow = replace(RULE, wait=rules.Wait(seconds=7200, quiet=None))
    history = History(stage, RULE, 1)
    start = now() - timedelta(hours=6)
    history.missed(start, CALLERS[0])
    history.missed(start + timedelta(hours=3), CALLERS[0])
    stage.house.db.write_now(history._happen)

    found = look_back(stage, slow)

    assert [one.verdict for one in history.decided.values()] == [Verdict.SEND, Verdict.SUPPRESS]
    assert [one.decision.reason for one in found.tried] == ["capped", ""]
    assert found.reasons == {"capped": 1}


async def test_the_examples_differ_as_far_as_there_are_different_calls(stage: Stage) -> None:
    history = History(stage, RULE, 1)
    start = now() - timedelta(days=1)
    for hour in range(8):
        history.missed(start + timedelta(hours=hour), CALLERS[0])
    history.missed(start - timedelta(hours=1), "")
    stage.house.db.write_now(history._happen)

    examples = look_back(stage, RULE).examples

    assert len(examples) == 5
    assert {one.decision.reason for one in examples} >= {"", "capped", "withheld"}


async def test_a_minute_long_the_same_rule_is_not_tried_twice(stage: Stage) -> None:
    clock = [0.0]
    kept = Backtests(lambda: clock[0])

    def look(session: Session) -> Backtest:
        return kept.of(session, stage.house.safe, stage.workspace_id, RULE)

    first = stage.house.db.read_now(look)
    again = stage.house.db.read_now(look)
    clock[0] = 61
    later = stage.house.db.read_now(look)

    assert first is again
    assert later is not first
