"""Every story of every provider, from its first request to the row that it becomes."""

import pytest

from hub import registry, simulate
from hub.contract.scenarios import STORIES
from hub.models import Call, Delivery
from hub.testing.stage import Stage

CASES = [
    (provider, story.name)
    for provider, module in registry.webhooks().items()
    for story in simulate.stories(module)
    if story.name not in ("inbound_stop", "closed")
]


@pytest.mark.parametrize(("provider", "name"), CASES)
async def test_a_story_becomes_the_call_that_it_is_about(
    stage: Stage, provider: str, name: str
) -> None:
    stage.rule()
    key = stage.line(provider)

    answers = await stage.tell(key, name)

    assert {answer.status_code for answer in answers} <= {200, 204}, [a.text for a in answers]
    call = min(stage.all(Call), key=lambda call: call.started_at)
    assert (call.outcome, call.missed_reason) == (
        STORIES[name].outcome,
        STORIES[name].missed_reason,
    )
    assert all(delivery.state == "done" for delivery in stage.all(Delivery))
