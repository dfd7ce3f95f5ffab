"""From the phone system's POST to the pop painted in a real browser, with other screens open."""

import http.client
import random
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from bench.load import percentile
from bench.results import Row
from bench.stage import CALLERS, HOOK, Stage, number, stage
from bench.stories import post

QUICK = {"runs": 1, "contacts": 5_000, "screens": 5, "rings": 10}
FULL = {"runs": 3, "contacts": 1_000_000, "screens": 50, "rings": 50}
PATIENCE = 10
"""Seconds in which a pop must be painted, or gone."""

# The moment after the frame in which the pop stood there: Date.now() would be too coarse.
WATCH = """() => {
  const note = () => {
    for (const pop of document.querySelectorAll("article.pop:not([data-noted])")) {
      pop.dataset.noted = "";
      requestAnimationFrame(() => setTimeout(() => {
        window.painted = performance.timeOrigin + performance.now();
      }));
    }
  };
  window.painted = 0;
  new MutationObserver(note).observe(document.documentElement, {childList: true, subtree: true});
}"""


def measure(*, runs: int, contacts: int, screens: int, rings: int) -> Iterator[Row]:
    """One call after the other rings, and is over before the next. All screens show all calls."""
    with ExitStack() as stack:
        ready = stack.enter_context(stage("sqlite", contacts, browsers=True))
        address = stack.enter_context(ready.served())
        page = stack.enter_context(_browser(ready, address))
        for _ in range(screens):
            stack.enter_context(_screen(ready, address))
        for turn in range(runs + 1):
            times = [_ring(page, address) for _ in range(rings if turn else 5)]
            if turn:  # the first one warms up
                yield Row(
                    what=f"ring to painted pop, {contacts:,} people, {screens + 1} screens",
                    subject="hub, sqlite",
                    p50=percentile(times, 0.5),
                    p99=percentile(times, 0.99),
                )


@contextmanager
def _browser(ready: Stage, address: str) -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("bench/pop.py needs a browser; cure: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = browser.new_context()
        cookie = ready.cookie(ready.user_ids[0])
        context.add_cookies([{"name": "hub", "value": cookie, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/now")
        page.wait_for_selector("html[data-missed]")
        page.evaluate(WATCH)
        yield page
        browser.close()


@contextmanager
def _screen(ready: Stage, address: str) -> Iterator[None]:
    """Another agent's open stream, read by a thread as a browser would."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request(
        "GET", "/stream", headers={"Cookie": f"hub={ready.cookie(ready.user_ids[1])}"}
    )
    answer = connection.getresponse()
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"/stream said {answer.status}")
    threading.Thread(target=_drain, args=(answer,), daemon=True).start()
    yield
    if connection.sock:
        connection.sock.shutdown(socket.SHUT_RDWR)


def _drain(answer: http.client.HTTPResponse) -> None:
    with suppress(OSError, http.client.HTTPException):
        while answer.read1(65_536):
            pass


def _ring(page: Page, address: str) -> float:
    """Milliseconds from the moment before the request leaves; the clock is the browser's too."""
    call, caller = f"CA{secrets.token_hex(16)}", number(random.randrange(CALLERS))
    page.evaluate("window.painted = 0")
    sent = time.time() * 1e3
    _tell(address, {"CallSid": call, "From": caller, "CallStatus": "ringing"})
    took = _until(page, "window.painted") - sent
    over = {"CallStatus": "completed", "CallbackSource": "call-progress-events"}
    _tell(address, {"CallSid": call, "From": caller, "SequenceNumber": "1", **over})
    page.evaluate("document.querySelector('[data-do=close]')?.click()")
    _until(page, "document.querySelector('article.pop') ? 0 : 1")
    return took


def _until(page: Page, expression: str) -> float:
    """What *expression* gives once it is not 0; the page's policy lets it wait for none itself."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := page.evaluate(expression):
            return float(found)
        time.sleep(0.02)
    raise RuntimeError(f"{expression} is still 0 after {PATIENCE} s")


def _tell(address: str, form: dict[str, str]) -> None:
    common = {"AccountSid": "AC" + "0" * 32, "Direction": "inbound", "To": "+12025550199"}
    dated = {"Timestamp": formatdate(time.time())}
    parts = urlsplit(address)
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=10) as wire:
        wire.sendall(post(HOOK, {**common, **form, **dated}, address))
        head = wire.recv(65_536).split(b"\r\n")[0]
    if not head.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(f"the hub said {head!r}")
