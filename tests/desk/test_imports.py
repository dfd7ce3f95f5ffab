import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from hub.contract.connectors import BadRow, Contact, ContactPhone
from hub.contract.errors import BadPayload
from hub.contract.phone import read
from hub.db import Database, Work
from hub.desk import contacts, imports
from hub.desk.errors import Conflict
from hub.desk.imports import Importer
from hub.lookup import candidates
from hub.models import Call, Import, Line, now
from hub.models import Contact as Row
from hub.models import ContactPhone as PhoneRow


def _person(
    number: int, company: str = "", phones: tuple[ContactPhone, ...] | None = None
) -> Contact:
    own = (ContactPhone(number=f"+1202555{number:04}", label="mobile"),)
    return Contact(
        remote_id=f"row {number}",
        name=f"Person {number}",
        company=company,
        phones=own if phones is None else phones,
    )


def _names(db: Database, ws: str) -> list[str]:
    page = db.read_now(contacts.find, ws, limit=200)
    return [one.name for one in page.items]


def _rows(db: Database) -> tuple[int, int]:
    def count(session: Session) -> tuple[int, int]:
        return (
            session.scalar(select(func.count()).select_from(Row)) or 0,
            session.scalar(select(func.count()).select_from(PhoneRow)) or 0,
        )

    return db.read_now(count)


def test_people_are_taken_in_and_bad_rows_are_told(db: Database, ws: str) -> None:
    rows: list[Contact | BadRow] = [
        _person(1),
        BadRow(line=3, reason="no name", text=",,"),
        _person(2),
    ]
    done = Importer(db=db, workspace_id=ws, file_name="people.csv").run_now(rows)

    assert (done.done, done.made, done.changed, done.bad_count) == (3, 2, 0, 1)
    assert done.bad == (BadRow(line=3, reason="no name", text=",,"),)
    assert _names(db, ws) == ["Person 1", "Person 2"]


def test_the_same_file_twice_makes_no_duplicates(db: Database, ws: str) -> None:
    rows = [_person(number) for number in range(700)]
    Importer(db=db, workspace_id=ws).run_now(rows)
    again = Importer(db=db, workspace_id=ws).run_now(rows)

    assert (again.made, again.changed) == (0, 0)
    assert _rows(db) == (700, 700)


def test_a_changed_person_keeps_their_id(db: Database, ws: str) -> None:
    Importer(db=db, workspace_id=ws).run_now([_person(1), _person(2)])
    before = db.read_now(contacts.find, ws).items
    phones = (ContactPhone(number="+442079460123"), ContactPhone(number="+442079460124"))
    done = Importer(db=db, workspace_id=ws).run_now(
        [_person(1, company="New & Co", phones=phones), _person(3)]
    )
    after = db.read_now(contacts.find, ws).items

    assert (done.made, done.changed) == (1, 1)
    assert after[0].id == before[0].id
    assert after[0].company == "New & Co"
    assert {phone.number for phone in after[0].phones} == {"+442079460123", "+442079460124"}
    assert _rows(db) == (3, 4)


def test_of_a_person_twice_in_a_file_the_last_word_counts(db: Database, ws: str) -> None:
    crowd = [_person(number) for number in range(10, 600)]
    done = Importer(db=db, workspace_id=ws).run_now(
        [_person(1, company="First"), *crowd, _person(1, company="Last")]
    )
    changed = Importer(db=db, workspace_id=ws).run_now(
        [_person(1, company="Third"), *crowd, _person(1, company="Fourth")]
    )

    assert (done.made, done.changed) == (591, 0)
    assert (changed.made, changed.changed) == (0, 1)
    assert db.read_now(contacts.find, ws).items[0].company == "Fourth"
    assert _rows(db)[0] == 591


def test_nothing_is_seen_before_the_end_and_nothing_is_left_of_a_broken_file(
    db: Database, ws: str
) -> None:
    seen: list[int] = []

    def broken() -> Iterator[Contact]:
        for number in range(1200):
            yield _person(number)
        raise BadPayload("the file ends in the middle of a row")

    def look(_: imports.ImportView) -> None:
        caller = read("+12025550001")
        seen.append(len(_names(db, ws)) + len(db.read_now(candidates, ws, caller)))

    with pytest.raises(BadPayload):
        Importer(db=db, workspace_id=ws, progress=look).run_now(broken())

    assert len(seen) > 1
    assert set(seen) == {0}
    assert _rows(db) == (0, 0)
    [failed] = db.read_now(imports.imports, ws)
    assert (failed.state, "middle of a row" in failed.error) == ("failed", True)


def _fall_silent(work: Work) -> None:
    work.session.execute(update(Import).values(heard_at=now() - imports.SILENCE * 1.01))


def test_what_a_crash_left_behind_does_not_stand_in_the_way(db: Database, ws: str) -> None:
    crashed = db.write_now(imports.begin, ws, "people.csv")
    db.write_now(imports.stage, ws, crashed, [_person(1), _person(2)])
    db.write_now(_fall_silent)

    done = Importer(db=db, workspace_id=ws).run_now([_person(1)])

    assert done.made == 1
    assert _names(db, ws) == ["Person 1"]
    assert _rows(db) == (1, 1)
    with pytest.raises(Conflict):
        db.write_now(imports.stage, ws, crashed, [_person(3)])


def test_a_second_import_waits_for_the_first_and_leaves_it_alone(db: Database, ws: str) -> None:
    first = db.write_now(imports.begin, ws, "people.csv")
    db.write_now(_fall_silent)
    db.write_now(imports.stage, ws, first, [_person(1)])
    with pytest.raises(Conflict, match=r"running since \d\d:\d\d UTC: wait for it"):
        Importer(db=db, workspace_id=ws).run_now([_person(2)])

    done = db.write_now(imports.finish, ws, first)

    assert (done.state, done.made) == ("done", 1)
    assert _names(db, ws) == ["Person 1"]
    assert Importer(db=db, workspace_id=ws).run_now([_person(2)]).state == "done"


async def test_a_file_that_breaks_off_beside_the_event_loop_leaves_nothing(
    db: Database, ws: str
) -> None:
    def broken() -> Iterator[Contact]:
        yield from map(_person, range(imports.PIECE + 1))
        raise BadPayload("the file ends in the middle of a row")

    with pytest.raises(BadPayload):
        await Importer(db=db, workspace_id=ws).run(broken())

    assert _rows(db) == (0, 0)
    assert db.read_now(imports.imports, ws)[0].state == "failed"


def test_a_deleted_person_comes_back_with_the_file(db: Database, ws: str) -> None:
    Importer(db=db, workspace_id=ws).run_now([_person(1)])
    [known] = db.read_now(contacts.find, ws).items
    db.write_now(contacts.delete_, ws, known.id)
    gone = _names(db, ws)
    Importer(db=db, workspace_id=ws).run_now([_person(1)])

    assert gone == []
    assert [one.id for one in db.read_now(contacts.find, ws).items] == [known.id]


async def test_a_file_is_read_beside_the_event_loop(db: Database, ws: str) -> None:
    readers = set()

    def people() -> Iterator[Contact]:
        for number in range(imports.CHUNK + 1):
            readers.add(threading.get_ident())
            yield _person(number)

    found = await Importer(db=db, workspace_id=ws).run(people())

    assert (found.state, found.made) == ("done", imports.CHUNK + 1)
    assert threading.get_ident() not in readers


async def test_unknown_callers_are_recognised_after_an_import(db: Database, ws: str) -> None:
    def call(work: Work) -> None:
        home = ws
        line = Line(workspace_id=home, id="l", provider="p", name="L", key="k", secrets=b"")
        work.session.add(line)
        work.session.flush()
        for number in range(3):
            work.session.add(
                Call(
                    workspace_id=home,
                    id=f"call{number}",
                    line_id="l",
                    call_key=str(number),
                    direction="inbound",
                    phase="ended",
                    caller=f"+1202555000{number}",
                    started_at=now(),
                    evidence={},
                )
            )

    db.write_now(call)
    await Importer(db=db, workspace_id=ws).run([_person(1), _person(2)])

    def identities(session: Session) -> list[tuple[str, str]]:
        return [(call.id, str(call.identity)) for call in session.scalars(select(Call))]

    assert sorted(db.read_now(identities)) == [
        ("call0", "unknown"),
        ("call1", "known"),
        ("call2", "known"),
    ]
