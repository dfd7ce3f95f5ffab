"""What is due and not done is found again, and what nobody can do is said."""

import os
from datetime import timedelta

from sqlalchemy import delete, update

from hub import jobs
from hub.contract.events import Channel, Direction, MessageStatus
from hub.db import Work
from hub.jobs.upkeep import upkeep
from hub.models import (
    Call,
    Connection,
    Contact,
    FollowUp,
    Import,
    Job,
    Message,
    Missed,
    new_id,
    now,
)
from hub.queue import TRIES, put
from hub.testing.stage import Stage


async def test_a_call_that_never_ends_is_closed_and_its_real_end_still_counts(
    stage: Stage,
) -> None:
    key = stage.line("twilio")
    sends = stage.sends(key, "no_answer")
    await stage.post(sends[0])
    long_ago = now() - timedelta(hours=stage.house.settings.lost_end_hours + 1)
    stage.house.db.write_now(lambda work: _run(work, update(Call).values(started_at=long_ago)))

    await upkeep(stage.house)
    await upkeep(stage.house)
    await stage.work()
    closed = stage.one(Call)
    for send in sends[1:]:
        await stage.post(send)
    await stage.work()

    assert (closed.phase, closed.ending) == ("ended", "lost_end")
    assert closed.settled_at is not None
    assert stage.one(Call).ending != "lost_end"
    assert stage.one(Missed).count == 1


async def test_an_ended_call_whose_job_is_lost_is_settled_all_the_same(stage: Stage) -> None:
    key = stage.line("twilio")
    for send in stage.sends(key, "no_answer"):
        await stage.post(send)
    stage.house.db.write_now(lambda work: _run(work, delete(Job)))

    await upkeep(stage.house)
    await stage.work()

    assert stage.one(Call).settled_at is not None
    assert stage.one(Missed).count == 1


async def test_half_an_import_is_swept_out(stage: Stage) -> None:
    person = stage.person("Ada Half", "+12025550142")
    run = Import(
        workspace_id=stage.workspace_id,
        id=new_id(),
        file_name="people.csv",
        state="running",
        started_at=now() - timedelta(hours=2),
    )
    whole = stage.person("Bob Whole", "+12025550143")
    id_ = run.id
    stage.add(run)
    half = update(Contact).where(Contact.id == person).values(staged=id_)
    stage.house.db.write_now(lambda work: _run(work, half))

    await upkeep(stage.house)

    swept = stage.one(Import)
    assert [row.id for row in stage.all(Contact)] == [whole]
    assert swept.state == "failed"
    assert "start it again" in swept.error


async def test_what_ran_when_the_only_process_died_is_free_at_its_start(stage: Stage) -> None:
    stage.house.db.write_now(put, stage.workspace_id, "greet", "k")
    held = update(Job).values(state="running", lease_until=now() + timedelta(seconds=30))
    stage.house.db.write_now(lambda work: _run(work, held))

    await stage.house.db.write(jobs.take_back)

    expected = "ready" if stage.house.db.url.startswith("sqlite") else "running"
    assert stage.one(Job).state == expected


# --- A message that nobody can send -------------------------------------------------------------


def text_by(stage: Stage, system: str, status: MessageStatus = MessageStatus.QUEUED) -> None:
    (connection,) = (row for row in stage.all(Connection) if row.system == system)
    message = Message(
        workspace_id=stage.workspace_id,
        id=new_id(),
        direction=Direction.OUTBOUND,
        channel=Channel.SMS,
        status=status,
        sender="+12025550100",
        recipient="+12025550142",
        text="Sorry",
        connection_id=connection.id,
        tried_at=now() - timedelta(hours=1),
    )
    id_ = message.id
    stage.add(message)
    stage.house.db.write_now(put, stage.workspace_id, "send", id_)


def remove(work: Work) -> None:
    _run(work, update(Connection).where(Connection.system == "twilio").values(disabled_at=now()))


async def test_a_text_whose_connection_was_removed_fails_in_the_open(stage: Stage) -> None:
    async with stage.vendor("twilio") as twilio:
        text_by(stage, "twilio")
        stage.house.db.write_now(remove)
        await stage.work()

        assert twilio.state.messages == []
    message = stage.one(Message)
    assert message.status == "failed"
    assert "removed" in message.reason
    assert stage.one(Job).state == "done"


async def test_a_text_that_may_have_left_through_a_removed_connection_asks_a_person(
    stage: Stage,
) -> None:
    async with stage.vendor("twilio"):
        text_by(stage, "twilio", MessageStatus.SENDING)
        stage.house.db.write_now(remove)
        await stage.work()

    message = stage.one(Message)
    assert message.status == "unknown"
    assert "removed" in message.reason


async def test_a_text_that_was_tried_for_too_long_fails_in_the_open(stage: Stage) -> None:
    async with stage.vendor("twilio"):
        text_by(stage, "twilio")
    tired = update(Job).values(attempts=TRIES - 1)
    stage.house.db.write_now(lambda work: _run(work, tired))

    await stage.work()

    message = stage.one(Message)
    assert stage.one(Job).state == "dead"
    assert message.status == "failed"
    assert message.reason.startswith("gave up")


async def test_a_follow_up_whose_text_was_given_up_finds_another_way(stage: Stage) -> None:
    stage.rule()
    stage.person("Emma Taylor", "+12025550142", emails=["emma@example.com"])
    key = stage.line("twilio")
    async with stage.vendor("smtp") as post_office:
        async with stage.vendor("twilio"):
            for send in stage.sends(key, "no_answer"):
                await stage.post(send)
            await _one_round(stage, "settle", "follow_up")
            stage.house.db.write_now(remove)
        await stage.work()

        assert [mail.recipient for mail in post_office.state.messages] == ["emma@example.com"]
    assert {row.channel: row.status for row in stage.all(Message)} == {
        "sms": "failed",
        "email": "sent",
    }
    assert stage.one(FollowUp).state == "sent"


async def _one_round(stage: Stage, *kinds: str) -> None:
    handlers = jobs.handlers(stage.house, stage.doors)
    await stage.house.queue.drain({kind: handlers[kind] for kind in kinds})


def _run(work: Work, statement: object) -> None:
    work.session.execute(statement)  # type: ignore[call-overload] # any statement


async def test_a_file_whose_columns_nobody_matched_is_thrown_away(stage: Stage) -> None:
    uploads = stage.house.settings.data_dir / "uploads"
    uploads.mkdir(parents=True)
    old, fresh = uploads / "old", uploads / "fresh"
    for path in (old, fresh):
        path.write_text("name,phone")
    long_ago = (now() - timedelta(hours=2)).timestamp()
    os.utime(old, (long_ago, long_ago))

    await upkeep(stage.house)

    assert [path.name for path in uploads.iterdir()] == ["fresh"]
