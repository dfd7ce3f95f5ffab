"""A phone system with a calendar and a block list of its own says so at the end of a call."""

import json

import pytest

from hub.models import Call
from hub.testing.stage import CALLER, SECRET, Stage


async def tells(stage: Stage, key: str, type_: str, second: int, **data: object) -> None:
    body = {
        "type": type_,
        "id": type_,
        "occurred_at": f"2026-03-02T09:41:{second:02}Z",
        "call_id": "c-1",
        "direction": "inbound",
        "from": CALLER,
        "to": "+12025550100",
        "data": data,
    }
    answer = await stage.client.post(
        f"/hooks/generic/{key}",
        content=json.dumps(body),
        headers={"content-type": "application/json", "authorization": f"Bearer {SECRET}"},
    )
    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("closed", ("missed", "closed")),
        ("blocked", ("blocked", None)),
        ("no_answer", ("missed", "no_answer")),
    ],
)
async def test_the_end_of_a_call_says_what_its_phone_system_decided(
    stage: Stage, ending: str, found: tuple[str, str | None]
) -> None:
    key = stage.line("generic")

    await tells(stage, key, "call.ringing", 0)
    await tells(stage, key, "call.ended", 1, ending=ending)
    await stage.work()

    call = stage.one(Call)
    assert (call.outcome, call.missed_reason) == found
