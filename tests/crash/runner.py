"""Runs the hub's jobs in processes of their own, which die where they are told to.

Reads one number a line: 0 runs all that is due; N > 0 does so and kills the process, without any
goodbye, before the N-th statement of the files that are watched; -1 lists those statements. Each
run is a fork of this process, which has loaded everything and opened nothing. Answers with one
line of JSON.
"""

import asyncio
import itertools
import json
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.orm import configure_mappers

from hub import jobs, registry
from hub.house import build
from hub.settings import Settings

ROOT = str(Path(jobs.__file__).parents[2]) + "/"
WATCHED = tuple(
    ROOT + name
    for name in (
        "hub/queue.py",
        "hub/db.py",
        "hub/flow/messages.py",
        "hub/jobs/followups.py",
        "hub/jobs/send.py",
        "connectors/twilio/client.py",
        "connectors/twilio/wire.py",
    )
)
KILLED = 9


def watch(reached: Callable[[FrameType], None]) -> None:
    """Call *reached* before each statement of the watched files, in every thread."""

    def step(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            reached(frame)
        return step

    def enter(frame: FrameType, _event: str, _: Any) -> Any:
        return step if frame.f_code.co_filename in WATCHED else None

    threading.settrace(enter)
    sys.settrace(enter)


def die_at(point: int) -> Callable[[FrameType], None]:
    seen = itertools.count(1)

    def reached(_: FrameType) -> None:
        if next(seen) == point:
            os._exit(KILLED)

    return reached


async def work() -> None:
    """What a hub does that starts now, until nothing is due."""
    house = build(Settings())
    await house.db.write(jobs.take_back)
    await house.queue.drain(jobs.handlers(house, jobs.doors(house)))


def run(point: int, out: int) -> None:
    """The life of one fork; never comes back."""
    listed: list[str] = []
    if point > 0:
        watch(die_at(point))
    elif point < 0:
        watch(lambda frame: listed.append(frame.f_code.co_filename.removeprefix(ROOT)))
    try:
        asyncio.run(work())
    finally:
        sys.settrace(None)
        threading.settrace(None)
        os.write(out, json.dumps(listed).encode())
        os._exit(0 if sys.exc_info()[0] is None else 1)


def fork(point: int) -> dict[str, Any]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        run(point, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    listed = json.loads(told) if told else []
    return {"code": os.waitstatus_to_exitcode(status), "statements": listed}


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    registry.webhooks()
    registry.connectors()
    configure_mappers()
    import_module("connectors.twilio.wire")  # the SDK takes longest

    tell("ready")
    for line in sys.stdin:
        tell(json.dumps(fork(int(line))))


if __name__ == "__main__":
    main()
