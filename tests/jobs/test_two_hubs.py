"""Two hubs on one database, as on two machines: what both could do is done once."""

import asyncio

from hub import jobs
from hub.house import build
from hub.models import Call, Job, Message, Missed
from hub.testing.stage import Stage


async def test_one_caller_with_many_calls_gets_one_text_of_two_hubs(stage: Stage) -> None:
    stage.rule()
    key = stage.line("twilio")
    other = build(stage.house.settings)
    doors = jobs.doors(other)
    async with stage.vendor("twilio") as twilio:
        for _ in range(10):
            for send in stage.sends(key, "no_answer", caller="+12025550142"):
                await stage.post(send)
        for _ in range(3):  # what one of them makes due, the other may not see at once
            await asyncio.gather(
                stage.house.queue.drain(jobs.handlers(stage.house, stage.doors)),
                other.queue.drain(jobs.handlers(other, doors)),
            )
        sent = [message.recipient for message in twilio.state.messages]
    await doors.close()
    await other.db.close()

    assert {job.state for job in stage.all(Job)} == {"done"}
    assert len(stage.all(Call)) == 10
    assert stage.one(Missed).count == 10
    assert sent == ["+12025550142"]
    assert [row.status for row in stage.all(Message) if row.status != "canceled"] == ["accepted"]
