"""What we send to Twilio fits Twilio's own description of its API, where that is at hand."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from connectors import twilio
from connectors.twilio import twin
from connectors.twilio.twin_callbacks import Message
from hub.contract.connectors import OutgoingCall, OutgoingMessage, Template
from hub.contract.events import Channel

ROOT = Path(__file__).parents[3]
CONTRACT = ROOT.parent / "shared" / "contracts" / "twilio" / "twilio_api_v2010.subset.json"


@cache
def contract() -> dict[str, Any]:
    if not CONTRACT.is_file():
        pytest.skip("Twilio's OpenAPI description is not beside this checkout.")
    found: dict[str, Any] = json.loads(CONTRACT.read_text("utf-8"))
    return found


def fields_of(path: str) -> tuple[dict[str, Any], set[str]]:
    """The properties that Twilio knows of a POST to *path*, and those that it demands."""
    operation = contract()["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{path}"]["post"]
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    return schema["properties"], set(schema.get("required", ()))


def sent() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The requests behind each thing that the connector does."""

    async def run() -> list[tuple[str, str, list[tuple[str, str]]]]:
        state = twin.State(callbacks=False, open_windows={"+12025550123"})
        text = OutgoingMessage(
            ref="m",
            channel=Channel.SMS,
            recipient="+12025550123",
            text="Hello",
            callback_url="https://hub.example/s",
        )
        whatsapp = OutgoingMessage(
            ref="w",
            channel=Channel.WHATSAPP,
            recipient="+12025550123",
            text="",
            template=Template(sid=twin.TEMPLATE, variables={"1": "Ann"}),
        )
        call = OutgoingCall(
            ref="c",
            agent_number="+12025550144",
            number="+12025550145",
            caller_id=twin.NUMBER,
            answer_url="https://hub.example/a",
            status_url="https://hub.example/s",
        )
        async with twin.start(state=state) as running:
            client = twilio.open(running.account())
            await client.send(text)
            await client.send(whatsapp)
            await client.dial(call)
            await client.close()
        return state.requests

    return asyncio.run(run())


def test_we_send_no_field_that_twilio_does_not_know_and_all_that_it_demands() -> None:
    contract()

    for _, path, pairs in sent():
        known, demanded = fields_of(path.rpartition("/")[2])
        names = {name for name, _ in pairs}
        assert names <= set(known)
        assert demanded - {"PathAccountSid"} <= names


def test_every_value_that_we_send_has_the_type_and_the_choice_that_twilio_describes() -> None:
    contract()

    for _, path, pairs in sent():
        known, _ = fields_of(path.rpartition("/")[2])
        for name, value in pairs:
            schema = known[name]
            schema = schema.get("items", schema)
            assert schema["type"] in {"string", "integer", "boolean"}
            assert schema["type"] != "integer" or value.isdecimal()
            assert value in schema.get("enum", [value])


def test_the_twin_answers_with_fields_that_twilio_answers_with() -> None:
    schemas = contract()["components"]["schemas"]

    message = Message.made_from(
        {"To": "+12025550123", "From": twin.NUMBER, "Body": "x"}, {}, default_sender=twin.NUMBER
    )

    assert set(message.resource("AC1")) == set(schemas["api.v2010.account.message"]["properties"])
