"""What every folder under `webhooks/` must pass: recordings, damage, forgery, stories, manifest.

    from hub.testing.webhooks import Check, checks

    @pytest.mark.parametrize("check", checks(my_provider), ids=str)
    def test_my_provider_keeps_the_contract(check: Check) -> None:
        check()

Nothing here needs pytest: a broken promise raises `Broken`, which is an AssertionError.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import ModuleType, TracebackType

from hub.contract.errors import BadPayload, BadSignature
from hub.contract.events import Event, from_dict, to_dict
from hub.contract.scenarios import STORIES, Teller
from hub.contract.webhooks import Notice, RawRequest, Secrets
from hub.simulate.tell import scenarios_of, stories, tell
from hub.testing.damage import damaged, flipped
from hub.testing.recordings import SECRET, Recording, folder_of, load, secrets_of
from hub.testing.stories import check_story

LATER = timedelta(hours=1)


class Broken(AssertionError):
    """A provider does not keep its contract; the message says which part, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise of one provider; calling it raises if the promise is broken."""

    name: str
    run: Callable[[], None]

    def __call__(self) -> None:
        """Raises Broken, or whatever the provider raised though it should not."""
        with _Named(self.name):
            self.run()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class _Named:
    """Tells with any error what was being done."""

    what: str

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self.what)


def checks(provider: ModuleType) -> list[Check]:
    """Every promise of *provider*, as something to call."""
    return [
        *_of_the_folder(provider),
        *(check for recording in load(folder_of(provider)) for check in _of(provider, recording)),
        *_of_the_stories(provider),
    ]


def _of(provider: ModuleType, recording: Recording) -> Iterator[Check]:
    for promise in (golden, repeated, round_trip, damage, forgery):
        run = partial(promise, provider, recording)
        yield Check(name=f"{promise.__name__}: {recording.name}", run=run)


def _of_the_folder(provider: ModuleType) -> Iterator[Check]:
    for promise in (declared, documented, recorded):
        yield Check(name=promise.__name__, run=partial(promise, provider))


def _of_the_stories(provider: ModuleType) -> Iterator[Check]:
    """All stories, as the simulator tells them; and those in other dialects (`TELL_...`)."""
    found = vars(scenarios_of(provider))
    yield Check(name="every basic story", run=partial(complete, found["TELL"]))
    for story in stories(provider):
        teller = partial(tell, provider, story.name)
        yield Check(name=f"story: {story.name}", run=partial(check_story, provider, story, teller))
    for dialect in (name for name in found if name.startswith("TELL_")):
        for name, teller in found[dialect].items():
            run = partial(check_story, provider, STORIES[name], teller)
            yield Check(name=f"story: {name} ({dialect})", run=run)


# --- The folder ---------------------------------------------------------------------------------


def declared(provider: ModuleType) -> None:
    """The manifest says what the folder has."""
    manifest = provider.MANIFEST
    name = provider.__name__.rpartition(".")[2]
    _insist(manifest.name == name, f"the manifest's name is {manifest.name!r}, not {name!r}")
    _insist(
        manifest.answers_calls == hasattr(provider, "reply"),
        "answers_calls and reply() belong together",
    )


def documented(provider: ModuleType) -> None:
    """The folder has its page."""
    page = folder_of(provider) / "doc.md"
    _insist(page.exists() and bool(page.read_text(encoding="utf-8").strip()), "doc.md is missing")


def recorded(provider: ModuleType) -> None:
    """Every event that the manifest declares has a recording, and the other way round."""
    found = {it.event for it in load(folder_of(provider)) if not it.wrong}
    declared_events = set(provider.MANIFEST.events)
    _insist(
        found == declared_events,
        f"declared only: {sorted(declared_events - found)}; "
        f"recorded only: {sorted(found - declared_events)}",
    )


def complete(told: Mapping[str, Teller]) -> None:
    """Every basic story is told, and no unknown one."""
    basic = {story.name for story in STORIES.values() if story.basic}
    _insist(set(told) == basic, f"missing or unknown: {sorted(basic ^ set(told))}")


# --- A recording --------------------------------------------------------------------------------


def golden(provider: ModuleType, recording: Recording) -> None:
    """The recording is believed, and says exactly what stands beside it."""
    if recording.wrong:
        error = _error(provider, recording)
        _insist(recording.told["error"] in error, f"the error is: {error}")
        return
    provider.verify(recording.request, _secrets(provider))
    found = provider.parse(recording.request)
    _insist(found == recording.notice, f"it says {found}, not {recording.notice}")
    asked = found.question is not None
    _insist(provider.MANIFEST.answers_calls or not asked, "it asks, but nobody answers calls")


def repeated(provider: ModuleType, recording: Recording) -> None:
    """Delivered again an hour later, it has the same ids."""
    if recording.wrong:
        return
    request = recording.request
    again = dataclasses.replace(request, received_at=request.received_at + LATER)
    first, second = provider.parse(request), provider.parse(again)
    _insist(_ids(first) == _ids(second), "a redelivery gets another id")


def round_trip(provider: ModuleType, recording: Recording) -> None:
    """Its events survive being stored, have distinct ids and times with an offset."""
    events = () if recording.wrong else provider.parse(recording.request).events
    for event in events:
        _insist(_survives(event), f"{event} comes back from the store as another")
        _insist(event.at.utcoffset() == timedelta(0), f"{event} is not in UTC")
    _insist(len({event.id for event in events}) == len(events), "two events share an id")


def damage(provider: ModuleType, recording: Recording) -> None:
    """With any one field missing or of another type: a clear error or events, nothing else."""
    for what, request in damaged(recording.request):
        with _Named(what):
            _parse_or_complain(provider, request)


def _parse_or_complain(provider: ModuleType, request: RawRequest) -> None:
    try:
        notice: Notice = provider.parse(request)
    except BadPayload as error:
        _insist(bool(error.path), f"the error does not say where: {error}")
    else:
        _insist(bool(notice.id), "the notice has no id")
        for event in notice.events:
            _insist(_survives(event), f"{event} cannot be stored")


def _survives(event: Event) -> bool:
    """True when it can be written as UTF-8 and read again."""
    stored = json.dumps(to_dict(event), ensure_ascii=False).encode()
    return from_dict(json.loads(stored)) == event


def forgery(provider: ModuleType, recording: Recording) -> None:
    """Whoever does not know the secret is refused, and nobody can change what was signed."""
    if recording.wrong:
        return
    request, secrets = recording.request, _secrets(provider)
    _must_refuse(provider, request, dataclasses.replace(secrets, current=""), "without a secret")
    _must_refuse(provider, request, dataclasses.replace(secrets, current="other"), "by another")
    provider.verify(request, dataclasses.replace(secrets, current="new", previous=(SECRET,)))
    bare = dataclasses.replace(request, headers=_unproven(request), step="", url=_bare(request))
    _must_refuse(provider, bare, secrets, "without any proof")
    if not _carries_secret(request):
        _unalterable(provider, request, secrets)


def _unalterable(provider: ModuleType, request: RawRequest, secrets: Secrets) -> None:
    """A flipped byte in a signed body is refused; elsewhere it is refused or changes nothing."""
    notice = provider.parse(request)
    refused = set()
    for part, altered in flipped(request):
        with _Named(f"one byte flipped in {part}"):
            if _refuses(provider, altered, secrets):
                refused.add(part)
                continue
            _insist(part != "body", "the altered body is believed")
            _insist(provider.parse(altered) == notice, "an altered request says something else")
    _insist(any(part.startswith("header") for part in refused), "no header is the signature")


def _must_refuse(provider: ModuleType, request: RawRequest, secrets: Secrets, what: str) -> None:
    _insist(_refuses(provider, request, secrets), f"believed {what}")


def _refuses(provider: ModuleType, request: RawRequest, secrets: Secrets) -> bool:
    try:
        provider.verify(request, secrets)
    except BadSignature:
        return True
    return False


def _carries_secret(request: RawRequest) -> bool:
    """True for a sender that cannot sign and shows the secret itself."""
    return any(SECRET in text for text in (request.url, request.step, *request.headers.values()))


def _unproven(request: RawRequest) -> dict[str, str]:
    kept = request.headers.get("content-type")
    return {"content-type": kept} if kept else {}


def _bare(request: RawRequest) -> str:
    return request.url.partition("?")[0].replace(f"/{SECRET}", "")


def _error(provider: ModuleType, recording: Recording) -> str:
    try:
        provider.verify(recording.request, _secrets(provider))
        found = provider.parse(recording.request)
    except (BadPayload, BadSignature) as error:
        return str(error)
    raise Broken(f"it is taken, though it should be refused: {found}")


def _ids(notice: Notice) -> list[str]:
    return [notice.id, *(event.id for event in notice.events)]


def _secrets(provider: ModuleType) -> Secrets:
    return secrets_of(folder_of(provider))


def _insist(kept: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like assert, which -O drops
    if not kept:
        raise Broken(otherwise)
