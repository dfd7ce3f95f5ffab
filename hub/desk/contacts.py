"""Contacts: find them, change those of our own phone book, ask who has a number."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from hub import lookup as numbers
from hub.contract.connectors import ContactPhone as Phone
from hub.contract.errors import BadPayload
from hub.contract.phone import Caller, CallerKind, read
from hub.core.matching import Candidate, Match, match
from hub.db import Work
from hub.desk.choices import rematch_contact, rematch_numbers
from hub.desk.errors import Conflict, NotFound
from hub.desk.filters import escaped
from hub.desk.page import LIMIT, MOST, Page, decode, encode
from hub.desk.workspace import is_embedded, phonebook, the_one
from hub.models import Choice, Connection, Contact, ContactPhone, new_id, now

PHONE_KINDS = (CallerKind.NUMBER, CallerKind.SHORT_CODE, CallerKind.EXTENSION, CallerKind.SIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """A person, with the system they come from; *ours* ones can be changed here."""

    id: str
    name: str
    company: str
    title: str
    phones: tuple[Phone, ...]
    emails: tuple[str, ...]
    owner: str
    tags: tuple[str, ...]
    language: str
    time_zone: str
    note: str
    url: str
    source: str
    remote_id: str
    ours: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """What is to be true of a contact; None leaves it as it is."""

    name: str | None = None
    company: str | None = None
    title: str | None = None
    phones: tuple[Phone, ...] | None = None
    emails: tuple[str, ...] | None = None
    owner: str | None = None
    tags: tuple[str, ...] | None = None
    language: str | None = None
    time_zone: str | None = None
    note: str | None = None


TEXTS = ("name", "company", "title", "owner", "language", "time_zone", "note")
LISTS = ("emails", "tags")


def find(
    session: Session, workspace_id: str, q: str = "", cursor: str = "", limit: int = LIMIT
) -> Page[ContactView]:
    """People by name; *q* is part of a name, company, address or number. Raises BadPayload."""
    wanted = select(Contact).where(*visible(workspace_id))
    for word in folded(q).split():
        wanted = wanted.where(Contact.search.like(f"%{escaped(word)}%", escape="\\"))
    if cursor:
        name, last = decode(cursor)
        wanted = wanted.where(
            or_(Contact.sort_name > name, and_(Contact.sort_name == name, Contact.id > last))
        )
    limit = max(1, min(limit, MOST))
    rows = session.scalars(wanted.order_by(Contact.sort_name, Contact.id).limit(limit + 1)).all()
    more = encode(rows[limit - 1].sort_name, rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=tuple(_views(session, workspace_id, rows[:limit])), next=more)


def one(session: Session, workspace_id: str, contact_id: str) -> ContactView:
    """One person; raises NotFound."""
    return _views(session, workspace_id, [row(session, workspace_id, contact_id)])[0]


def row(session: Session, workspace_id: str, contact_id: str) -> Contact:
    """The table's row of a person; raises NotFound."""
    found = session.scalar(select(Contact).where(*visible(workspace_id), Contact.id == contact_id))
    if found is None:
        raise NotFound(f"there is no contact {contact_id!r}")
    return found


def save(
    work: Work,
    workspace_id: str,
    draft: ContactDraft,
    contact_id: str = "",
    *,
    region: str = "",
) -> ContactView:
    """Make a person in our phone book, or change one; numbers are read by *region*.

    Recent calls from the numbers are matched again. Raises BadPayload (with the field), NotFound,
    and Conflict for a person of another system.
    """
    region = region or the_one(work.session).region
    draft_phones = None if draft.phones is None else _read_phones(draft.phones, region)
    found = _changeable(work.session, workspace_id, contact_id) if contact_id else None
    if found is None:
        found = _new(work.session, workspace_id, draft, draft_phones)
    _apply(found, draft)
    work.session.flush()
    if draft_phones is not None:
        replace_phones(work.session, workspace_id, found.id, draft_phones)
    _index(work.session, found)
    rematch_contact(work, workspace_id, found.id)
    rematch_numbers(work, workspace_id, _numbers(work.session, found))
    return one(work.session, workspace_id, found.id)


def delete_(work: Work, workspace_id: str, contact_id: str) -> None:
    """Take a person out of our phone book: calls are matched again. Raises NotFound, Conflict."""
    found = _changeable(work.session, workspace_id, contact_id)
    found.deleted_at = now()
    work.session.execute(
        delete(Choice).where(Choice.workspace_id == workspace_id, Choice.contact_id == found.id)
    )
    work.session.flush()
    rematch_contact(work, workspace_id, found.id)


def candidates(session: Session, workspace_id: str, caller: Caller) -> list[Candidate]:
    """All who have *caller*'s number: `hub.lookup`."""
    return numbers.candidates(session, workspace_id, caller)


def lookup(session: Session, workspace_id: str, number: str, region: str = "") -> Match:
    """Who *number* is, read by *region* (else the workspace's): one indexed question."""
    caller = read(number, region=region or the_one(session).region)
    return match(caller, numbers.candidates(session, workspace_id, caller))


def export(session: Session, workspace_id: str) -> Iterator[Sequence[ContactView]]:
    """Everybody, in pages."""
    cursor: str | None = ""
    while cursor is not None:
        found = find(session, workspace_id, cursor=cursor, limit=MOST)
        yield found.items
        session.expunge_all()
        cursor = found.next


def visible(workspace_id: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions: neither deleted nor still being imported."""
    return (
        Contact.workspace_id == workspace_id,
        Contact.staged.is_(None),
        Contact.deleted_at.is_(None),
    )


def folded(text: str) -> str:
    """*text* for searching and sorting: without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip()


def search_text(name: str, company: str, emails: Sequence[str], phones: Sequence[str]) -> str:
    """What `find` looks at."""
    return folded(" ".join((name, company, *emails, *phones)))


def replace_phones(
    session: Session, workspace_id: str, contact_id: str, phones: Sequence[Phone]
) -> None:
    """Give a contact exactly *phones*."""
    session.execute(
        delete(ContactPhone).where(
            ContactPhone.workspace_id == workspace_id, ContactPhone.contact_id == contact_id
        )
    )
    ids = sorted(new_id() for _ in phones)  # their order is that of the numbers
    session.add_all(
        ContactPhone(
            workspace_id=workspace_id,
            id=id_,
            contact_id=contact_id,
            number=phone.number,
            tail=tail(phone.number),
            label=phone.label,
        )
        for id_, phone in zip(ids, phones, strict=True)
    )
    session.flush()


def tail(number: str) -> str:
    """The last nine digits of E.164, or of seven digits and more; else nothing."""
    digits = "".join(letter for letter in number if letter.isdecimal())
    return digits[-9:] if number.startswith("+") or len(digits) >= 7 else ""  # noqa: PLR2004 - as hub.contract.phone


def _read_phones(phones: Sequence[Phone], region: str) -> list[Phone]:
    found: dict[str, Phone] = {}
    for index, phone in enumerate(phones):
        caller = read(phone.number, region=region)
        if caller.kind not in PHONE_KINDS:
            raise BadPayload(
                f"{phone.number!r} is no telephone number: write it as in +12025550143",
                path=f"phones[{index}].number",
            )
        number = caller.e164 or caller.display[:40]
        found.setdefault(number, Phone(number=number, label=phone.label[:40]))
    return list(found.values())


def _new(
    session: Session, workspace_id: str, draft: ContactDraft, phones: Sequence[Phone] | None
) -> Contact:
    if not (draft.name or draft.company or phones or draft.emails):
        raise BadPayload("is missing: give a name, a company, a number or an address", path="name")
    id_ = new_id()
    found = Contact(
        workspace_id=workspace_id,
        id=id_,
        connection_id=phonebook(session, workspace_id).id,
        remote_id=id_,
        name="",
        sort_name="",
        company="",
        emails=[],
        tags=[],
    )
    session.add(found)
    return found


def _changeable(session: Session, workspace_id: str, contact_id: str) -> Contact:
    found = row(session, workspace_id, contact_id)
    home = phonebook(session, workspace_id)
    if found.connection_id != home.id:
        system = session.get_one(Connection, (workspace_id, found.connection_id)).name
        raise Conflict(f"this contact belongs to {system}: change it there")
    return found


def _apply(contact: Contact, draft: ContactDraft) -> None:
    for name in TEXTS:
        value = getattr(draft, name)
        if value is not None:
            setattr(contact, name, value.strip() if name != "note" else value)
    for name in LISTS:
        values = getattr(draft, name)
        if values is not None:
            setattr(contact, name, [value.strip() for value in values if value.strip()])
    contact.updated_at = now()


def _index(session: Session, contact: Contact) -> None:
    phones = _numbers(session, contact)
    contact.name = contact.name or contact.company or next(iter([*phones, *contact.emails]), "")
    contact.sort_name = folded(contact.name)
    contact.search = search_text(contact.name, contact.company, contact.emails, phones)
    session.flush()


def _numbers(session: Session, contact: Contact) -> list[str]:
    found = select(ContactPhone.number).where(
        ContactPhone.workspace_id == contact.workspace_id, ContactPhone.contact_id == contact.id
    )
    return list(session.scalars(found))


def _views(session: Session, workspace_id: str, rows: Sequence[Contact]) -> list[ContactView]:
    home = {
        connection.id: connection
        for connection in session.scalars(
            select(Connection).where(Connection.workspace_id == workspace_id)
        )
    }
    phones: dict[str, list[Phone]] = {contact.id: [] for contact in rows}
    wanted = select(ContactPhone).where(
        ContactPhone.workspace_id == workspace_id, ContactPhone.contact_id.in_(list(phones))
    )
    for phone in session.scalars(wanted.order_by(ContactPhone.id)):
        phones[phone.contact_id].append(Phone(number=phone.number, label=phone.label))
    own = {id_ for id_, connection in home.items() if is_embedded(connection.system)}
    return [
        _view(
            contact,
            home[contact.connection_id].system,
            tuple(phones[contact.id]),
            ours=contact.connection_id in own,
        )
        for contact in rows
    ]


def _view(contact: Contact, source: str, phones: tuple[Phone, ...], *, ours: bool) -> ContactView:
    return ContactView(
        id=contact.id,
        name=contact.name,
        company=contact.company,
        title=contact.title,
        phones=phones,
        emails=tuple(contact.emails),
        owner=contact.owner,
        tags=tuple(contact.tags),
        language=contact.language,
        time_zone=contact.time_zone,
        note=contact.note,
        url=contact.url,
        source=source,
        remote_id=contact.remote_id,
        ours=ours,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
    )
