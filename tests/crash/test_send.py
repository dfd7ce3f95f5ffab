"""A process that dies between any two statements of a send never makes the vendor send twice."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from hub.contract.events import Channel, Direction, MessageStatus
from hub.contract.twins import Fault, Running
from hub.models import Connection, FollowUp, Job, Message, new_id
from hub.queue import put
from hub.testing.stage import Stage

Run = Callable[[int], Awaitable[tuple[int, list[str]]]]
Recover = Callable[[], Awaitable[None]]
SEND = "hub/jobs/send.py"
SENT = {MessageStatus.ACCEPTED, MessageStatus.SENT}


def queue_text(stage: Stage, recipient: str) -> str:
    """A text that is decided and not yet tried; gives its id."""
    (connection,) = (row for row in stage.all(Connection) if row.system == "twilio")
    message = Message(
        workspace_id=stage.workspace_id,
        id=new_id(),
        direction=Direction.OUTBOUND,
        channel=Channel.SMS,
        status=MessageStatus.QUEUED,
        sender="+12025550100",
        recipient=recipient,
        text=f"Sorry that we missed your call, {recipient}",
        connection_id=connection.id,
    )
    id_ = message.id
    stage.add(message)
    stage.house.db.write_now(put, stage.workspace_id, "send", id_)
    return id_


async def statements(stage: Stage, run: Run) -> list[str]:
    """The files of all statements that one send runs through, in order."""
    queue_text(stage, "+12025550150")
    found = (await run(-1))[1]
    assert SEND in found
    return found


def points(listed: list[str], others: int) -> list[int]:
    """Before each statement of the send itself, and before *others* of those around it."""
    within = [at for at, name in enumerate(listed, 1) if name == SEND]
    around = [at for at, name in enumerate(listed, 1) if name != SEND]
    return sorted(within + random.sample(around, min(others, len(around))))


@pytest.mark.timeout(300)
async def test_a_kill_before_any_statement_of_a_send_makes_no_second_text(
    stage: Stage, twilio: Running, run: Run, recover: Recover
) -> None:
    listed = await statements(stage, run)
    sent = {"+12025550150": 1}
    deaths = 0

    chosen = points(listed, 20)
    if not stage.house.db.url.startswith("sqlite"):  # a process starts slowly there: every fourth
        chosen = chosen[random.randrange(4) :: 4]  # noqa: S311 - a sample, no secret

    for number, point in enumerate(chosen):
        recipient = f"+44207946{number:04}"
        queue_text(stage, recipient)
        deaths += (await run(point))[0] == 9
        await recover()
        sent[recipient] = 1

    assert deaths > 0.9 * (len(sent) - 1)
    assert Counter(message.recipient for message in twilio.state.messages) == sent
    assert {message.status for message in stage.all(Message)} <= SENT
    assert {job.state for job in stage.all(Job)} == {"done"}


@pytest.mark.parametrize("fault", [Fault.BROKEN_AFTER, Fault.SLOW, Fault.LIMITED, Fault.BROKEN])
async def test_a_kill_on_a_bad_day_of_the_vendors_makes_no_second_text(
    stage: Stage, twilio: Running, run: Run, recover: Recover, fault: Fault
) -> None:
    listed = await statements(stage, run)
    chosen = random.sample(points(listed, 0), 6)

    for number, point in enumerate([*chosen, 100_000]):
        queue_text(stage, f"+44207946{number:04}")
        twilio.state.fault = fault
        await run(point)
        twilio.state.fault = None
        await recover()

    assert set(Counter(message.recipient for message in twilio.state.messages).values()) == {1}
    assert len(twilio.state.messages) == len(chosen) + 2
    assert {message.status for message in stage.all(Message)} <= SENT


async def test_a_kill_on_the_way_from_a_missed_call_to_its_text_makes_no_second_text(
    stage: Stage, twilio: Running, run: Run, recover: Recover
) -> None:
    stage.rule()
    key = stage.line("twilio")
    first = "+12025550142"
    for send in stage.sends(key, "no_answer", caller=first):
        await stage.post(send)
    listed = (await run(-1))[1]

    for number, point in enumerate(random.sample(range(1, len(listed)), 10)):
        for send in stage.sends(key, "no_answer", caller=f"+12025550{143 + number}"):
            await stage.post(send)
        await run(point)
        await recover()

    assert sorted(message.recipient for message in twilio.state.messages) == [
        f"+12025550{142 + number}" for number in range(11)
    ]
    assert {row.state for row in stage.all(FollowUp)} == {"sent"}
    assert {message.status for message in stage.all(Message)} <= SENT
