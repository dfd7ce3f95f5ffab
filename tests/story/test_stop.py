"""The link at the foot of a mail, and the person who settles a message in doubt."""

import re

import httpx
from starlette.applications import Starlette

from hub import web
from hub.contract.twins import Running
from hub.desk import messages
from hub.models import ConsentRow, Message
from hub.testing.stage import PUBLIC_URL, Stage

READER = "anna@example.com"


def _console(stage: Stage) -> httpx.AsyncClient:
    app = Starlette(
        routes=web.routes,
        middleware=web.middleware,
        exception_handlers=web.exception_handlers,
    )
    app.state.house = stage.house
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PUBLIC_URL)


async def _mailed(stage: Stage, post_office: Running) -> str:
    """The address in the List-Unsubscribe header of a follow-up."""
    stage.rule()
    stage.person("Anna Example", "+442079460123", emails=[READER])
    await stage.tell(stage.line("twilio"), "no_answer", caller="+442079460123")
    (mail,) = post_office.state.mails  # type: ignore[attr-defined] # a mail catcher has mails
    return re.sub(r"[<>\s]", "", mail["List-Unsubscribe"]).removeprefix(PUBLIC_URL)


async def test_a_mail_program_s_own_button_stops_us(stage: Stage, post_office: Running) -> None:
    path = await _mailed(stage, post_office)

    async with _console(stage) as reader:
        page = await reader.get(path)
        looked_at = stage.all(ConsentRow)
        answer = await reader.post(path, data={"List-Unsubscribe": "One-Click"})

    row = stage.one(ConsentRow)
    assert (page.status_code, looked_at, answer.status_code) == (200, [], 200)
    assert (row.address, row.channel, row.word) == (READER, "email", "stop")


async def test_a_link_that_we_did_not_write_stops_nobody(
    stage: Stage, post_office: Running
) -> None:
    path = await _mailed(stage, post_office)

    async with _console(stage) as reader:
        answers = [await reader.post(path[:-1] + "x"), await reader.post("/stop/a.b/c")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert stage.all(ConsentRow) == []


async def test_a_message_in_doubt_is_sent_again_only_when_a_person_says_so(
    stage: Stage, twilio: Running
) -> None:
    stage.rule()
    key = stage.line("twilio")
    await stage.tell(key, "no_answer")
    row = stage.one(Message)
    row.status = "unknown"  # type: ignore[assignment] # as its column reads it
    stage.house.db.write_now(lambda work: work.session.merge(row) and None)
    await stage.work()
    in_doubt = len(twilio.state.messages)

    await stage.house.db.write(messages.resolve, stage.workspace_id, row.id, went_out=False)
    await stage.work()

    assert (in_doubt, len(twilio.state.messages)) == (1, 2)
    assert stage.one(Message).status == "accepted"
