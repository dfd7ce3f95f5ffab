"""Our copy of other systems' people: taken over as they are, never changed here."""

from sqlalchemy import select

from hub.contract.connectors import Contact
from hub.db import Work
from hub.desk.choices import rematch_numbers
from hub.desk.contacts import folded, replace_phones, search_text
from hub.models import Contact as Row
from hub.models import new_id, now

_SAME = ("company", "title", "owner", "language", "time_zone", "note", "url")


def take(work: Work, workspace_id: str, connection_id: str, person: Contact) -> str:
    """Keep what *connection_id*'s system says of *person*; gives our id of the copy.

    Recent calls from the person's numbers of which we were not sure are matched again.
    """
    row = work.session.scalar(
        select(Row).where(
            Row.workspace_id == workspace_id,
            Row.connection_id == connection_id,
            Row.remote_id == person.remote_id,
        )
    ) or _new(work, workspace_id, connection_id, person.remote_id)
    numbers = [phone.number for phone in person.phones]
    row.name = person.name or person.company or next(iter(numbers), "")
    row.sort_name = folded(row.name)
    row.search = search_text(row.name, person.company, person.emails, numbers)
    row.emails, row.tags = list(person.emails), list(person.tags)
    for name in _SAME:
        setattr(row, name, getattr(person, name))
    row.updated_at, row.deleted_at = person.updated_at or now(), None
    work.session.flush()
    replace_phones(work.session, workspace_id, row.id, person.phones)
    rematch_numbers(work, workspace_id, numbers)
    return row.id


def _new(work: Work, workspace_id: str, connection_id: str, remote_id: str) -> Row:
    row = Row(
        workspace_id=workspace_id,
        id=new_id(),
        connection_id=connection_id,
        remote_id=remote_id,
        name="",
        sort_name="",
    )
    work.session.add(row)
    return row
