"""Requests as the world breaks them: a field missing, a field of another type, a byte flipped."""

import copy
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from hub.contract.webhooks import RawRequest

Damage = Iterator[tuple[str, Any]]
Damaged = Iterator[tuple[str, RawRequest]]
_STRANGE: tuple[Any, ...] = (
    None,
    "",
    "?",
    [],
    {},
    -1,
    1e300,
    True,
    "x" * 20_000,
    "\x00",
    "\ud800",
    ["x"],
)
FLIPS = 100  # bytes flipped in one part of a request, or a few more
_FORM = "application/x-www-form-urlencoded"


def damaged(request: RawRequest) -> Damaged:
    """*request* with one thing missing or strange, and what that is; every such one."""
    yield from _headers(request)
    yield from _query(request)
    yield "step missing", replace(request, step="")
    yield "body missing", replace(request, body=b"")
    yield "body cut off", replace(request, body=request.body[:-1])
    yield "body not UTF-8", replace(request, body=b"\xff" + request.body)
    yield from (
        _form(request) if request.header("content-type").startswith(_FORM) else _json(request)
    )


def flipped(request: RawRequest) -> Damaged:
    """*request* with one byte flipped somewhere, and in which part: body, url or `header NAME`."""
    for index in _spread(len(request.body)):
        body = bytearray(request.body)
        body[index] ^= 1
        yield "body", replace(request, body=bytes(body))
    for url in _flipped_text(request.url):
        yield "url", replace(request, url=url)
    for name, value in request.headers.items():
        for text in _flipped_text(value):
            yield f"header {name}", replace(request, headers={**request.headers, name: text})


def _flipped_text(text: str) -> Iterator[str]:
    for index in _spread(len(text)):
        yield f"{text[:index]}{chr(ord(text[index]) ^ 1)}{text[index + 1 :]}"


def _spread(length: int) -> Iterable[int]:
    """Places all over something of that *length*: each one if it is short, some if it is long."""
    step = max(1, length // FLIPS)
    return sorted({*range(0, length, step), *range(length)[-1:]})


def _headers(request: RawRequest) -> Damaged:
    for name in request.headers:
        kept = {key: value for key, value in request.headers.items() if key != name}
        yield f"header {name} missing", replace(request, headers=kept)


def _query(request: RawRequest) -> Damaged:
    parts = urlsplit(request.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    for index, (name, _) in enumerate(pairs):
        query = urlencode(pairs[:index] + pairs[index + 1 :])
        yield (
            f"query {name} missing",
            replace(request, url=urlunsplit(parts._replace(query=query))),
        )


def _form(request: RawRequest) -> Damaged:
    pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    for index, (name, _) in enumerate(pairs):
        before, after = pairs[:index], pairs[index + 1 :]
        yield f"{name} missing", replace(request, body=urlencode(before + after).encode())
        for strange in ("", "?", "-1", "x" * 20_000, "\x00"):
            body = urlencode([*before, (name, strange), *after]).encode()
            yield f"{name}={strange[:9]!r}", replace(request, body=body)


def _json(request: RawRequest) -> Damaged:
    try:
        sound = json.loads(request.body)
    except ValueError:
        return  # empty, or broken already
    for what, value in _variants(sound, "body"):
        yield what, replace(request, body=json.dumps(value).encode())


def _variants(value: object, path: str) -> Damage:
    """*value* with one part of it missing or strange, at any depth."""
    for strange in _STRANGE:
        yield f"{path} = {str(strange)[:9]!r}", strange
    if isinstance(value, dict):
        yield from _without(value, list(value), path)
    if isinstance(value, list):
        yield from _without(value, range(len(value)), path)


def _without(value: Any, keys: Iterable[Any], path: str) -> Damage:  # noqa: ANN401 - JSON
    for key in keys:
        without = copy.copy(value)
        del without[key]
        yield f"{path}.{key} missing", without
        for what, part in _variants(value[key], f"{path}.{key}"):
            changed = copy.copy(value)
            changed[key] = part
            yield what, changed
