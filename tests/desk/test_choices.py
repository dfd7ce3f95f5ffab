from datetime import timedelta

import pytest

from hub.contract.connectors import ContactPhone
from hub.contract.errors import BadPayload
from hub.db import Database, Work
from hub.desk import calls, contacts
from hub.desk.contacts import ContactDraft, ContactView
from hub.desk.errors import Conflict, NotFound
from hub.desk.filters import Filters
from hub.models import Call, Connection, Contact, Line, now

NUMBER = "+12025550143"


def _call(work: Work, ws: str, id_: str, caller: str = NUMBER, days: int = 0) -> None:
    if work.session.get(Line, (ws, "l")) is None:
        line = Line(
            workspace_id=ws, id="l", provider="p", name="L", key="k", region="US", secrets=b""
        )
        work.session.add(line)
        work.session.flush()
    work.session.add(
        Call(
            workspace_id=ws,
            id=id_,
            line_id="l",
            call_key=id_,
            direction="inbound",
            phase="ended",
            caller=caller,
            called="+12025550100",
            started_at=now() - timedelta(days=days),
            evidence={},
        )
    )


def _save(db: Database, ws: str, name: str, *numbers: str) -> ContactView:
    phones = tuple(ContactPhone(number=number) for number in numbers)
    return db.write_now(contacts.save, ws, ContactDraft(name=name, phones=phones))


def _who(db: Database, ws: str, call: str) -> tuple[str, str]:
    found = db.read_now(calls.view, ws, call)
    return found.identity, found.contact.name if found.contact else ""


def test_a_new_contact_is_recognised_in_recent_calls(db: Database, ws: str) -> None:
    db.write_now(_call, ws, "recent", days=89)
    db.write_now(_call, ws, "old", days=91)
    _save(db, ws, "Ada", NUMBER)

    assert _who(db, ws, "recent") == ("known", "Ada")
    assert _who(db, ws, "old") == ("unknown", "")


def test_a_deleted_contact_is_nobodys_caller(db: Database, ws: str) -> None:
    db.write_now(_call, ws, "call")
    ada = _save(db, ws, "Ada", NUMBER)
    db.write_now(contacts.delete_, ws, ada.id)

    assert _who(db, ws, "call") == ("unknown", "")
    with pytest.raises(NotFound):
        db.read_now(contacts.one, ws, ada.id)


def test_of_two_with_one_number_an_agent_chooses_and_may_take_it_back(
    db: Database, ws: str
) -> None:
    _save(db, ws, "Ada", NUMBER)
    bo = _save(db, ws, "Bo", NUMBER)
    db.write_now(_call, ws, "call")
    db.write_now(_call, ws, "other")
    db.write_now(calls.choose, ws, "call", bo.id, "anna@example.com")
    chosen = _who(db, ws, "call"), _who(db, ws, "other")
    db.write_now(calls.unchoose, ws, "call")

    assert chosen == (("known", "Bo"), ("known", "Bo"))
    assert _who(db, ws, "call") == ("ambiguous", "")


def test_nobody_is_chosen_for_a_hidden_number(db: Database, ws: str) -> None:
    ada = _save(db, ws, "Ada", NUMBER)
    db.write_now(_call, ws, "call", caller="")

    with pytest.raises(Conflict, match="hid the number"):
        db.write_now(calls.choose, ws, "call", ada.id, "anna@example.com")


def test_a_contact_of_another_system_is_changed_there(db: Database, ws: str) -> None:
    def foreign(work: Work) -> None:
        work.session.add(
            Connection(workspace_id=ws, id="crm", system="elsewhere", name="The CRM", secrets=b"")
        )
        work.session.flush()
        work.session.add(
            Contact(
                workspace_id=ws, id="c", connection_id="crm", remote_id="1", name="Ada",
                sort_name="ada",
            )
        )  # fmt: skip

    db.write_now(foreign)

    with pytest.raises(Conflict, match="belongs to The CRM"):
        db.write_now(contacts.save, ws, ContactDraft(name="Eve"), "c")
    assert not db.read_now(contacts.one, ws, "c").ours


@pytest.mark.parametrize("number", ["none", "", "anonymous", "12"])
def test_what_is_no_number_is_refused_with_its_place(db: Database, ws: str, number: str) -> None:
    if number == "12":  # an extension is one
        assert _save(db, ws, "Ada", number).phones[0].number == "12"
        return

    with pytest.raises(BadPayload, match=r"phones\[1\]\.number"):
        _save(db, ws, "Ada", NUMBER, number)


def test_people_are_found_without_accents_and_by_several_words(db: Database, ws: str) -> None:
    made = db.write_now(contacts.save, ws, ContactDraft(name="Zoë Müller", company="100% Caffè"))
    _save(db, ws, "Ada", NUMBER)

    for question in ("zoe", "MULLER caffe", "100%", "müller"):
        found = db.read_now(contacts.find, ws, question).items
        assert [one.id for one in found] == [made.id]
    assert db.read_now(contacts.find, ws, "zoe ada").items == ()


def test_a_formula_in_a_note_is_text_in_a_spreadsheet(db: Database, ws: str) -> None:
    db.write_now(_call, ws, "call")
    db.write_now(calls.note, ws, "call", note="=HYPERLINK(0)", disposition="-1+1")
    text = db.read_now(lambda session: "".join(calls.csv(session, ws, Filters())))

    assert "'=HYPERLINK(0)" in text
    assert "'-1+1" in text
    assert f",{NUMBER}," in text


def test_a_day_of_the_address_begins_where_the_reader_lives() -> None:
    filters = Filters.from_query(
        {"outcome": "missed", "q": "ada", "since": "2026-03-02", "mine": "1", "other": "x"},
        zone="Europe/Rome",
    )

    assert (filters.outcome, filters.q, filters.mine) == ("missed", "ada", True)
    assert filters.since is not None
    assert filters.since.isoformat() == "2026-03-01T23:00:00+00:00"
