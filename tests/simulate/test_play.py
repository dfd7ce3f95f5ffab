import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import hub.simulate
from hub.contract.errors import BadSignature, HubError, RemoteUnavailable
from hub.contract.scenarios import Cast, Send
from hub.contract.webhooks import RawRequest
from hub.simulate import cast_for, play, simulate, tell
from webhooks import generic

PUBLIC = "https://hub.example/hooks/generic/k1"
TO_NOBODY = {"content-type": "text/plain"}


@dataclass
class Door:
    """A hub's door: it verifies and parses, and notes down what came."""

    cast: Cast
    url: str = ""
    came: list[str] = field(default_factory=list)

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        request = RawRequest(
            method=method,
            url=f"https://hub.example{path}",
            headers=headers,
            body=body,
            received_at=self.cast.now,
        )
        try:
            generic.verify(request, self.cast.secrets)
            self.came.append(generic.parse(request).id)
        except HubError as error:
            return 403 if isinstance(error, BadSignature) else 400
        return 204


@pytest.fixture
def door() -> Iterator[Door]:
    found = Door(cast=made_up())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(found.take("POST", self.path, headers, body))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def made_up(*, forged: bool = False) -> Cast:
    return cast_for(
        webhook_url=f"{PUBLIC}/",
        secret="another secret" if forged else "a secret",
        called="+12025550100",
        agents=[("alice", "+12025550111"), ("bob", "+12025550112")],
    )


def test_a_story_reaches_the_hub_in_its_order_and_is_believed_there(door: Door) -> None:
    lines: list[str] = []

    result = asyncio.run(
        simulate(
            generic, "voicemail", cast=door.cast, base_url=door.url, speed=0, report=lines.append
        )
    )

    told = [generic.parse(s.request).id for s in tell(generic, "voicemail", door.cast)]
    assert result.ok
    assert door.came == told
    assert [line.split()[-1] for line in lines] == ["204"] * len(told)


def test_a_story_takes_its_own_time_divided_by_the_speed(door: Door) -> None:
    sends = [s for s in tell(generic, "answered", door.cast) if s.at < 10]
    start = time.monotonic()

    asyncio.run(play(sends, base_url=door.url, speed=40, report=door.came.append))

    assert 8 / 40 <= time.monotonic() - start < 5


def test_a_hub_that_refuses_is_reported(door: Door) -> None:
    sends = tell(generic, "inbound_stop", made_up(forged=True))

    result = asyncio.run(play(sends, base_url=door.url, speed=0, report=str))

    assert not result.ok
    assert [answer.status for answer in result.answers] == [403]


def test_what_is_printed_never_shows_the_secret(door: Door) -> None:
    request = RawRequest(
        method="POST",
        url=f"{PUBLIC}/a%20secret?secret=a%20secret",
        headers=TO_NOBODY,
        body=b"{}",
        received_at=door.cast.now,
    )
    lines: list[str] = []

    asyncio.run(
        play([Send(at=0, request=request)], base_url=door.url, speed=0, report=lines.append)
    )

    assert lines == ["    0.0 s  POST /hooks/generic/k1  400"]


def test_without_a_hub_the_cure_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(RemoteUnavailable, match="hub serve"):
            asyncio.run(
                play(tell(generic, "answered", made_up()), base_url=url, speed=0, report=str)
            )


def test_a_hub_that_starts_late_is_waited_for() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    threading.Timer(0.1, answer_once, (port,)).start()
    sends = tell(generic, "inbound_stop", made_up())

    result = asyncio.run(play(sends, base_url=f"http://127.0.0.1:{port}", speed=0, report=str))

    assert result.ok


def answer_once(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(5)
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def test_a_caller_whom_nobody_named_is_fictional_and_every_cast_is_its_own() -> None:
    first, second = made_up(), made_up()

    assert first.caller.startswith("+120255501")
    assert len(first.caller) == len("+12025550142")
    assert first.token != second.token
    assert first.urls("leg/1") == f"{PUBLIC}/leg/1"


def test_the_simulator_offers_what_it_says() -> None:
    assert all(hasattr(hub.simulate, name) for name in hub.simulate.__all__)
