"""People on their way in: kept hidden beside those we have, then moved over to them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from hub.contract.connectors import Contact
from hub.desk import workspace
from hub.desk.contacts import folded, search_text, tail
from hub.models import Choice, ContactPhone, Import, new_id
from hub.models import Contact as Row

_PART = 500
_LONGEST = 170
_FIELDS = (
    "name", "sort_name", "company", "title", "owner", "language", "time_zone", "tags", "emails",
    "note", "url", "search",
)  # fmt: skip


def keep(session: Session, row: Import, found: Iterable[Contact]) -> tuple[int, int]:
    """Stage who was *found*; gives how many are new, and how many differ from what we have.

    Of the same person twice in a file the last word counts.
    """
    people = {_short(person.remote_id): person for person in found}
    home = workspace.phonebook(session, row.workspace_id).id
    known = _known(session, row, home, people)
    mine = {name: one.id for name, one in known.items() if one.staged == row.id}
    forget(session, row.workspace_id, list(mine.values()))
    there = {name: one for name, one in known.items() if one.staged is None}
    same = _unchanged(session, row.workspace_id, there, people)
    rows = {
        name: _contact(row, home, _aside(row.id, name) if name in there else name, person)
        for name, person in people.items()
        if name not in same
    }
    _insert(session, rows, people)
    fresh = [name for name in rows if not {name, _aside(row.id, name)} & set(mine)]
    changed = sum(1 for name in fresh if name in there)
    return len(fresh) - changed, changed


def _known(
    session: Session, row: Import, home: str, people: Mapping[str, Contact]
) -> dict[str, Row]:
    """Who of *people* is there already, by remote id; one staged just now hides no other."""
    names = [*people, *(_aside(row.id, name) for name in people)]
    found = session.scalars(
        select(Row).where(
            Row.workspace_id == row.workspace_id,
            Row.connection_id == home,
            Row.remote_id.in_(names),
        )
    )
    return {one.remote_id: one for one in found}


def _unchanged(
    session: Session, workspace_id: str, there: Mapping[str, Row], people: Mapping[str, Contact]
) -> set[str]:
    if not there:
        return set()
    numbers: dict[str, set[tuple[str, str]]] = {one.id: set() for one in there.values()}
    found = select(ContactPhone).where(
        ContactPhone.workspace_id == workspace_id, ContactPhone.contact_id.in_(list(numbers))
    )
    for phone in session.scalars(found):
        numbers[phone.contact_id].add((phone.number, phone.label))
    return {
        name
        for name, one in there.items()
        if one.deleted_at is None
        and all(getattr(one, key) == value for key, value in _said(people[name]).items())
        and numbers[one.id] == {(phone.number, phone.label) for phone in people[name].phones}
    }


def _said(person: Contact) -> dict[str, Any]:
    """What a row says of a person."""
    name = person.name or person.company or _first(person)
    return {
        "name": name,
        "sort_name": folded(name),
        "company": person.company,
        "title": person.title,
        "owner": person.owner,
        "language": person.language,
        "time_zone": person.time_zone,
        "tags": list(person.tags),
        "emails": list(person.emails),
        "note": person.note,
        "url": person.url,
        "search": search_text(
            name, person.company, person.emails, [phone.number for phone in person.phones]
        ),
    }


def _first(person: Contact) -> str:
    return next(iter([*(phone.number for phone in person.phones), *person.emails]), "")


def _contact(row: Import, home: str, remote_id: str, person: Contact) -> dict[str, Any]:
    return {
        "workspace_id": row.workspace_id,
        "id": new_id(),
        "connection_id": home,
        "remote_id": remote_id,
        "staged": row.id,
        "created_at": row.started_at,
        "updated_at": row.started_at,
        **_said(person),
    }


def _insert(
    session: Session, rows: Mapping[str, dict[str, Any]], people: Mapping[str, Contact]
) -> None:
    if not rows:
        return
    session.execute(insert(Row), list(rows.values()))
    phones = [
        {
            "workspace_id": row["workspace_id"],
            "id": new_id(),
            "contact_id": row["id"],
            "number": phone.number[:40],
            "tail": tail(phone.number),
            "label": phone.label[:40],
        }
        for name, row in rows.items()
        for phone in people[name].phones
    ]
    if phones:
        session.execute(insert(ContactPhone), phones)


def _short(remote_id: str) -> str:
    """A key that leaves room for an import's id in front of it."""
    if len(remote_id) <= _LONGEST:
        return remote_id
    return hashlib.sha256(remote_id.encode()).hexdigest()


def _aside(import_id: str, remote_id: str) -> str:
    return f"{import_id}/{remote_id}"


def move_over(session: Session, workspace_id: str, import_id: str) -> None:
    """Give those we had what their staged doubles say, and let the doubles go."""
    old, new = aliased(Row), aliased(Row)
    pairs = (
        select(old.id.label("old"), new.id.label("new"))
        .join(
            new,
            (new.workspace_id == old.workspace_id)
            & (new.connection_id == old.connection_id)
            & (new.remote_id == literal(f"{import_id}/") + old.remote_id),
        )
        .where(new.workspace_id == workspace_id, new.staged == import_id, old.staged.is_(None))
    )
    found = {row.new: row.old for row in session.execute(pairs)}
    for some in _parts(list(found), _PART):
        _take_over(session, workspace_id, {id_: found[id_] for id_ in some})


def _take_over(session: Session, workspace_id: str, pairs: dict[str, str]) -> None:
    mine = (ContactPhone.workspace_id == workspace_id,)
    session.execute(
        delete(ContactPhone).where(*mine, ContactPhone.contact_id.in_(list(pairs.values())))
    )
    doubles = session.scalars(
        select(Row).where(Row.workspace_id == workspace_id, Row.id.in_(list(pairs)))
    ).all()
    changes = [
        {"workspace_id": workspace_id, "id": pairs[one.id], "deleted_at": None}
        | {"updated_at": one.updated_at}
        | {name: getattr(one, name) for name in _FIELDS}
        for one in doubles
    ]
    session.execute(update(Row), changes)
    phones = session.scalars(
        select(ContactPhone).where(*mine, ContactPhone.contact_id.in_(list(pairs)))
    ).all()
    if phones:
        moves = [
            {"workspace_id": workspace_id, "id": one.id, "contact_id": pairs[one.contact_id]}
            for one in phones
        ]
        session.execute(update(ContactPhone), moves)
    session.expire_all()
    forget(session, workspace_id, list(pairs))


def forget(session: Session, workspace_id: str, ids: Sequence[str]) -> None:
    """Delete people for good, who were never seen."""
    for some in _parts(ids, _PART):
        for table in (ContactPhone, Choice):
            session.execute(
                delete(table)
                .where(table.workspace_id == workspace_id, table.contact_id.in_(some))
                .execution_options(synchronize_session=False)
            )
        session.execute(
            delete(Row)
            .where(Row.workspace_id == workspace_id, Row.id.in_(some))
            .execution_options(synchronize_session=False)
        )


def _parts(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
