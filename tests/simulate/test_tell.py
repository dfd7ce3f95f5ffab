import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import webhooks
from hub.contract.errors import BadSetting
from hub.contract.events import MissedReason, Outcome
from hub.contract.phone import CallerKind, read
from hub.contract.scenarios import STORIES, Send
from hub.simulate import stories, tell
from hub.testing.stories import calls_in, cast, events_of

FOLDER = Path(str(webhooks.__file__)).parent
PROVIDERS = [
    importlib.import_module(f"webhooks.{path.parent.name}")
    for path in sorted(FOLDER.glob("*/scenarios.py"))
]
everyone = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda it: it.MANIFEST.name)


def requests(sends: list[Send]) -> Counter[tuple[str, bytes]]:
    return Counter((send.request.url, send.request.body) for send in sends)


@everyone
def test_a_provider_tells_every_story_there_is(provider: ModuleType) -> None:
    assert [story.name for story in stories(provider)] == list(STORIES)


@everyone
@pytest.mark.parametrize("name", STORIES)
def test_every_request_of_a_story_is_believed_and_comes_in_time(
    provider: ModuleType, name: str
) -> None:
    sends = tell(provider, name, cast(provider))
    times = [send.at for send in sends]

    assert events_of(provider, sends)
    assert times == sorted(times)


@everyone
def test_a_story_is_told_in_the_same_words_twice(provider: ModuleType) -> None:
    for name in STORIES:
        assert tell(provider, name, cast(provider)) == tell(provider, name, cast(provider))


@everyone
def test_another_token_makes_another_call(provider: ModuleType) -> None:
    first, second = (
        events_of(provider, tell(provider, "answered", cast(provider, token=token)))
        for token in ("t1", "t2")
    )

    assert {event.id for event in first} & {event.id for event in second} == set()


@everyone
def test_a_duplicated_story_brings_every_request_three_times(provider: ModuleType) -> None:
    once = tell(provider, "answered", cast(provider))
    thrice = tell(provider, "duplicated", cast(provider))

    assert requests(thrice) == Counter({key: 3 * n for key, n in requests(once).items()})


@everyone
@pytest.mark.parametrize("name", ["duplicated", "reordered"])
def test_repetition_and_order_change_nothing_about_the_call(
    provider: ModuleType, name: str
) -> None:
    [plain] = calls_in(events_of(provider, tell(provider, "answered", cast(provider))))
    [wild] = calls_in(events_of(provider, tell(provider, name, cast(provider))))

    assert wild == plain


@everyone
def test_a_reordered_story_keeps_its_requests_and_only_moves_those_that_wait_for_nothing(
    provider: ModuleType,
) -> None:
    plain = tell(provider, "answered", cast(provider))
    wild = tell(provider, "reordered", cast(provider))
    asks = [provider.parse(send.request).question is not None for send in plain]

    assert requests(wild) == requests(plain)
    assert [send.request for send in wild] != [send.request for send in plain]
    assert [s for s, ask in zip(wild, asks, strict=True) if ask] == [
        s for s, ask in zip(plain, asks, strict=True) if ask
    ]


@everyone
def test_a_redial_is_two_calls_of_one_caller_within_twenty_seconds(provider: ModuleType) -> None:
    first, second = calls_in(events_of(provider, tell(provider, "redial", cast(provider))))

    assert first.caller == second.caller
    assert first.missed_reason is MissedReason.NO_ANSWER
    assert second.outcome is Outcome.ANSWERED
    assert first.ended_at is not None
    assert 0 < (second.started_at - first.ended_at).total_seconds() < 20


@everyone
def test_a_withheld_caller_is_recognised_as_one(provider: ModuleType) -> None:
    [call] = calls_in(events_of(provider, tell(provider, "withheld", cast(provider))))

    assert read(call.caller).kind is CallerKind.WITHHELD
    assert call.missed_reason is MissedReason.NO_ANSWER


def test_an_unknown_story_is_refused_with_the_list_of_known_ones() -> None:
    provider = PROVIDERS[0]

    with pytest.raises(BadSetting, match="ring_group"):
        tell(provider, "poetry", cast(provider))
