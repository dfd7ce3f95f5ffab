"""From a signed webhook to its answer after the commit, beside what the server can do at most."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from bench.load import Point, flood, steady
from bench.results import Row
from bench.stage import HOOK, references, stage
from bench.stories import callbacks

DATABASES = ("sqlite", "postgresql")
CONNECTIONS = (64, 8, 1)
QUICK = {"runs": 1, "seconds": 1.0}
FULL = {"runs": 3, "seconds": 3.0}
STEADY = 500
AT_MOST = 8_000
"""Webhooks a second that are prepared for a hub: each is sent once."""


def measure(*, runs: int, seconds: float) -> Iterator[Row]:
    """Each round asks everybody in turn, so that a ratio compares neighbours in time."""
    with ExitStack() as stack:
        reference = stack.enter_context(references())
        hubs = {
            f"hub, {name}": stack.enter_context(stack.enter_context(stage(name)).served())
            for name in DATABASES
        }
        for connections in CONNECTIONS:
            for _ in range(runs):
                yield from _round(reference, hubs, connections, seconds)
        for _ in range(runs):
            for name, address in hubs.items():
                requests = callbacks(int(STEADY * seconds))
                point = steady(address, requests, rate=STEADY, seconds=seconds)
                yield _row(f"webhook, {STEADY} a second", name, point)


def _round(
    reference: str, hubs: Mapping[str, str], connections: int, seconds: float
) -> Iterator[Row]:
    what = f"webhook, {connections} connections"
    most = None
    for path in ("/bare", "/ceiling"):
        requests = callbacks(2_000, path)
        most = flood(reference + path, requests, connections=connections, seconds=seconds)
        yield _row(what, path[1:], most)
    for name, address in hubs.items():
        requests = callbacks(int(AT_MOST * seconds))
        point = flood(address + HOOK, requests, connections=connections, seconds=seconds)
        yield _row(what, name, point, most)


def _row(what: str, subject: str, point: Point, most: Point | None = None) -> Row:
    return Row(
        what=what,
        subject=subject,
        rate=point.rate,
        ratio=point.rate / most.rate if most else None,
        p50=point.p50,
        p99=point.p99,
    )
