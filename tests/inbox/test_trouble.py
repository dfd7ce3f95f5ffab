"""The door on bad days: a database that is away, a bug of ours, garbage from outside."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url
from starlette.applications import Starlette

from hub import inbox
from hub.contract.webhooks import Secrets
from hub.db import Work
from hub.desk import deliveries
from hub.house import build
from hub.lines import FRESH
from hub.models import Calendar, Call, Delivery, Job, new_id
from hub.settings import Settings
from hub.testing.stage import PUBLIC_URL, SECRET, Stage
from webhooks.twilio.signature import sign

JSON = {"content-type": "application/json"}
ALWAYS = {"time_zone": "UTC", "weekly": {}}
BROKEN = {"time_zone": "Nowhere/At all", "weekly": {"monday": "from nine"}}


# --- The database -------------------------------------------------------------------------------


async def knock(client: httpx.AsyncClient, key: str) -> httpx.Response:
    told = (
        '{"type": "call.ringing", "id": "%s", "occurred_at": "2026-03-02T10:41:00Z",'
        ' "call_id": "c-1", "direction": "inbound", "from": "+12025550142", "to": "+12025550100"}'
    )
    return await client.post(
        f"/hooks/generic/{key}",
        params={"secret": SECRET},
        content=told % new_id(),
        headers=JSON,
    )


async def test_while_the_database_is_away_providers_are_asked_to_come_again(
    stage: Stage, tmp_path: Path
) -> None:
    key = stage.line("generic")
    url, leave, come_back = departing(stage, tmp_path)
    house = build(Settings(**stage.house.settings.model_dump() | {"database_url": url}))
    app = Starlette(routes=inbox.routes)
    app.state.house, app.state.limits = house, inbox.Limits(100_000)
    transport = httpx.ASGITransport(app=app)

    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        leave()
        away = [await knock(client, key) for _ in range(3)]
        come_back()
        back = await knock(client, key)
        leave()
        while_known = await knock(client, key)  # the line is still in memory
        come_back()
        again = await knock(client, key)
    await house.db.close()

    assert {(one.status_code, one.headers.get("retry-after")) for one in away} == {(503, "5")}
    assert {one.content for one in away} == {b"the database is away, come again\n"}
    assert back.status_code == 204
    if url.startswith("postgresql"):
        assert while_known.status_code == 503
    assert again.status_code == 204


def departing(
    stage: Stage, folder: Path
) -> tuple[str, Callable[[], object], Callable[[], object]]:
    """The address of a database, what takes it away, and what brings it back."""
    url = stage.house.settings.database_url
    if url.startswith("sqlite"):
        elsewhere = folder / "elsewhere"
        stage.house.db.engine.dispose()  # so that all is in the one file

        def come_back() -> None:
            if not elsewhere.exists():
                elsewhere.mkdir()
                shutil.copyfile(folder / "hub.sqlite3", elsewhere / "hub.sqlite3")

        # A file that is open stays open, whatever becomes of its name: it can only be late.
        return f"sqlite:///{elsewhere / 'hub.sqlite3'}", lambda: None, come_back

    name = make_url(url).database
    server = make_url(url).set(drivername="postgresql", database="postgres")
    address = server.render_as_string(hide_password=False)

    def allow(word: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {word}'.encode())
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    return url, lambda: allow("false"), lambda: allow("true")


# --- A bug of ours ------------------------------------------------------------------------------


def calendar(stage: Stage, hours: dict[str, Any]) -> str:
    id_ = new_id()
    stage.add(Calendar(workspace_id=stage.workspace_id, id=id_, name="Hours", hours=hours))
    return id_


async def test_a_caller_is_answered_though_our_work_fails_and_a_replay_heals_it(
    stage: Stage,
) -> None:
    broken = calendar(stage, BROKEN)
    key = stage.line("twilio", calendar_id=broken)
    ring = stage.sends(key, "answered")[0]

    answer = await stage.post(ring)
    failed = stage.one(Delivery)
    before = stage.all(Call)
    stage.house.db.write_now(repair, stage.workspace_id, broken)
    healed = stage.house.db.write_now(
        deliveries.replay, stage.house.safe, PUBLIC_URL, stage.workspace_id, failed.id
    )

    assert answer.status_code == 200
    assert b"+12025550111" in answer.content
    assert b"+12025550112" in answer.content
    assert failed.state == "failed"
    assert failed.error.startswith(("BadPayload", "BadSetting"))
    assert before == []
    assert (healed.state, healed.error) == ("done", "")
    assert len(stage.all(Call)) == 1


async def test_a_call_goes_on_when_its_calendar_breaks_on_the_way(stage: Stage) -> None:
    hours = calendar(stage, ALWAYS)
    key = stage.line("twilio", calendar_id=hours)
    sends = stage.sends(key, "voicemail")

    first = await stage.post(sends[0])
    stage.house.db.write_now(damage, stage.workspace_id, hours)
    await asyncio.sleep(FRESH + 0.1)
    rest = [await stage.post(send) for send in sends[1:]]

    assert first.status_code == 200
    assert {answer.status_code for answer in rest} <= {200, 204}
    assert len(stage.all(Delivery)) == len(sends)
    assert stage.one(Call).phase == "ended"


async def test_a_plan_that_is_nonsense_does_not_silence_the_phone(stage: Stage) -> None:
    key = stage.line("twilio", plan={"seconds": "many", "agents": 7})

    answer = await stage.post(stage.sends(key, "answered")[0])

    assert answer.status_code == 200
    assert b"<Dial" in answer.content
    assert stage.one(Delivery).state == "failed"


async def test_a_neighbour_that_fails_does_not_fail_the_others(stage: Stage) -> None:
    broken = stage.line("twilio", calendar_id=calendar(stage, BROKEN))
    sound = stage.line("twilio")
    sends = [stage.sends(key, "answered")[0] for key in (broken, sound) * 10]

    answers = await asyncio.gather(*(stage.post(send) for send in sends))

    states = sorted(row.state for row in stage.all(Delivery))
    assert {answer.status_code for answer in answers} == {200}
    assert states == ["done"] * 10 + ["failed"] * 10
    assert len(stage.all(Call)) == 10


async def test_a_replay_of_what_went_well_changes_nothing(stage: Stage) -> None:
    key = stage.line("twilio")
    for story in ("no_answer", "answered", "inbound_stop"):
        await stage.tell(key, story)
    before = [list(map(plain, stage.all(table))) for table in (Call, Job)]

    for row in stage.all(Delivery):
        stage.house.db.write_now(
            deliveries.replay, stage.house.safe, PUBLIC_URL, stage.workspace_id, row.id
        )
    await stage.work()

    assert [list(map(plain, stage.all(table))) for table in (Call, Job)] == before


def plain(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def repair(work: Work, workspace_id: str, calendar_id: str) -> None:
    work.session.get_one(Calendar, (workspace_id, calendar_id)).hours = ALWAYS


def damage(work: Work, workspace_id: str, calendar_id: str) -> None:
    work.session.get_one(Calendar, (workspace_id, calendar_id)).hours = BROKEN


# --- Garbage ------------------------------------------------------------------------------------

GARBAGE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = st.sampled_from(
    [
        "call.ringing",
        "call.ended",
        "message.received",
        "c-1",
        "inbound",
        "+12025550142",
        "newCall",
        "hangup",
        "2026-03-02T10:41:00Z",
        "\ud800",
        "sip:a@b",
        "-1",
        "1e400",
        "\x00",
        "x" * 5000,
    ]
)
FIELDS = st.sampled_from(
    [
        "type",
        "event",
        "id",
        "occurred_at",
        "call_id",
        "callid",
        "direction",
        "from",
        "to",
        "text",
        "message_id",
        "channel",
        "status",
        "leg_id",
        "agent",
        "media",
        "url",
        "seconds",
        "cause",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=8,
)
TWILIO = st.sampled_from(
    [
        "CallSid",
        "CallStatus",
        "From",
        "To",
        "Direction",
        "MessageSid",
        "Body",
        "NumMedia",
        "MessageStatus",
        "RecordingSid",
        "RecordingUrl",
        "DialCallStatus",
        "Digits",
        "Timestamp",
        "SequenceNumber",
        "ParentCallSid",
        "QueueResult",
        "OptOutType",
        "MediaUrl0",
        "Duration",
    ]
)
TWILIO_VALUES = st.text(max_size=10) | st.sampled_from(
    [
        "ringing",
        "completed",
        "inbound",
        "+12025550142",
        "\x00",
        "-5",
        "1e9",
        "NaN",
        "STOP",
        "10",
        "CA" + "1" * 32,
        "SM" + "1" * 32,
        "x" * 3000,
        "Mon, 02 Mar 2026 10:41:00 +0000",
    ]
)
HEADERS = st.sampled_from(
    b"content-type authorization x-twilio-signature webhook-id x-hub-simulated webhook-signature"
    b" webhook-timestamp content-encoding expect".split()
)
STEPS = st.sampled_from(
    ["", "rung/direct", "message/x", "message/%00", "screen", "%ff", "a/../b", "é"]
)


def is_decent(answer: httpx.Response) -> bool:
    text = answer.text
    return (
        answer.status_code in {200, 204, 400, 403, 404, 405, 413}
        and "Traceback" not in text
        and 'File "' not in text
    )


@GARBAGE
@given(st.dictionaries(FIELDS, VALUES, max_size=8) | VALUES, STEPS)
async def test_json_garbage_of_a_line_that_proves_itself_gets_a_decent_answer(
    stage: Stage, told: object, step: str
) -> None:
    key = await garbage_line(stage, "generic")
    answer = await stage.client.post(
        f"/hooks/generic/{key}/{step}",
        params={"secret": SECRET},
        content=json.dumps(told),
        headers=JSON,
    )

    assert is_decent(answer), answer.text


@GARBAGE
@given(st.dictionaries(TWILIO, TWILIO_VALUES, max_size=8), STEPS)
async def test_a_signed_form_of_garbage_gets_a_decent_answer(
    stage: Stage, told: dict[str, str], step: str
) -> None:
    key = await garbage_line(stage, "twilio")
    request = httpx.Request("POST", f"{PUBLIC_URL}/hooks/twilio/{key}/{step}", data=told)
    request.headers.update(sign(str(request.url), list(told.items()), Secrets(current=SECRET)))

    answer = await stage.client.send(request)

    assert is_decent(answer), answer.text
    assert answer.status_code != 403


@GARBAGE
@given(
    st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"]),
    st.binary(max_size=60),
    st.dictionaries(
        HEADERS, st.binary(max_size=30).filter(lambda value: not {0, 10, 13} & set(value))
    ),
    st.builds(
        "{}/{}/{}".format,
        st.sampled_from(["generic", "twilio"]),
        st.sampled_from(["KEY", "no"]),
        STEPS,
    ),
)
async def test_garbage_of_a_stranger_gets_a_decent_answer_and_is_not_kept(
    stage: Stage, method: str, content: bytes, headers: dict[bytes, bytes], path: str
) -> None:
    key = await garbage_line(stage, "generic")
    answer = await stage.client.request(
        method, f"/hooks/{path}".replace("KEY", key), content=content, headers=headers
    )

    assert is_decent(answer), answer.text
    assert answer.status_code in {403, 404, 405}
    assert stage.all(Delivery) == []


KEYS: dict[int, str] = {}


async def garbage_line(stage: Stage, provider: str) -> str:
    """One line of *provider* for all examples of a test."""
    if id(stage) not in KEYS:
        KEYS.clear()
        KEYS[id(stage)] = stage.line(provider)
    return KEYS[id(stage)]
