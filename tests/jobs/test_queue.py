"""The job table: done once, held by a lease, tried again, given up in the open."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.contract.errors import RemoteLimited, RemoteUnavailable
from hub.db import Work
from hub.models import Attempt, Job, now
from hub.queue import LEASE, TRIES, Claimed, Handler, Later, put, put_again
from hub.testing.stage import Stage


def asked(stage: Stage, key: str = "k", **due: object) -> None:
    """Put a job."""
    given: dict[str, object] = {"kind": "greet", "key": key, **due}
    stage.house.db.write_now(lambda work: put(work, stage.workspace_id, **given))  # type: ignore[arg-type] # as put names them


def change(stage: Stage, **values: object) -> None:
    """Write into all jobs, as time or another runner would."""

    def write(work: Work) -> None:
        work.session.execute(update(Job).values(values))

    stage.house.db.write_now(write)


def doing(function: Callable[[Claimed], object]) -> dict[str, Handler]:
    """The handlers of a runner that does *function*."""

    async def handle(job: Claimed) -> None:
        function(job)

    return {"greet": handle}


def raising(error: Exception) -> dict[str, Handler]:
    def fail(_: Claimed) -> None:
        raise error

    return doing(fail)


async def test_a_job_is_done_once_however_often_it_is_put(stage: Stage) -> None:
    done: list[str] = []

    for _ in range(3):
        asked(stage)
        await stage.house.queue.drain(doing(lambda job: done.append(job.key)))

    assert done == ["k"]
    assert stage.one(Job).state == "done"


async def test_a_job_that_is_not_due_waits(stage: Stage) -> None:
    asked(stage, due=now() + timedelta(hours=1))

    ran = await stage.house.queue.drain(doing(lambda _: None))

    assert ran == 0
    assert stage.one(Job).state == "ready"


async def test_a_lease_that_ran_out_is_taken_over(stage: Stage) -> None:
    asked(stage)
    seen: list[int] = []
    past = now() - timedelta(seconds=1)

    change(stage, state="running", lease_owner="dead", lease_until=now() + LEASE, attempts=1)
    before = await stage.house.queue.drain(doing(lambda job: seen.append(job.attempts)))
    change(stage, lease_until=past)
    after = await stage.house.queue.drain(doing(lambda job: seen.append(job.attempts)))

    assert (before, after) == (0, 1)
    assert seen == [2]


async def test_a_runner_that_lost_its_lease_cannot_write_the_end(stage: Stage) -> None:
    asked(stage)

    def lose(_: Claimed) -> None:
        change(stage, lease_owner="another", lease_until=now() + LEASE)
        raise RuntimeError("too late")

    await stage.house.queue.drain(doing(lose))

    job = stage.one(Job)
    assert (job.state, job.lease_owner, job.error) == ("running", "another", "")
    assert stage.all(Attempt) == []


async def test_a_job_that_is_moved_while_it_runs_runs_again(stage: Stage) -> None:
    """By the same runner, too: its two claims are two."""
    asked(stage)
    release, ran = asyncio.Event(), 0

    async def handle(_: Claimed) -> None:
        nonlocal ran
        ran += 1
        if ran == 1:
            stage.house.db.write_now(put_again, stage.workspace_id, "greet", "k")
            stage.house.queue.ring()
            await release.wait()
        else:
            release.set()
            await asyncio.sleep(0.2)  # the first has come to its end meanwhile
            raise Later(now() + timedelta(hours=1))

    runner = asyncio.create_task(stage.house.queue.run({"greet": handle}, sweep=0.02))
    await asyncio.sleep(0.6)
    runner.cancel()
    await asyncio.wait([runner])

    assert ran == 2
    assert stage.one(Job).state == "ready"


@pytest.mark.parametrize("attempts", [1, 3, 6, 11])
async def test_a_vendor_who_is_away_is_tried_again_later_and_later(
    stage: Stage, attempts: int
) -> None:
    asked(stage)
    change(stage, attempts=attempts - 1)
    at = now()

    await stage.house.queue.drain(raising(RemoteUnavailable("away")))

    job = stage.one(Job)
    ceiling = min(3600, 2 ** (attempts - 1))
    assert job.state == "ready"
    assert ceiling / 2 <= (job.due_at - at).total_seconds() <= ceiling + 2
    assert stage.one(Attempt).error == "away"


async def test_a_vendor_who_says_when_is_believed(stage: Stage) -> None:
    asked(stage)
    at = now()

    await stage.house.queue.drain(raising(RemoteLimited("slowly", retry_after=77)))

    assert 77 <= (stage.one(Job).due_at - at).total_seconds() <= 79


async def test_a_job_that_fails_for_ever_is_a_dead_letter_with_its_reasons(stage: Stage) -> None:
    asked(stage)

    for _ in range(TRIES + 2):
        await stage.house.queue.drain(raising(RuntimeError("no")))
        change(stage, due_at=now())

    job = stage.one(Job)
    assert (job.state, job.attempts, job.error) == ("dead", TRIES, "RuntimeError: no")
    assert [row.number for row in stage.all(Attempt)] == list(range(1, TRIES + 1))


async def test_a_job_that_kills_whoever_runs_it_is_given_up(stage: Stage) -> None:
    asked(stage)
    ran: list[str] = []
    change(stage, attempts=TRIES, state="running", lease_until=now() - LEASE)

    await stage.house.queue.drain(doing(lambda job: ran.append(job.key)))

    assert stage.one(Job).state == "dead"
    assert ran == []


async def test_a_dead_letter_is_told_to_its_handler_in_the_same_transaction(stage: Stage) -> None:
    class Mourner:
        async def __call__(self, _: Claimed) -> None:
            raise RuntimeError("no")

        def buried(self, work: Work, job: Claimed, error: str) -> None:
            put(work, job.workspace_id, "mourn", f"{job.key}: {error}")

    asked(stage)
    change(stage, attempts=TRIES - 1)

    await stage.house.queue.drain({"greet": Mourner()})

    assert {job.kind: job.state for job in stage.all(Job)} == {"greet": "dead", "mourn": "ready"}


async def test_asking_for_later_costs_no_try_and_starves_nobody(stage: Stage) -> None:
    asked(stage, "patient")
    order: list[str] = []

    def handle(job: Claimed) -> None:
        order.append(job.key)
        if order.count("patient") == 1:
            asked(stage, "other")
        if job.key == "patient" and "other" not in order:
            raise Later(now() - timedelta(days=1))

    await stage.house.queue.drain(doing(handle))

    assert order[-1] == "patient" or order[-2] == "patient"
    assert "other" in order
    assert {job.attempts for job in stage.all(Job)} == {1}
    assert stage.all(Attempt) == []


async def test_a_job_starts_when_its_transaction_is_true(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    started: list[float] = []
    runner = asyncio.create_task(
        stage.house.queue.run(doing(lambda _: started.append(time.perf_counter())), sweep=30)
    )
    await asyncio.sleep(0.2)

    committed = []
    for number in range(5):
        await stage.house.db.write(put, stage.workspace_id, "greet", str(number))
        committed.append(time.perf_counter())
        await asyncio.sleep(0.1)
    runner.cancel()
    await asyncio.wait([runner])

    waits = [start - commit for start, commit in zip(started, committed, strict=True)]
    record_property("milliseconds from commit to start", [round(1000 * wait) for wait in waits])
    assert max(waits) < 5


async def test_a_sweep_finds_what_nobody_rang_for(stage: Stage) -> None:
    done = asyncio.Event()
    runner = asyncio.create_task(stage.house.queue.run(doing(lambda _: done.set()), sweep=0.05))
    await asyncio.sleep(0.1)

    row = Job(workspace_id=stage.workspace_id, kind="greet", key="quiet", due_at=now())
    await asyncio.to_thread(stage.add, row)  # as another process would: no bell rings here
    await asyncio.wait_for(done.wait(), 5)
    runner.cancel()
    await asyncio.wait([runner])

    assert done.is_set()


async def test_a_runner_that_is_stopped_leaves_what_it_holds_to_the_next(stage: Stage) -> None:
    asked(stage)
    began, cut = asyncio.Event(), asyncio.Event()

    async def hang(_: Claimed) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            cut.set()

    runner = asyncio.create_task(stage.house.queue.run({"greet": hang}, patience=0.05))
    await began.wait()
    runner.cancel()
    await asyncio.wait([runner])

    job = stage.one(Job)
    assert cut.is_set()
    assert (job.state, job.attempts) == ("running", 1)
    assert job.lease_until is not None


async def test_two_runners_never_hold_the_same_job(stage: Stage) -> None:
    for number in range(60):
        asked(stage, str(number))
    done: list[str] = []

    async def handle(job: Claimed) -> None:
        await asyncio.sleep(0.001)
        done.append(job.key)

    await asyncio.gather(*(stage.house.queue.drain({"greet": handle}) for _ in range(3)))

    assert sorted(done, key=int) == [str(number) for number in range(60)]
