"""What is written is read again, whatever it is."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.phonebook import read_contacts, write_contacts
from hub.contract.connectors import Contact, ContactPhone
from hub.contract.errors import BadPayload

ODD = ascii_letters + digits + " ,;:\"'\\|=+-@()èß日\n"


def words(alphabet: str = ODD, least: int = 0) -> st.SearchStrategy[str]:
    """Text as `read_contacts` gives it: tidy at its ends."""
    return (
        st.text(alphabet, min_size=least, max_size=60)
        .map(str.strip)
        .filter(lambda text: len(text) >= least)
    )


NAMES = words(ODD.replace("\n", ""), 1)
PHONES = st.builds(
    ContactPhone,
    number=st.integers(0, 99).map(lambda number: f"+120255501{number:02}"),
    label=st.sampled_from(["", "mobile", "work", "home", "main"]),
)
EMAILS = st.sampled_from(["a@example.com", "b.c+d@example.org"])
PEOPLE = st.builds(
    Contact,
    remote_id=st.text(ascii_letters + digits + "-", min_size=1, max_size=40),
    name=NAMES,
    company=words(ODD.replace("\n", "")),
    title=words(ODD.replace("\n", "")),
    phones=st.lists(PHONES, min_size=1, max_size=4, unique_by=lambda it: it.number).map(tuple),
    emails=st.lists(st.sampled_from(["a@example.com", "b.c+d@example.org"]), unique=True).map(
        tuple
    ),
    owner=words(ODD.replace("\n", "")),
    tags=st.lists(st.text(ascii_letters, min_size=1), max_size=3, unique=True).map(tuple),
    language=st.sampled_from(["", "it", "en-GB"]),
    time_zone=st.sampled_from(["", "Europe/Rome"]),
    note=words(),
    url=st.sampled_from(["", "https://crm.example/1?a=b,c;d"]),
)


@pytest.mark.parametrize("format_", ["csv", "vcard"])
@given(people=st.lists(PEOPLE, max_size=4))
def test_people_survive_being_written_and_read(format_: str, people: list[Contact]) -> None:
    body = write_contacts(people, format_)

    if people:
        assert list(read_contacts(body, region="US")) == people


@given(body=st.binary(max_size=400))
def test_no_file_brings_the_reader_down_with_another_error_than_a_refusal(body: bytes) -> None:
    try:
        found = list(read_contacts(b"Name,Phone\n" + body, region="US"))
    except BadPayload:
        return
    assert all(found)


@given(text=st.text(max_size=400))
def test_no_card_brings_the_reader_down(text: str) -> None:
    list(read_contacts(("BEGIN:VCARD\n" + text + "\nEND:VCARD\n").encode(), region="US"))
