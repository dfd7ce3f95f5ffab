"""A job that nobody will try again says so where a person looks."""

from datetime import timedelta

from sqlalchemy import select

from hub.contract.twins import Fault, Running
from hub.db import Work
from hub.models import Job, Recording, now
from hub.queue import TRIES
from hub.testing.stage import Stage


async def test_a_recording_that_never_comes_says_why(stage: Stage, twilio: Running) -> None:
    twilio.state.fault = Fault.BROKEN
    key = stage.line("twilio")
    media = twilio.media_url

    await stage.tell(key, "recording", media_url=media)
    for _ in range(TRIES):
        stage.house.db.write_now(_hurry)
        await stage.work()

    recording = stage.one(Recording)
    assert recording.path is None
    assert recording.error.startswith("gave up: ")
    assert {job.state for job in stage.all(Job) if job.kind == "fetch"} == {"dead"}


def _hurry(work: Work) -> None:
    for job in work.session.scalars(select(Job).where(Job.state == "ready")):
        job.due_at = now() - timedelta(seconds=1)
