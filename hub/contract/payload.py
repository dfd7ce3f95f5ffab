"""Wild values from outside: of no use until tamed by type, and they complain with their path."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from hub.contract.errors import BadPayload

E = TypeVar("E", bound=StrEnum)
_MISSING = object()
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Payload:
    """A value from outside and the path that leads to it; neither to be compared nor printed."""

    _value: Any
    path: str = ""

    @classmethod
    def from_json(cls, body: bytes) -> "Payload":
        """Read a JSON body; raises BadPayload."""
        try:
            return cls(json.loads(body))
        except (ValueError, RecursionError) as error:
            raise BadPayload(f"the body is not JSON ({error})", path="body") from error

    @classmethod
    def from_pairs(cls, pairs: Sequence[tuple[str, str]]) -> "Payload":
        """Read the fields of a form; of a repeated field the last value counts."""
        return cls(dict(pairs))

    def __getitem__(self, key: str) -> "Payload":
        """Step down; raises BadPayload when this is no object or lacks *key*."""
        found = self.get(key)
        if found is None:
            raise BadPayload("is missing", path=self._join(key))
        return found

    def get(self, key: str) -> "Payload | None":
        """Step down, or None when the key is absent or null; raises BadPayload when no object."""
        if not isinstance(self._value, Mapping):
            raise BadPayload("should be an object", path=self.path or "body")
        value = self._value.get(key, _MISSING)
        return None if value is _MISSING or value is None else Payload(value, self._join(key))

    def names(self) -> list[str]:
        """The names in an object; raises BadPayload when this is none."""
        if not isinstance(self._value, Mapping):
            raise BadPayload("should be an object", path=self.path)
        return [str(key) for key in self._value]

    def only(self, *known: str) -> None:
        """Refuse an object with other keys than *known*: no typing error passes in silence."""
        for key in self.names():
            if key not in known:
                raise BadPayload(f"is none of {', '.join(known)}", path=self._join(key))

    def __iter__(self) -> Iterator["Payload"]:
        """The items of a list; raises BadPayload when this is none."""
        if not isinstance(self._value, list):
            raise BadPayload("should be a list", path=self.path)
        return (Payload(item, f"{self.path}[{i}]") for i, item in enumerate(self._value))

    def text(self, *, most: int = 4096) -> str:
        """A string, at most *most* characters long; a number is taken as its digits."""
        if isinstance(self._value, bool) or not isinstance(self._value, str | int):
            raise BadPayload("should be a text", path=self.path)
        value = str(self._value)
        if len(value) > most:
            raise BadPayload(f"is longer than {most} characters", path=self.path)
        if "\x00" in value:
            raise BadPayload("holds a NUL character", path=self.path)
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadPayload("holds half a character (a lone surrogate)", path=self.path)
        return value

    def token(self, *, most: int = 200) -> str:
        """An identifier: a text that is not blank."""
        value = self.text(most=most).strip()
        if not value:
            raise BadPayload("is empty", path=self.path)
        return value

    def number(self, *, least: float = 0, most: float = 1e9) -> float:
        """A finite number, as JSON number or as text, between *least* and *most*."""
        try:
            value = (
                float(self.text(most=40)) if not isinstance(self._value, float) else self._value
            )
        except ValueError as error:
            raise BadPayload("should be a number", path=self.path) from error
        if not least <= value <= most:
            raise BadPayload(f"should be between {least:g} and {most:g}", path=self.path)
        return value

    def flag(self) -> bool:
        """True or false, as such or as a word: yes, no, true, false, 1, 0."""
        if isinstance(self._value, bool):
            return self._value
        word = self.text(most=10).casefold()
        if word not in _FLAGS:
            raise BadPayload("should be true or false", path=self.path)
        return _FLAGS[word]

    def word(self, known: Mapping[str, E]) -> E:
        """One of the vendor's words, as ours; raises BadPayload with the list of known ones."""
        value = self.text(most=200)
        if value not in known:
            raise BadPayload(f"{value!r} is none of {', '.join(sorted(known))}", path=self.path)
        return known[value]

    def moment(self) -> datetime:
        """An ISO 8601 time with an offset, or epoch seconds; given in UTC."""
        try:
            if isinstance(self._value, int | float) and not isinstance(self._value, bool):
                return datetime.fromtimestamp(self._value, tz=UTC)
            value = datetime.fromisoformat(self.text(most=60))
        except (ValueError, OverflowError, OSError) as error:
            raise BadPayload("should be an ISO 8601 time", path=self.path) from error
        if value.tzinfo is None:
            raise BadPayload("should carry its offset from UTC, as in +01:00 or Z", path=self.path)
        return value.astimezone(UTC)

    def _join(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
