import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from hub.contract.errors import BadPayload, UnsupportedEvent
from hub.contract.webhooks import Notice, RawRequest
from hub.testing.recordings import Recording, folder_of, load
from webhooks import generic
from webhooks.generic import parse
from webhooks.generic.native import EVENTS

FOLDER = folder_of(generic)
OURS = [it for it in load(FOLDER) if it.event in EVENTS]


def say(headers: dict[str, str] | None = None, **fields: Any) -> Notice:
    told = {
        "type": "call.ringing",
        "occurred_at": "2026-03-02T10:41:00+01:00",
        "call_id": "c-1",
        "direction": "inbound",
        "from": "+12025550142",
        "to": "+12025550100",
    }
    return parse(
        RawRequest(
            method="POST",
            url="https://hub.example/hooks/generic/k1",
            headers=headers or {},
            body=json.dumps({**told, **fields}).encode(),
            received_at=datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
        )
    )


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    return found


def test_a_time_with_any_offset_is_kept_in_utc() -> None:
    [event] = say().events

    assert event.at.isoformat() == "2026-03-02T09:41:00+00:00"


def test_the_signed_id_outweighs_the_one_in_the_body() -> None:
    assert say({"webhook-id": "msg_1"}, id="evt-1").id == "msg_1"
    assert say(id="evt-1").id == "evt-1"


def test_without_any_id_the_same_body_is_the_same_event() -> None:
    assert say().id == say().id
    assert say().id != say(call_id="c-2").id


def test_an_unknown_type_is_sound_but_unsupported() -> None:
    with pytest.raises(UnsupportedEvent, match=r"call\.danced") as caught:
        say(type="call.danced")

    assert caught.value.path == "type"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"call_id": None}, "call_id"),
        ({"from": None}, "from"),
        ({"direction": "sideways"}, "direction"),
        ({"type": "call.leg.ended", "data": {}}, "data.leg_id"),
        ({"type": "call.leg.ended", "data": {"leg_id": 7, "ending": "lost_end"}}, "data.ending"),
        ({"type": "call.leg.ended", "data": {"leg_id": 7, "ending": "closed"}}, "data.ending"),
        ({"type": "call.ended", "data": {"seconds": -1}}, "data.seconds"),
        ({"type": "call.transferred", "data": {"leg_id": "b"}}, "data.transfer"),
        ({"type": "call.recording.ready", "data": {"recording_id": "r"}}, "data.url"),
        ({"type": "message.status", "data": {"message_id": "m", "status": "lost"}}, "data.status"),
        (
            {"type": "message.received", "data": {"message_id": "m", "text": "", "media": [{}]}},
            "data.media[0].url",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(BadPayload) as caught:
        say(**fields)

    assert caught.value.path == path


# --- The page and the schema say what the code does ---------------------------------------------


def test_the_page_names_every_type_of_event() -> None:
    page = Path(FOLDER / "doc.md").read_text(encoding="utf-8")

    assert [name for name in generic.MANIFEST.events if f"`{name}`" not in page] == []


def test_the_schema_knows_the_same_types() -> None:
    assert schema()["properties"]["type"]["enum"] == list(EVENTS)


@pytest.mark.parametrize("recording", OURS, ids=lambda it: it.name)
def test_the_schema_takes_what_the_hub_takes(recording: Recording) -> None:
    jsonschema_rs.validate(schema(), json.loads(recording.request.body))


@pytest.mark.parametrize("name", ["wrong--no_call_id", "wrong--type"])
def test_the_schema_refuses_what_the_hub_refuses(name: str) -> None:
    [recording] = [it for it in load(FOLDER) if it.name == name]

    assert not jsonschema_rs.is_valid(schema(), json.loads(recording.request.body))
