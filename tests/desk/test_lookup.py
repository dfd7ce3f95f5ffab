from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from hub import lookup
from hub.contract.phone import read
from hub.core.matching import Candidate
from hub.db import Database, Work
from hub.models import Call, Choice, Connection, Contact, ContactPhone, Line, Workspace

WS = "w"


def _workspace(work: Work) -> None:
    work.session.add(Workspace(id=WS, name="Example"))
    work.session.flush()
    work.session.add(
        Connection(workspace_id=WS, id="book", system="book", name="Book", secrets=b"")
    )
    work.session.flush()


def _person(work: Work, name: str, number: str, **more: object) -> None:
    work.session.add(
        Contact(
            workspace_id=WS,
            id=name,
            connection_id="book",
            remote_id=name,
            name=name,
            sort_name=name.casefold(),
            **more,
        )
    )
    work.session.flush()
    tail = read(number).tail or ""
    work.session.add(ContactPhone(workspace_id=WS, contact_id=name, number=number, tail=tail))


@pytest.fixture
def book(db: Database) -> Database:
    def fill(work: Work) -> None:
        _workspace(work)
        _person(work, "Ada", "+12025550143")
        _person(work, "Bob", "+12025550144")

    db.write_now(fill)
    return db


def _ask(session: Session, number: str) -> list[Candidate]:
    return lookup.candidates(session, WS, read(number, region="US"))


def test_the_owner_of_a_number_is_found_exactly(book: Database) -> None:
    found = book.read_now(_ask, "+1 (202) 555-0143")

    assert [(one.name, one.exact, one.source) for one in found] == [("Ada", True, "book")]


def test_a_number_without_its_country_finds_people_by_its_tail(book: Database) -> None:
    found = book.read_now(_ask, "+442025550144")

    assert [(one.name, one.exact) for one in found] == [("Bob", False)]


def test_those_who_are_staged_or_deleted_are_not_found(book: Database) -> None:
    def hide(work: Work) -> None:
        _person(work, "Cyd", "+12025550143", staged="an import")
        _person(work, "Dan", "+12025550143", deleted_at=datetime.now(UTC))

    book.write_now(hide)

    assert [one.name for one in book.read_now(_ask, "+12025550143")] == ["Ada"]


def test_a_chosen_person_comes_first_and_the_last_talk_is_told(book: Database) -> None:
    spoken = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def prepare(work: Work) -> None:
        _person(work, "Zoe", "+12025550143")
        work.session.add(Choice(workspace_id=WS, number="+12025550143", contact_id="Zoe", by="me"))
        work.session.add(
            Line(workspace_id=WS, id="l", provider="p", name="L", key="k", secrets=b"")
        )
        work.session.flush()
        work.session.add(
            Call(
                workspace_id=WS,
                line_id="l",
                call_key="1",
                direction="inbound",
                phase="ended",
                contact_id="Zoe",
                started_at=spoken,
                answered_at=spoken,
            )
        )

    book.write_now(prepare)
    first, second = book.read_now(_ask, "+12025550143")

    assert (first.name, first.chosen, first.last_spoken) == ("Zoe", True, spoken.timestamp())
    assert (second.name, second.chosen, second.last_spoken) == ("Ada", False, 0.0)


def test_a_withheld_caller_is_nobody(book: Database) -> None:
    assert book.read_now(_ask, "anonymous") == []


def _crowd(work: Work) -> None:
    work.session.execute(
        insert(Contact),
        [
            {
                "workspace_id": WS,
                "id": f"crowd{n}",
                "connection_id": "book",
                "remote_id": f"crowd{n}",
                "name": "Crowd",
                "sort_name": "crowd",
            }
            for n in range(3000)
        ],
    )
    work.session.execute(
        insert(ContactPhone),
        [
            {
                "workspace_id": WS,
                "contact_id": f"crowd{n}",
                "number": f"+44207946{n:04}",
                "tail": f"07946{n:04}",
            }
            for n in range(3000)
        ],
    )
    work.session.execute(text("ANALYZE"))


def test_both_indexes_answer_and_no_table_is_scanned(book: Database) -> None:
    def plan(session: Session) -> str:
        connection = session.connection()
        dialect = connection.dialect.name
        explain = "EXPLAIN QUERY PLAN " if dialect == "sqlite" else "EXPLAIN "
        rows = connection.exec_driver_sql(
            explain + lookup.STATEMENTS[dialect], lookup.names(WS, read("+12025550143"))
        )
        return "\n".join(str(row) for row in rows)

    book.write_now(_crowd)
    told = book.read_now(plan)

    assert "ix_contact_phone_workspace_id_number" in told
    assert "ix_contact_phone_workspace_id_tail" in told
    assert "SCAN contact" not in told
    assert "Seq Scan on contact" not in told
