"""Makes load: wrk where it is installed, else our own client; a fixed rate is always our own."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

WRK = shutil.which("wrk")
MAKER = "wrk" if WRK else "bench/load.py"
"""Who makes the load of `flood`."""

SCRIPT = Path(__file__).parent / "load.lua"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measurement; times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def percentile(times: Sequence[float], share: float) -> float:
    """The value below which *share* of *times* lie; raises ValueError when there are none."""
    if not times:
        raise ValueError("nothing was measured: no answer came")
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def flood(url: str, requests: Sequence[bytes], *, connections: int, seconds: float) -> Point:
    """Send as fast as *connections* at a time allow; all answers must be 2xx."""
    if not WRK:
        return asyncio.run(_Client(url, requests).flood(connections, seconds))
    with NamedTemporaryFile(suffix=".requests") as file:
        for request in requests:
            file.write(b"%d\n%s" % (len(request), request))
        file.flush()
        command = [WRK, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "--latency"]
        done = subprocess.run(
            [*command, "-s", str(SCRIPT), url, "--", file.name],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 30,
        )
    return _point(json.loads(done.stdout.strip().splitlines()[-1]))


def _point(said: dict[str, float]) -> Point:
    if said["refused"] or said["broken"]:
        raise RuntimeError(f"{said['refused']} answers were no 2xx, {said['broken']} broke off")
    names = ("seconds", "p50", "p99")
    return Point(requests=int(said["requests"]), **{name: said[name] for name in names})


def steady(url: str, requests: Sequence[bytes], *, rate: float, seconds: float) -> Point:
    """Send *rate* a second, whether or not earlier ones were answered."""
    return asyncio.run(_Client(url, requests).steady(rate, seconds))


class _Connection(asyncio.Protocol):
    """One request at a time over a kept connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - says so to mypy
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head) and self._answer and not self._answer.done():
            self._heard = b""
            self._answer.set_result(head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    async def ask(self, request: bytes) -> bytes:
        """Send *request*; gives the head of the answer."""
        if self._transport is None:
            raise ConnectionError("not connected")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await asyncio.wait_for(self._answer, 30)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


@dataclass(slots=True)
class _Client:
    url: str
    requests: Sequence[bytes]
    times: list[float] = field(default_factory=list)

    async def flood(self, connections: int, seconds: float) -> Point:
        began, supply = time.perf_counter(), self._supply()
        await asyncio.gather(*(self._keep_on(supply, began + seconds) for _ in range(connections)))
        return self._point(time.perf_counter() - began)

    async def steady(self, rate: float, seconds: float) -> Point:
        idle: asyncio.Queue[_Connection] = asyncio.Queue()
        opened = [await self._connect() for _ in range(64)]
        for connection in opened:
            idle.put_nowait(connection)
        began, supply = time.perf_counter(), self._supply()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                due = began + number / rate
                await asyncio.sleep(max(0, due - time.perf_counter()))
                tasks.create_task(self._once(idle, next(supply), due))
        took = time.perf_counter() - began
        for connection in opened:
            connection.close()
        return self._point(took)

    def _supply(self) -> Iterator[bytes]:
        while True:
            yield from self.requests

    async def _connect(self) -> _Connection:
        host, _, port = urlsplit(self.url).netloc.partition(":")
        _, connection = await asyncio.get_running_loop().create_connection(
            _Connection, host, int(port)
        )
        return connection

    async def _keep_on(self, supply: Iterator[bytes], end: float) -> None:
        connection = await self._connect()
        while (sent := time.perf_counter()) < end:
            await self._ask(connection, next(supply), sent)
        connection.close()

    async def _once(self, idle: asyncio.Queue[_Connection], request: bytes, due: float) -> None:
        """Timed from the moment when it was due: waiting for a free connection counts."""
        connection = await idle.get()
        await self._ask(connection, request, due)
        idle.put_nowait(connection)

    async def _ask(self, connection: _Connection, request: bytes, since: float) -> None:
        head = await connection.ask(request)
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"the server said {head.splitlines()[0]!r}")
        self.times.append((time.perf_counter() - since) * 1e3)

    def _point(self, seconds: float) -> Point:
        return Point(
            requests=len(self.times),
            seconds=seconds,
            p50=percentile(self.times, 0.5),
            p99=percentile(self.times, 0.99),
        )
