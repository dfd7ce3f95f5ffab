"""Recorded requests: `fixtures/NAME.http` as it came, `NAME.json` beside it with what it says.

A name is the event's, as the manifest declares it, and after `--` whatever tells variants apart:
`call.ended--busy.http`. The file is a raw request; its body ends before the file's final newline.
`fixtures/settings.json`, where there is one, holds the line's settings.
"""

import dataclasses
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from hub.contract.errors import BadPayload, BadSignature
from hub.contract.events import from_dict, to_dict
from hub.contract.routing import Question
from hub.contract.webhooks import Notice, RawRequest, Secrets

PUBLIC_URL = "https://hub.example"
KEY = "k1"
SECRET = "fixture-secret"  # noqa: S105 - public on purpose: recordings are signed with it
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
RECEIVED_AT = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded request and what it says: an id, events and a question, or an error."""

    name: str
    request: RawRequest
    told: dict[str, Any]

    @property
    def event(self) -> str:
        """The event's name, as the manifest declares it."""
        return self.name.partition("--")[0]

    @property
    def wrong(self) -> bool:
        """True when the request is one that has to be refused."""
        return "error" in self.told

    @property
    def notice(self) -> Notice:
        """What it says, as the provider's `parse` must say it."""
        question = self.told.get("question")
        return Notice(
            id=self.told["id"],
            events=tuple(map(from_dict, self.told["events"])),
            question=Question(**question) if question else None,
        )


def folder_of(provider: ModuleType) -> Path:
    """Where the provider's files are."""
    return Path(str(provider.__file__)).parent


def load(folder: Path) -> list[Recording]:
    """All recordings of the provider in *folder*; raises FileNotFoundError for half a pair."""
    return [
        Recording(
            name=path.stem,
            request=read_http(path),
            told=json.loads(path.with_suffix(".json").read_text(encoding="utf-8")),
        )
        for path in sorted(folder.glob("fixtures/*.http"))
    ]


def secrets_of(folder: Path) -> Secrets:
    """The secret that recordings are signed with, and the settings of their line."""
    path = folder / "fixtures" / "settings.json"
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Secrets(current=SECRET, settings=settings)


def read_http(path: Path) -> RawRequest:
    """The request in *path*, as the hub's inbox hands it to a provider."""
    head, body = _BLANK_LINE.split(path.read_bytes(), maxsplit=1)
    first, *rest = head.decode().splitlines()
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in rest)
    return RawRequest(
        method=method,
        url=PUBLIC_URL + target,
        headers={name.strip().lower(): value.strip() for name, _, value in pairs},
        body=body.removesuffix(b"\n"),
        received_at=RECEIVED_AT,
        step=_step(target),
    )


def _step(target: str) -> str:
    """What follows `/hooks/{provider}/{key}/` in the path."""
    return "/".join(unquote(urlsplit(target).path).strip("/").split("/")[3:])


def say(provider: ModuleType, request: RawRequest, secrets: Secrets) -> dict[str, Any]:
    """What *provider* makes of *request*, as a recording's .json holds it."""
    try:
        provider.verify(request, secrets)
        notice: Notice = provider.parse(request)
    except (BadSignature, BadPayload) as error:
        return {"error": str(error)}
    return {
        "id": notice.id,
        "events": [to_dict(event) for event in notice.events],
        "question": _question(notice.question),
    }


def _question(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {name: value for name, value in dataclasses.asdict(question).items() if value}


def record(provider: ModuleType, path: Path) -> Path:
    """Write what *provider* makes of the request in *path* beside it; read it before keeping."""
    told = say(provider, read_http(path), secrets_of(path.parent.parent))
    found = path.with_suffix(".json")
    found.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return found
