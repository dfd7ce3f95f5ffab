"""Addresses from outside: fetched safely or not at all, and nobody is given another's key."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from hub.contract.errors import Misconfigured, RemoteRefused, RemoteUnavailable
from hub.fetch import Fetched, fetch, is_public, origin

KEY = {"Authorization": "Basic a-key"}
HOSTILE = [
    "http://127.0.0.1/a",
    "http://127.1/a",
    "http://127.0.0.1:8080/a",
    "http://2130706433/a",
    "http://017700000001/a",
    "http://0x7f000001/a",
    "http://0x7f.1/a",
    "http://0177.0.0.1/a",
    "http://127.0.0.1./a",
    "http://localhost/a",
    "http://LOCALHOST/a",
    "http://0/a",
    "http://0.0.0.0/a",
    "http://[::]/a",
    "http://[::1]/a",
    "http://[0:0:0:0:0:0:0:1]/a",
    "http://[::ffff:127.0.0.1]/a",
    "http://[::ffff:7f00:1]/a",
    "http://[::127.0.0.1]/a",
    "http://[::ffff:0:127.0.0.1]/a",
    "http://[2002:7f00:1::]/a",
    "http://[2002:a9fe:a9fe::]/a",
    "http://[64:ff9b::127.0.0.1]/a",
    "http://[64:ff9b::a9fe:a9fe]/a",
    "http://[64:ff9b:1::7f00:1]/a",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/a",
    "http://[2606:4700::5efe:7f00:1]/a",
    "http://[fe80::1]/a",
    "http://[fe80::1%25eth0]/a",
    "http://[fc00::1]/a",
    "http://[fd12:3456::1]/a",
    "http://[fec0::1]/a",
    "http://[ff02::1]/a",
    "http://[2001:db8::1]/a",
    "http://169.254.169.254/latest",
    "http://2852039166/latest",
    "http://0xa9.0xfe.0xa9.0xfe/latest",
    "http://[::ffff:169.254.169.254]/latest",
    "http://10.0.0.1/a",
    "http://172.16.0.1/a",
    "http://172.31.255.255/a",
    "http://192.168.1.1/a",
    "http://100.64.0.1/a",
    "http://100.127.255.254/a",
    "http://192.0.0.1/a",
    "http://192.0.2.1/a",
    "http://198.18.0.1/a",
    "http://198.51.100.1/a",
    "http://203.0.113.1/a",
    "http://224.0.0.1/a",
    "http://240.0.0.1/a",
    "http://255.255.255.255/a",
    "http://public.example@127.0.0.1/a",
    "http://api.vendor.example:x@127.0.0.1/a",
    "http://public.example:80@[::1]/a",
    "http://127.0.0.1#@public.example/a",
    "http://127.0.0.1\\@public.example/a",
    "http://127.0.0.1?@public.example/a",
    "https://127.0.0.1/a",
    "https://[::1]:8443/a",
    "http://1.1.1.1:22/a",
    "http://1.1.1.1:25/a",
    "http://1.1.1.1:6379/a",
    "http://1.1.1.1:0/a",
    "http://1.1.1.1:65536/a",
    "http://1.1.1.1:-1/a",
    "http://1.1.1.1:http/a",
    "ftp://1.1.1.1/a",
    "file:///etc/passwd",
    "gopher://1.1.1.1/a",
    "data:audio/wav;base64,AAAA",
    "javascript:alert(1)",
    "//127.0.0.1/a",
    "/a",
    "http:///a",
    "http://",
    "http:127.0.0.1",
    "http://[::1/a",
    "http://[127.0.0.1]/a",
    "http://[::g]/a",
    "http://１２７.0.0.1/a",
    "http://①②⑦.0.0.1/a",
    "http://127。0。0。1/a",
    "http://%31%32%37.0.0.1/a",
    "http://a..b/a",
    "http://.../a",
]


async def got(url: str, **changes: object) -> Fetched:
    given: dict[str, object] = {"headers": KEY, "trusted": (), "most": 1000, "timeout": 5}
    return await fetch(url, **given | changes)  # type: ignore[arg-type] # as fetch names them


@pytest.mark.parametrize("url", [*HOSTILE, f"http://{'a' * 64}/a", "http://a\x00b/", "", "\x00"])
async def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(RemoteRefused):
        await got(url)


@given(st.text(max_size=40) | st.from_regex(r"https?://[^/]{0,20}/", fullmatch=True))
def test_no_address_at_all_breaks_the_reader_of_origins(url: str) -> None:
    try:
        found = origin(url)
    except ValueError:
        return

    assert "://" in found


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::", "::ffff:8.8.8.8"],
)
def test_the_open_internet_may_be_reached(address: str) -> None:
    assert is_public(address)


# --- What a server may do -----------------------------------------------------------------------


class Seen:
    """What servers were asked for: (port, path, authorization)."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str, str]] = []
        self.onward = ""

    async def answer(self, request: Request) -> Response:
        port = request.scope["server"][1]
        path = request.url.path
        self.asked.append((port, path, request.headers.get("authorization", "")))
        return ANSWERS[path](self)


def big(_: Seen) -> Response:
    return Response(b"." * 1001, media_type="audio/mpeg")


def dripping(_: Seen) -> Response:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"."
            await asyncio.sleep(0.05)

    return StreamingResponse(drip(), media_type="audio/mpeg")


ANSWERS: dict[str, Callable[[Seen], Response]] = {
    "/sound": lambda _: Response(b"sound", media_type="audio/MPEG; x=1"),
    "/onward": lambda seen: RedirectResponse(seen.onward),
    "/round": lambda _: RedirectResponse("/round"),
    "/nowhere": lambda _: Response(status_code=302),
    "/bent": lambda _: Response(status_code=302, headers={"location": "http://[::1/"}),
    "/big": big,
    "/dripping": dripping,
    "/gone": lambda _: Response(status_code=410),
    "/not-yet": lambda _: Response(status_code=404),
    "/broken": lambda _: Response(status_code=503),
    "/closed": lambda _: Response(status_code=401),
}


class Guest(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def server(seen: Seen) -> AsyncIterator[str]:
    """A vendor on loopback; gives its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/{path:path}", seen.answer)])
    running = Guest(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    task = asyncio.create_task(running.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = running.force_exit = True
        await task
        listener.close()


async def test_what_an_administrator_trusts_may_be_anywhere_and_gets_the_key() -> None:
    seen = Seen()
    async with server(seen) as vendor:
        found = await got(f"{vendor}/sound", trusted={vendor})
        port = int(vendor.rpartition(":")[2])

    with found.file:
        assert found.file.read() == b"sound"
    assert (found.size, found.media_type) == (5, "audio/mpeg")
    assert seen.asked == [(port, "/sound", KEY["Authorization"])]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/a",
        "http://localhost/a",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a",
        "//2130706433/a",
        "file:///etc/passwd",
    ],
)
async def test_a_trusted_server_leads_nobody_inside(target: str) -> None:
    seen = Seen()
    seen.onward = target
    async with server(seen) as vendor:
        with pytest.raises(RemoteRefused):
            await got(f"{vendor}/onward", trusted={vendor})

    assert len(seen.asked) == 1


async def test_the_key_goes_to_no_other_host() -> None:
    seen, other = Seen(), Seen()
    async with server(seen) as vendor, server(other) as stranger:
        seen.onward, other.onward = f"{stranger}/onward", f"{vendor}/sound"
        with pytest.raises(RemoteRefused):
            await got(f"{vendor}/onward", trusted={vendor, stranger})

    assert [key for _, _, key in seen.asked] == [KEY["Authorization"]]
    assert [key for _, _, key in other.asked] in ([], [""])


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/round", RemoteRefused),
        ("/nowhere", RemoteRefused),
        ("/bent", RemoteUnavailable),
        ("/big", RemoteRefused),
        ("/gone", RemoteRefused),
        ("/closed", Misconfigured),
        ("/not-yet", RemoteUnavailable),
        ("/broken", RemoteUnavailable),
        ("/dripping", RemoteUnavailable),
    ],
)
async def test_a_server_that_misbehaves_is_told_from_one_that_is_late(
    path: str, error: type[Exception]
) -> None:
    async with server(Seen()) as vendor:
        with pytest.raises(error):
            await got(f"{vendor}{path}", trusted={vendor}, timeout=0.5)


async def test_a_server_that_is_down_is_tried_again() -> None:
    async with server(Seen()) as vendor:
        gone = vendor

    with pytest.raises(RemoteUnavailable):
        await got(f"{gone}/sound", trusted={gone})
