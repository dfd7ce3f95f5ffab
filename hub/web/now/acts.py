"""What an agent does in a pop or in the inbox; each answers with the thing as it is now."""

from collections.abc import Callable
from dataclasses import replace
from typing import Concatenate, ParamSpec

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from hub.contract.connectors import ContactPhone
from hub.contract.errors import HubError
from hub.db import Away, Work
from hub.desk import audit, calls, contacts, dial, missed
from hub.desk.contacts import ContactDraft
from hub.desk.errors import NotFound
from hub.web import forms
from hub.web.guard import EVERYBODY, back, house, route, who
from hub.web.now import cards

P = ParamSpec("P")


async def note(request: Request) -> Response:
    """Keep the note, or what became of the call."""
    form = await forms.read(request)
    given = {
        name: form.text(name)[:most]
        for name, most in (("note", calls.MOST_NOTE), ("disposition", 40))
        if name in form.fields
    }
    return await _acted(request, calls.note, request.path_params["call_id"], **given)


async def choose(request: Request) -> Response:
    """It is this person, now and whenever this number calls."""
    contact_id = (await forms.read(request)).text("contact")
    return await _acted(
        request, calls.choose, request.path_params["call_id"], contact_id, who(request).email
    )


async def unchoose(request: Request) -> Response:
    """It is not for sure this person."""
    return await _acted(request, calls.unchoose, request.path_params["call_id"])


async def create(request: Request) -> Response:
    """A new contact in our own phone book, with the number that calls."""
    form = await forms.read(request)
    draft = ContactDraft(name=form.text("name")[:200], company=form.text("company")[:200])
    return await _acted(
        request, _create, request.path_params["call_id"], draft, who(request).email
    )


def _create(work: Work, workspace_id: str, call_id: str, draft: ContactDraft, by: str) -> None:
    number = calls.view(work.session, workspace_id, call_id).other
    phones = (ContactPhone(number=number),) if number else ()
    made = contacts.save(work, workspace_id, replace(draft, phones=phones))
    audit.record(work, workspace_id, by, "contact.created", made.id)


async def _acted(
    request: Request,
    act: Callable[Concatenate[Work, str, P], object],
    *given: P.args,
    **named: P.kwargs,
) -> Response:
    """Do *act*, then give the pop as it is now; what was refused, as a sentence."""
    found = who(request)
    try:
        await house(request).db.write(_done(act), found.workspace_id, *given, **named)
    except Away:
        raise
    except HubError as error:
        return PlainTextResponse(str(error), 404 if isinstance(error, NotFound) else 422)
    card = await cards.card(request, found, request.path_params["call_id"])
    return HTMLResponse(card.html if card else "", headers={"cache-control": "no-store"})


def _done(act: Callable[Concatenate[Work, P], object]) -> Callable[Concatenate[Work, P], None]:
    """*act* without what it gives, which stays in its transaction."""

    def done(work: Work, /, *given: P.args, **named: P.kwargs) -> None:
        act(work, *given, **named)

    return done


async def call_back(request: Request) -> Response:
    """Ring the phone of whoever asks, then connect the other side of the call."""
    found, db = who(request), house(request).db
    call_id = request.path_params["call_id"]
    try:
        call = await db.read(calls.view, found.workspace_id, call_id)
        await dial.dial(house(request), found.workspace_id, call.other, found.id)
    except Away:
        raise
    except HubError as error:
        return PlainTextResponse(str(error), 404 if isinstance(error, NotFound) else 422)
    return Response(status_code=204)


async def handle(request: Request) -> Response:
    """Mark an entry of the inbox as handled, or take it back."""
    form, found = await forms.read(request), who(request)
    await house(request).db.write(
        missed.handle,
        found.workspace_id,
        request.path_params["missed_id"],
        found.id,
        undo=form.ticked("undo"),
    )
    if request.headers.get("hx-request"):
        return Response(status_code=204)
    return back(request, form.text("next", "/now"))


routes = [
    route("/pop/{call_id}/note", note, EVERYBODY, "POST"),
    route("/pop/{call_id}/choose", choose, EVERYBODY, "POST"),
    route("/pop/{call_id}/unchoose", unchoose, EVERYBODY, "POST"),
    route("/pop/{call_id}/contact", create, EVERYBODY, "POST"),
    route("/pop/{call_id}/back", call_back, EVERYBODY, "POST"),
    route("/missed/{missed_id}/handle", handle, EVERYBODY, "POST"),
]
