"""A story, told by a provider, must become the call that the story is about."""

from collections.abc import Sequence
from types import ModuleType

from hub.contract.events import (
    Consent,
    Event,
    MessageEvent,
    RecordingKind,
    RecordingState,
    RoutingEvent,
    TalkEvent,
    Verdict,
)
from hub.contract.scenarios import Agent, Cast, Send, Story, Teller
from hub.contract.webhooks import Urls
from hub.core.calls import Call, fold
from hub.testing.recordings import KEY, PUBLIC_URL, RECEIVED_AT, folder_of, secrets_of


def cast(provider: ModuleType, *, caller: str = "+12025550142", token: str = "t1") -> Cast:  # noqa: S107 - part of ids
    """Fictional people on the line that recordings are made on."""
    secrets = secrets_of(folder_of(provider))
    return Cast(
        caller=caller,
        called="+12025550100",
        agents=[
            Agent(id="agent-1", number="+12025550111"),
            Agent(id="agent-2", number="+12025550112"),
        ],
        urls=Urls(base=f"{PUBLIC_URL}/hooks/{provider.MANIFEST.name}/{KEY}"),
        secrets=secrets,
        settings=secrets.settings,
        token=token,
        now=RECEIVED_AT,
        media_url="https://media.example/recording.mp3",
    )


def events_of(provider: ModuleType, sends: Sequence[Send]) -> list[Event]:
    """What the requests of a story say, once each is believed; raises as the provider does."""
    secrets = secrets_of(folder_of(provider))
    found: list[Event] = []
    for send in sends:
        provider.verify(send.request, secrets)
        found.extend(provider.parse(send.request).events)
    return found


def calls_in(events: Sequence[Event]) -> list[Call]:
    """The calls that *events* tell of, by their first event."""
    talk: dict[str, list[TalkEvent]] = {}
    for event in events:
        if not isinstance(event, MessageEvent):
            talk.setdefault(event.call_id, []).append(event)
    return [fold(told) for told in talk.values()]


def check_story(provider: ModuleType, story: Story, teller: Teller) -> None:
    """Raises AssertionError when *story*, as told, becomes another call than it should."""
    events = events_of(provider, teller(cast(provider)))
    if story.name == "inbound_stop":
        said = [event.consent for event in events if isinstance(event, MessageEvent)]
        _same("what the caller wants", said, [Consent.STOP])
        return
    if story.name == "closed":
        events.append(_closed(events))
    calls = calls_in(events)
    _same("the number of calls", len(calls), 2 if story.name == "redial" else 1)
    call = calls[0]
    _same("the outcome", call.outcome, story.outcome)
    _same("the missed reason", call.missed_reason, story.missed_reason)
    if story.legs:
        _same("the number of legs", len(call.legs), story.legs)
    if story.name == "recording":
        ready = [it.kind for it in call.recordings if it.state is RecordingState.READY]
        _same("the recordings", ready, [RecordingKind.CALL])


def _closed(events: Sequence[Event]) -> RoutingEvent:
    """The hub's own verdict, which no provider tells."""
    first = next(event for event in events if not isinstance(event, MessageEvent))
    return RoutingEvent(id="routing", call_id=first.call_id, at=first.at, verdict=Verdict.CLOSED)


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} instead of {wanted!r}")
