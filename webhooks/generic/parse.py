"""Which dialect a body speaks: `type` makes it ours, `event` makes it Zammad's."""

import re
from typing import Any

from hub.contract.errors import BadPayload
from hub.contract.payload import Payload
from hub.contract.webhooks import Notice, RawRequest
from webhooks.generic import native, zammad

_REPEATED = re.compile(r"(\w+)\[\d*\]")  # user[], user[][0] and user[0] all mean: one of the users


def parse(request: RawRequest) -> Notice:
    """Say what *request* says; raises BadPayload with the path of what is wrong."""
    body = _body(request)
    if body.get("type") is not None:
        return native.read(body, request)
    if body.get("event") is not None:
        return zammad.read(body, request)
    raise BadPayload("is missing (Zammad's requests have `event` instead)", path="type")


def _body(request: RawRequest) -> Payload:
    if request.header("content-type").lower().startswith("application/x-www-form-urlencoded"):
        return Payload(_gathered(request.form()))
    return Payload.from_json(request.body)


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """The form as an object: repeated fields in brackets become a list under their bare name."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        repeated = _REPEATED.match(name)
        if repeated is None:
            found[name] = value
        elif isinstance(items := found.setdefault(repeated[1], []), list):
            items.append(value)
    return found
