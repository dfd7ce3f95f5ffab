"""One request of Twilio's, read: flat fields that are all texts, and the words of its path."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.payload import Payload
from hub.contract.webhooks import RawRequest
from webhooks.twilio import steps

V = TypeVar("V")


def is_json(request: RawRequest) -> bool:
    """Whether the body says that it is JSON; everything else that Twilio sends is a form."""
    media_type = request.header("content-type").partition(";")[0].strip().lower()
    return request.method != "GET" and media_type == "application/json"


def pairs(request: RawRequest) -> Sequence[tuple[str, str]]:
    """The fields in their order: of the query for a GET, else of the form; raises BadPayload."""
    place = "url" if request.method == "GET" else "body"
    try:
        return _read(urlsplit(request.url).query if place == "url" else request.body.decode())
    except ValueError as error:
        raise BadPayload("is not a form in UTF-8", path=place) from error


@lru_cache(maxsize=64)  # to verify a request and to parse it are two questions about one text
def _read(form: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(form, keep_blank_values=True, errors="strict", max_num_fields=500))


def fields(request: RawRequest) -> Payload:
    """The fields by name; raises BadPayload."""
    if is_json(request):
        return Payload.from_json(request.body)
    return Payload.from_pairs(pairs(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one request says. *path* are the words behind the hook's address."""

    fields: Payload
    path: tuple[str, ...]
    received_at: datetime

    @classmethod
    def of(cls, request: RawRequest) -> "Said":
        """Read *request*; raises BadPayload."""
        return cls(
            fields=fields(request),
            path=steps.words(request.step),
            received_at=request.received_at,
        )

    def has(self, name: str) -> bool:
        """Whether *name* is there and not blank: many fields come empty."""
        return self.get(name) is not None

    def get(self, name: str) -> Payload | None:
        """The field, or None when it is absent or blank."""
        found = self.fields.get(name)
        return found if found is not None and found.text(most=100_000).strip() else None

    def text(self, name: str, *, most: int = 4096) -> str | None:
        """The field's text, or None when it is absent or blank."""
        found = self.get(name)
        return found.text(most=most) if found is not None else None

    def sid(self, name: str) -> str:
        """An identifier that has to be there."""
        return self.fields[name].token(most=64)

    def seconds(self, name: str) -> float | None:
        """A duration in seconds, or None when it is absent or blank."""
        found = self.get(name)
        return found.number() if found is not None else None

    def word(self, name: str, known: Mapping[str, V]) -> V:
        """What *known* has for the field; raises UnsupportedEvent with the list of known words."""
        word = self.fields[name].text(most=200)
        if word not in known:
            raise UnsupportedEvent(f"{word!r} is none of {', '.join(known)}", path=name)
        return known[word]

    @property
    def since(self) -> datetime | None:
        """The moment at the path's end, in epoch seconds: when we handed the URL out."""
        word = self.path[-1] if len(self.path) > 1 else ""
        found = re.fullmatch("1[0-9]{9}", word)
        return datetime.fromtimestamp(int(word), tz=UTC) if found else None

    def name(self, *parts: str | None) -> str:
        """An id of these parts; absent ones are left out."""
        return ":".join(part for part in parts if part)

    def told(self, call: str) -> str:
        """The id of a status callback: the same for each delivery of it, and of no other one."""
        return self.name(
            call,
            self.path[0] if self.path else "call",
            self.text("CallStatus", most=40),
            self.text("SequenceNumber", most=20),
            self.text("CallbackSource", most=60),
        )

    @property
    def at(self) -> datetime:
        """When it happened: `Timestamp` (RFC 2822) where there is one, else when it came."""
        stamp = self.text("Timestamp", most=60)
        if stamp is None:
            return self.received_at
        try:
            found = parsedate_to_datetime(stamp)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise BadPayload("should be an RFC 2822 time", path="Timestamp") from error
