"""Contacts: the phone book, and the people of connected systems."""

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.contract.connectors import ContactPhone
from hub.db import Work
from hub.desk import audit, calls
from hub.desk import contacts as desk
from hub.desk.filters import Filters
from hub.desk.views import CallView
from hub.web import forms, render
from hub.web.auth import Who
from hub.web.forms import REFUSED, Form
from hub.web.guard import EVERYBODY, MANAGERS, back, house, route, who
from hub.web.problems import said

_NOBODY = desk.ContactDraft(
    name="", company="", title="", phones=(), emails=(), owner="", tags=(), language="", note=""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A person with their last calls."""

    contact: desk.ContactView
    calls: tuple[CallView, ...]


async def listing(request: Request) -> Response:
    """People by name, searched by part of anything."""
    query = request.query_params
    q, cursor = query.get("q", "")[:200], query.get("cursor", "")
    found = await house(request).db.read(desk.find, who(request).workspace_id, q, cursor)
    more = urlencode({"q": q, "cursor": found.next or ""})
    return render.page(request, "contacts/list.html", found=found, q=q, cursor=cursor, more=more)


async def one(request: Request) -> Response:
    """A person: how to reach them, and what was said."""
    me, contact_id = who(request), request.path_params["contact_id"]
    card = await house(request).db.read(_card, me, contact_id)
    return render.page(
        request,
        "contacts/one.html",
        contact=card.contact,
        calls=card.calls,
        may_delete=me.role in MANAGERS,
        saved="saved" in request.query_params,
    )


def _card(session: Session, me: Who, contact_id: str) -> Card:
    contact = desk.one(session, me.workspace_id, contact_id)
    history = calls.find(
        session, me.workspace_id, Filters(contact_id=contact_id), limit=20, me=me.id
    )
    return Card(contact=contact, calls=history.items)


async def new(request: Request) -> Response:
    """An empty form, perhaps with a number."""
    number = request.query_params.get("number", "")[:40].replace(" ", "+", 1)
    return _form(request, _NOBODY, phones=[(number, "")] if number.strip("+") else [])


async def edit(request: Request) -> Response:
    """The form of a person of ours."""
    found = await house(request).db.read(
        desk.one, who(request).workspace_id, request.path_params["contact_id"]
    )
    phones = [(phone.number, phone.label) for phone in found.phones]
    return _form(request, found, phones=phones, contact_id=found.id)


def _form(
    request: Request,
    contact: desk.ContactDraft | desk.ContactView,
    *,
    phones: list[tuple[str, str]],
    contact_id: str = "",
    error: str = "",
) -> Response:
    return render.page(
        request,
        "contacts/form.html",
        422 if error else 200,
        contact=contact,
        phones=[*phones, ("", ""), ("", "")],
        contact_id=contact_id,
        error=error,
    )


async def save(request: Request) -> Response:
    """Keep a new person, or a changed one."""
    me, form = who(request), await forms.read(request)
    contact_id = request.path_params.get("contact_id", "")
    draft = _draft(form)
    try:
        kept = await house(request).db.write(_save, me, draft, contact_id)
    except REFUSED as problem:
        phones = [(phone.number, phone.label) for phone in draft.phones or ()]
        return _form(request, draft, phones=phones, contact_id=contact_id, error=said(problem))
    return back(request, f"/contacts/{kept}?saved")


def _draft(form: Form) -> desk.ContactDraft:
    pairs = zip(form.fields.getlist("phone"), form.fields.getlist("label"), strict=False)
    phones = tuple(
        ContactPhone(number=forms.clean(number), label=forms.clean(str(label)))
        for number, label in pairs
        if isinstance(number, str) and number.strip()
    )
    texts = ("name", "company", "title", "owner", "language", "note")
    return desk.ContactDraft(
        **{name: form.text(name) for name in texts},
        phones=phones,
        emails=tuple(form.lines("emails")),
        tags=tuple(tag.strip() for tag in form.text("tags").split(",") if tag.strip()),
    )


def _save(work: Work, me: Who, draft: desk.ContactDraft, contact_id: str) -> str:
    kept = desk.save(work, me.workspace_id, draft, contact_id, region=me.region)
    audit.record(work, me.workspace_id, me.email, "contact.saved", kept.id)
    return kept.id


async def delete(request: Request) -> Response:
    """Take a person out of the phone book."""
    me, contact_id = who(request), request.path_params["contact_id"]
    await house(request).db.write(_delete, me, contact_id)
    return back(request, "/contacts")


def _delete(work: Work, me: Who, contact_id: str) -> None:
    desk.delete_(work, me.workspace_id, contact_id)
    audit.record(work, me.workspace_id, me.email, "contact.deleted", contact_id)


routes = [
    route("/contacts", listing, EVERYBODY),
    route("/contacts", save, EVERYBODY, "POST"),
    route("/contacts/new", new, EVERYBODY),
    route("/contacts/{contact_id}", one, EVERYBODY),
    route("/contacts/{contact_id}", save, EVERYBODY, "POST"),
    route("/contacts/{contact_id}/edit", edit, EVERYBODY),
    route("/contacts/{contact_id}/delete", delete, MANAGERS, "POST"),
]
