"""People in vCard files of all ages."""

import pytest

from connectors.phonebook import read_contacts
from hub.contract.connectors import BadRow, Contact, ContactPhone

VERSION_4 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1\r\n"
    "FN:Ann\r\n  Lee\r\nORG:Acme\\, Inc.;Sales\r\nTITLE:Buyer\r\n"
    'TEL;VALUE=uri;PREF=2;TYPE="voice,home":tel:+1-202-555-0123;ext=12\r\n'
    "TEL;TYPE=work;TYPE=pref:+1 202 555 0124\r\nitem1.EMAIL;TYPE=work:ann@example.com\r\n"
    "CATEGORIES:VIP,Tea\\, green\r\nLANG:it\r\nTZ:Europe/Rome\r\nNOTE:One\\nTwo\\; three\r\n"
    "END:VCARD\r\n"
)
VERSION_3 = (
    "BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann;B;;\nFN:Ann Lee\nTEL;TYPE=CELL,VOICE:(202) 555-0123\n"
    "TEL;TYPE=WORK,FAX:(202) 555-0199\nEND:VCARD\n"
)
VERSION_2 = (
    "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:R=C3=B6=\nssi;Anna;;;\n"
    "TEL;CELL:2025550123\nEND:VCARD\n"
)


def people(text: str) -> list[Contact | BadRow]:
    return list(read_contacts(text.encode(), region="US"))


def person(text: str) -> Contact:
    found = people(text)
    assert len(found) == 1
    assert isinstance(found[0], Contact)
    return found[0]


def test_a_card_of_version_4_is_read_with_all_that_is_in_it() -> None:
    assert person(VERSION_4) == Contact(
        remote_id="4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
        name="Ann Lee",
        company="Acme, Inc.",
        title="Buyer",
        phones=(
            ContactPhone(number="+12025550124", label="work"),
            ContactPhone(number="+12025550123", label="home"),
        ),
        emails=("ann@example.com",),
        tags=("VIP", "Tea, green"),
        language="it",
        time_zone="Europe/Rome",
        note="One\nTwo; three",
    )


def test_a_card_of_version_3_gives_its_mobile_number_and_no_fax() -> None:
    ann = person(VERSION_3)

    assert ann.name == "Ann Lee"
    assert ann.phones == (ContactPhone(number="+12025550123", label="mobile"),)


def test_a_card_of_version_2_is_read_through_its_quoted_printable() -> None:
    anna = person(VERSION_2)

    assert anna.name == "Anna Rössi"
    assert anna.phones == (ContactPhone(number="+12025550123", label="mobile"),)


def test_one_odd_card_does_not_stop_the_others() -> None:
    odd = "BEGIN:VCARD\nthis is no property\nFN:Bob\nEND:VCARD\nnoise between\n"
    cut = "BEGIN:VCARD\nFN:Cut\n"

    found = people(odd + cut + VERSION_3 + "BEGIN:VCARD\n")

    assert [it.name for it in found if isinstance(it, Contact)] == ["Ann Lee"]
    assert [(it.line, it.reason) for it in found if isinstance(it, BadRow)] == [
        (1, "no number and no e-mail address"),
        (6, "the card has no END:VCARD"),
        (15, "the card has no END:VCARD"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_will_do(end: str) -> None:
    assert person(VERSION_3.replace("\n", end)).name == "Ann Lee"
