"""The hub's own contact tables, as an embedded system sees them: the contract's `Shelf`."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.connectors import Contact, ContactPhone, LoggedCall, RemoteRef
from hub.contract.errors import RemoteRefused
from hub.contract.phone import read
from hub.db import Database, Work
from hub.desk.contacts import ContactDraft, save
from hub.lookup import candidates
from hub.models import Activity, new_id
from hub.models import Contact as Row
from hub.models import ContactPhone as PhoneRow


class ContactShelf:
    """The people of one embedded connection."""

    def __init__(self, db: Database, workspace_id: str, connection_id: str) -> None:
        """Keep people in *db*."""
        self._db = db
        self._keys = (workspace_id, connection_id)

    async def find(self, number: str) -> Sequence[Contact]:
        """The people who have exactly *number* (E.164)."""
        return await self._db.read(_find, *self._keys, number)

    async def put(self, contact: Contact) -> RemoteRef:
        """Keep *contact*; an empty `remote_id` makes a new one."""
        return await self._db.write(_put, *self._keys, contact)

    async def note(self, call: LoggedCall) -> RemoteRef:
        """Write *call* into its contact's history, once per `call.ref`."""
        return await self._db.write(_note, *self._keys, call)


def _find(session: Session, workspace_id: str, connection_id: str, number: str) -> list[Contact]:
    found = [one for one in candidates(session, workspace_id, read(number)) if one.exact]
    rows = [session.get_one(Row, (workspace_id, one.contact_id)) for one in found]
    return [_contact(session, row) for row in rows if row.connection_id == connection_id]


def _contact(session: Session, row: Row) -> Contact:
    phones = session.scalars(
        select(PhoneRow).where(
            PhoneRow.workspace_id == row.workspace_id, PhoneRow.contact_id == row.id
        )
    )
    return Contact(
        remote_id=row.remote_id,
        name=row.name,
        company=row.company,
        title=row.title,
        phones=tuple(ContactPhone(number=one.number, label=one.label) for one in phones),
        emails=tuple(row.emails),
        owner=row.owner,
        tags=tuple(row.tags),
        language=row.language,
        time_zone=row.time_zone,
        note=row.note,
        url=row.url,
        updated_at=row.updated_at,
    )


def _put(work: Work, workspace_id: str, connection_id: str, contact: Contact) -> RemoteRef:
    known = _row(work.session, workspace_id, connection_id, contact.remote_id)
    draft = ContactDraft(
        name=contact.name,
        company=contact.company,
        title=contact.title,
        phones=contact.phones,
        emails=contact.emails,
        owner=contact.owner,
        tags=contact.tags,
        language=contact.language,
        time_zone=contact.time_zone,
        note=contact.note,
    )
    saved = save(work, workspace_id, draft, known.id if known else "")
    return RemoteRef(remote_id=saved.remote_id, url=f"/contacts/{saved.id}")


def _row(session: Session, workspace_id: str, connection_id: str, remote_id: str) -> Row | None:
    return session.scalar(
        select(Row).where(
            Row.workspace_id == workspace_id,
            Row.connection_id == connection_id,
            Row.remote_id == remote_id,
        )
    )


def _note(work: Work, workspace_id: str, connection_id: str, call: LoggedCall) -> RemoteRef:
    row = _row(work.session, workspace_id, connection_id, call.contact_id)
    if row is None:
        raise RemoteRefused("the person was removed from the phone book")
    entry = {
        "workspace_id": workspace_id,
        "id": new_id(),
        "contact_id": row.id,
        "ref": call.ref,
        "at": call.started_at,
        "subject": call.subject,
        "body": {
            "outcome": call.outcome,
            "missed_reason": call.missed_reason,
            "agent": call.agent,
            "talk_seconds": call.talk_seconds,
            "note": call.note,
            "disposition": call.disposition,
            "url": call.url,
        },
    }
    work.add(Activity, [entry], "workspace_id", "contact_id", "ref")
    kept = work.session.scalars(
        select(Activity.id).where(
            Activity.workspace_id == workspace_id,
            Activity.contact_id == row.id,
            Activity.ref == call.ref,
        )
    ).one()
    return RemoteRef(remote_id=kept, url=f"/contacts/{row.id}")
