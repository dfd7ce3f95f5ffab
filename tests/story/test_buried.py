"""A job that nobody will try again says so where a person looks."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from hub.contract.twins import Fault, Running
from hub.db import Work
from hub.jobs.recordings import store
from hub.models import Job, Recording, now
from hub.queue import TRIES
from hub.testing.stage import Stage, stage_on


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


async def test_a_place_for_recordings_that_does_not_work_is_named_beside_them(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        stage_on(database_url, tmp_path, recordings_url="az://recordings") as stage,
        stage.vendor("twilio") as twilio,
    ):
        await stage.tell(stage.line("twilio"), "recording", media_url=twilio.media_url)
        recording = stage.one(Recording)

    assert recording.error.startswith("recordings cannot be kept: ")
    assert recording.error.endswith("see HUB_RECORDINGS_URL")


def test_a_folder_for_recordings_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "on a" / "disk"

    store(folder.as_uri()).put("one.mp3", b"sound")

    assert (folder / "one.mp3").read_bytes() == b"sound"
