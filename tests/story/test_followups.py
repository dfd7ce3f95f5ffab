"""A missed call is followed up once, by a channel that fits, or the trace says why not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.contract.events import Channel
from hub.contract.twins import Fault, Running
from hub.db import Work
from hub.models import (
    Activity,
    Call,
    Connection,
    ConsentRow,
    FollowUp,
    Job,
    Message,
    Missed,
    RemoteRef,
    now,
)
from hub.testing.stage import Stage


async def test_a_missed_call_is_followed_up_by_one_text(stage: Stage, twilio: Running) -> None:
    stage.rule()
    stage.person("Emma Taylor", "+12025550142")
    key = stage.line("twilio")

    await stage.tell(key, "no_answer")
    await stage.tell(key, "no_answer", token="again")
    await stage.work()

    assert [message.text for message in twilio.state.messages] == ["Sorry, Emma"]
    sent = stage.one(Message)
    assert (sent.status, sent.channel, sent.recipient) == ("accepted", "sms", "+12025550142")
    assert sorted(row.state for row in stage.all(FollowUp)) == ["sent", "suppressed"]


async def test_a_story_told_twice_sends_once(stage: Stage, twilio: Running) -> None:
    stage.rule()
    key = stage.line("twilio")
    sends = stage.sends(key, "no_answer")

    for send in [*sends, *reversed(sends), *sends]:
        await stage.post(send)
        await stage.work()

    assert len(twilio.state.messages) == 1
    assert len(stage.all(Call)) == 1
    assert stage.one(Missed).count == 1


async def test_a_caller_who_tries_again_and_is_answered_gets_no_text(
    stage: Stage, twilio: Running
) -> None:
    stage.rule(wait={"seconds": 60, "quiet_hours": "none"})
    key = stage.line("twilio")

    await stage.tell(key, "redial")

    first = min(stage.all(Call), key=lambda call: call.started_at)
    assert first.outcome == "missed"
    assert twilio.state.messages == []
    assert stage.all(Missed) == []


async def test_an_entry_closes_when_the_caller_is_reached(stage: Stage) -> None:
    key = stage.line("twilio")

    await stage.tell(key, "no_answer")
    before = stage.one(Missed)
    await stage.tell(key, "answered")

    after = stage.one(Missed)
    assert before.open
    assert (after.open, after.handled_how) == (None, "reached")
    assert after.handled_by == stage.agents[0][0]


async def test_whoever_says_stop_is_not_written_to(stage: Stage, twilio: Running) -> None:
    stage.rule()
    key = stage.line("twilio")

    await stage.tell(key, "inbound_stop")
    await stage.tell(key, "no_answer")

    assert twilio.state.messages == []
    assert stage.one(ConsentRow).word == "stop"
    follow_up = stage.one(FollowUp)
    crosses = [step for step in follow_up.trace if step["passed"] is False]
    assert follow_up.state == "suppressed"
    assert crosses[0]["key"] == follow_up.reason


async def test_a_withheld_caller_is_counted_and_left_alone(stage: Stage, twilio: Running) -> None:
    stage.rule()
    key = stage.line("twilio")

    await stage.tell(key, "withheld")

    assert stage.one(Call).identity == "withheld"
    assert stage.one(FollowUp).reason == "withheld"
    assert stage.one(Missed).caller == ""
    assert twilio.state.messages == []


async def test_in_the_night_of_the_caller_the_text_waits(stage: Stage, twilio: Running) -> None:
    stage.rule(wait={"seconds": 0, "quiet_hours": "00:00-23:59"})
    key = stage.line("twilio")

    await stage.tell(key, "no_answer")

    follow_up = stage.one(FollowUp)
    assert follow_up.state == "waiting"
    assert follow_up.due_at > now()
    assert twilio.state.messages == []


async def test_where_texts_cannot_go_a_mail_does(
    stage: Stage, twilio: Running, post_office: Running
) -> None:
    stage.rule()
    stage.person("Anna Example", "+442079460123", emails=["anna@example.com"])
    key = stage.line("twilio")

    await stage.tell(key, "no_answer", caller="+442079460123")

    assert [mail.recipient for mail in post_office.state.messages] == ["anna@example.com"]
    assert stage.one(Message).channel == Channel.EMAIL


async def test_a_refused_text_finds_another_way(
    stage: Stage, twilio: Running, post_office: Running
) -> None:
    stage.rule()
    refused = "+12025550191"
    stage.person("Emma Taylor", refused, emails=["emma@example.com"])
    key = stage.line("twilio")

    await stage.tell(key, "no_answer", caller=refused)

    states = {message.channel: message.status for message in stage.all(Message)}
    assert states == {"sms": "failed", "email": "sent"}


async def test_an_answer_that_never_came_is_looked_up_and_not_sent_again(
    stage: Stage, twilio: Running
) -> None:
    stage.rule()
    key = stage.line("twilio")
    twilio.state.fault = Fault.BROKEN_AFTER

    await stage.tell(key, "no_answer")
    sending = stage.one(Message)
    twilio.state.fault = None
    stage.house.db.write_now(_let_time_pass)
    await stage.work()

    assert sending.status == "sending"
    assert len(twilio.state.messages) == 1
    assert stage.one(Message).status == "accepted"


async def test_a_vendor_who_asks_to_slow_down_is_asked_again_later(
    stage: Stage, twilio: Running
) -> None:
    stage.rule()
    key = stage.line("twilio")
    twilio.state.fault = Fault.LIMITED

    await stage.tell(key, "no_answer")
    twilio.state.fault = None
    stage.house.db.write_now(_let_time_pass)
    await stage.work()

    assert len(twilio.state.messages) == 1
    assert stage.one(Message).status == "accepted"


async def test_a_known_callers_call_is_written_into_the_phone_book_once(stage: Stage) -> None:
    stage.person("Emma Taylor", "+12025550142")
    key = stage.line("twilio")
    sends = stage.sends(key, "answered")

    for send in [*sends, *sends]:
        await stage.post(send)
        await stage.work()

    call = stage.one(Call)
    assert (call.identity, call.outcome) == ("known", "answered")
    assert stage.one(Activity).ref == call.id
    assert stage.one(RemoteRef).state == "written"


async def test_calling_back_closes_the_entry(stage: Stage) -> None:
    key = stage.line("twilio")

    await stage.tell(key, "no_answer")
    before = stage.one(Missed)
    await stage.tell(key, "outbound")

    assert before.open
    assert (stage.one(Missed).open, stage.one(Missed).handled_how) == (None, "called_back")


def _let_time_pass(work: Work) -> None:
    """As if an hour had gone by for all that waits."""
    hour = timedelta(hours=1)
    for job in work.session.scalars(select(Job).where(Job.state == "ready")):
        job.due_at = job.due_at - hour
    for message in work.session.scalars(select(Message).where(Message.tried_at.is_not(None))):
        message.tried_at = (message.tried_at or now()) - hour


async def test_a_connection_whose_password_is_wrong_says_so(stage: Stage, twilio: Running) -> None:
    stage.rule()
    twilio.state.auth_token = "another"  # type: ignore[attr-defined] # the vendor changed it
    key = stage.line("twilio")

    await stage.tell(key, "no_answer")

    (row,) = [row for row in stage.all(Connection) if row.system == "twilio"]
    assert (row.state, stage.one(Message).status) == ("trouble", "failed")
    assert row.trouble


@pytest.mark.parametrize(
    ("second", "reasons"), [("busy", {"", "other_reason"}), ("no_answer", {"called_again", ""})]
)
async def test_only_a_later_call_that_has_its_own_turn_takes_that_of_the_first(
    stage: Stage, twilio: Running, second: str, reasons: set[str]
) -> None:
    stage.rule(**{"if": {"reasons": ["no_answer"]}})
    key = stage.line("twilio")

    for story, token, ago in (("no_answer", "first", 2), (second, "second", 1)):
        for send in stage.sends(key, story, token=token, now=now() - timedelta(minutes=ago)):
            await stage.post(send)
    await stage.work()

    assert {row.reason or "" for row in stage.all(FollowUp)} == reasons
    assert len(twilio.state.messages) == 1


async def test_a_later_call_of_a_line_that_the_rule_is_not_about_takes_no_turn(
    stage: Stage, twilio: Running
) -> None:
    ours, other = stage.line("twilio"), stage.line("twilio")
    stage.rule(**{"if": {"lines": [stage.facts(ours).id]}})

    for key, token, ago in ((ours, "first", 2), (other, "second", 1)):
        began = now() - timedelta(minutes=ago)
        for send in stage.sends(key, "no_answer", token=token, now=began):
            await stage.post(send)
    await stage.work()

    assert {row.reason or "" for row in stage.all(FollowUp)} == {"", "other_line"}
    assert len(twilio.state.messages) == 1
