"""The hub's own contact tables, as an embedded system sees them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.connectors import Contact, ContactPhone, LoggedCall, RemoteRef
from hub.contract.phone import read
from hub.db import Database, Work
from hub.desk import contacts
from hub.desk.errors import NotFound
from hub.models import Activity, new_id
from hub.models import Contact as ContactRow


class Shelf:
    """`hub.contract.connectors.Shelf` for one connection."""

    def __init__(self, db: Database, workspace_id: str, connection_id: str) -> None:
        """Use the tables of *db*."""
        self._db = db
        self._workspace_id = workspace_id
        self._connection_id = connection_id

    async def find(self, number: str) -> Sequence[Contact]:
        """The people who have exactly *number* (E.164)."""
        found = await self._db.read(_find, self._workspace_id, number)
        return [contact(one) for one in found]

    async def put(self, person: Contact) -> RemoteRef:
        """Keep *person*; an empty `remote_id` makes a new one."""
        return await self._db.write(_put, self._workspace_id, self._connection_id, person)

    async def note(self, call: LoggedCall) -> RemoteRef:
        """Write *call* into its contact's history, once per `call.ref`; raises NotFound."""
        return await self._db.write(_note, self._workspace_id, call)


def contact(view: contacts.ContactView) -> Contact:
    """A person as the contract has them."""
    return Contact(
        remote_id=view.remote_id,
        name=view.name,
        company=view.company,
        title=view.title,
        phones=view.phones,
        emails=view.emails,
        owner=view.owner,
        tags=view.tags,
        language=view.language,
        time_zone=view.time_zone,
        note=view.note,
        url=view.url,
        updated_at=view.updated_at,
    )


def draft(person: Contact) -> contacts.ContactDraft:
    """What the contract says of a person, to be saved."""
    return contacts.ContactDraft(
        name=person.name,
        company=person.company,
        title=person.title,
        phones=tuple(ContactPhone(number=one.number, label=one.label) for one in person.phones),
        emails=person.emails,
        owner=person.owner,
        tags=person.tags,
        language=person.language,
        time_zone=person.time_zone,
        note=person.note,
    )


def _find(session: Session, workspace_id: str, number: str) -> list[contacts.ContactView]:
    caller = read(number)
    return [
        contacts.one(session, workspace_id, found.contact_id)
        for found in contacts.candidates(session, workspace_id, caller)
        if found.exact
    ]


def _put(work: Work, workspace_id: str, connection_id: str, person: Contact) -> RemoteRef:
    known = work.session.scalar(
        select(ContactRow.id).where(
            *contacts.visible(workspace_id),
            ContactRow.connection_id == connection_id,
            ContactRow.remote_id == person.remote_id,
        )
    )
    saved = contacts.save(work, workspace_id, draft(person), known or "")
    if person.remote_id and not known:
        contacts.row(work.session, workspace_id, saved.id).remote_id = person.remote_id
    return RemoteRef(remote_id=person.remote_id or saved.id, url=f"/contacts/{saved.id}")


def _note(work: Work, workspace_id: str, call: LoggedCall) -> RemoteRef:
    person = work.session.scalar(
        select(ContactRow).where(
            *contacts.visible(workspace_id),
            (ContactRow.remote_id == call.contact_id) | (ContactRow.id == call.contact_id),
        )
    )
    if person is None:
        raise NotFound(f"there is no contact {call.contact_id!r} to note the call with")
    entry = {
        "workspace_id": workspace_id,
        "id": new_id(),
        "contact_id": person.id,
        "ref": call.ref,
        "at": call.started_at,
        "subject": call.subject,
        "body": {
            "direction": call.direction,
            "outcome": call.outcome,
            "number": call.number,
            "agent": call.agent,
            "talk_seconds": call.talk_seconds,
            "note": call.note,
            "url": call.url,
        },
    }
    work.add(Activity, [entry], "workspace_id", "contact_id", "ref")
    kept = work.session.scalars(
        select(Activity.id).where(
            Activity.workspace_id == workspace_id,
            Activity.contact_id == person.id,
            Activity.ref == call.ref,
        )
    ).one()
    return RemoteRef(remote_id=kept, url=f"/contacts/{person.id}")
