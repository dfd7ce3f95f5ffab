"""People in CSV files, as other programs write them."""

import pytest

from connectors.phonebook import read_columns, read_contacts, write_contacts
from hub.contract.connectors import BadRow, Contact, ContactPhone
from hub.contract.errors import BadPayload, BadSetting

GOOGLE = (
    "First Name,Last Name,Organization Name,Organization Title,Labels,Notes,E-mail 1 - Label,"
    "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
    "Ann,Lee,Acme,Buyer,VIP ::: * myContacts,Likes tea,Work,ann@example.com,Mobile,"
    "+1 202-555-0123 ::: +1 202-555-0124,Work,(202) 555-0125\n"
)
GOOGLE_OLD = (
    "Name,Given Name,Family Name,Group Membership,Organization 1 - Name,Phone 1 - Type,"
    "Phone 1 - Value\nAnn Lee,Ann,Lee,* myContacts,Acme,Mobile,+12025550123\n"
)
OUTLOOK = (
    '"Title","First Name","Middle Name","Last Name","Company","Job Title","Business Fax",'
    '"Business Phone","Mobile Phone","E-mail Address","E-mail Type","E-mail Display Name",'
    '"Categories"\r\n"Ms","Ann","B","Lee","Acme","Buyer","+1 202 555 0199","(202) 555-0123",'
    '"(202) 555-0124","ann@example.com","SMTP","Ann Lee (ann@example.com)","VIP;Tea"\r\n'
)
# Example numbers, in the form that people in Italy write.
OUTLOOK_ITALIAN = (
    "Nome;Cognome;Società;Posizione;Telefono ufficio;Cellulare;Fax (uff.);"
    "Indirizzo posta elettronica\nAnna;Rossi;Esempio Srl;Acquisti;02 12345678;333 1234567;"
    "02 12345679;anna@example.it\n"
)


def people(
    body: str | bytes, region: str = "US", columns: dict[str, str] | None = None
) -> list[Contact | BadRow]:
    raw = body.encode() if isinstance(body, str) else body
    return list(read_contacts(raw, region=region, columns=columns))


def person(body: str | bytes, region: str = "US") -> Contact:
    found = people(body, region)
    assert len(found) == 1
    assert isinstance(found[0], Contact)
    return found[0]


def bad(body: str) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in people(body) if isinstance(row, BadRow)]


def numbers(contact: Contact) -> list[str]:
    return [phone.number for phone in contact.phones]


def test_googles_file_gives_name_company_labels_and_all_numbers() -> None:
    ann = person(GOOGLE)

    assert (ann.name, ann.company, ann.title) == ("Ann Lee", "Acme", "Buyer")
    assert ann.phones == (
        ContactPhone(number="+12025550123", label="Mobile"),
        ContactPhone(number="+12025550124", label="Mobile"),
        ContactPhone(number="+12025550125", label="Work"),
    )
    assert (ann.emails, ann.tags, ann.note) == (("ann@example.com",), ("VIP",), "Likes tea")


def test_googles_old_headers_are_still_read() -> None:
    ann = person(GOOGLE_OLD)

    assert (ann.name, ann.company, ann.tags) == ("Ann Lee", "Acme", ())
    assert ann.phones == (ContactPhone(number="+12025550123", label="Mobile"),)


def test_outlooks_file_gives_no_fax_and_takes_ms_for_no_job() -> None:
    ann = person(OUTLOOK)

    assert (ann.name, ann.title) == ("Ann B Lee", "Buyer")
    assert numbers(ann) == ["+12025550123", "+12025550124"]
    assert (ann.emails, ann.tags) == (("ann@example.com",), ("VIP", "Tea"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_italian_outlook_file_is_read_in_any_of_its_encodings(encoding: str) -> None:
    anna = person(OUTLOOK_ITALIAN.encode(encoding), region="IT")

    assert (anna.name, anna.company, anna.title) == ("Anna Rossi", "Esempio Srl", "Acquisti")
    assert numbers(anna) == ["+390212345678", "+393331234567"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_any_end_of_line_will_do(delimiter: str, end: str) -> None:
    rows = [["Name", "Phone"], ["Ann, Lee; Roe", "+12025550123"]]
    body = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

    assert person(body).name == "Ann, Lee; Roe"


def test_excels_own_line_about_the_delimiter_is_no_header() -> None:
    assert person("sep=;\r\nName;Phone\r\nAnn;+12025550123\r\n").name == "Ann"


def test_columns_can_be_named_freely_and_a_known_one_switched_off() -> None:
    body = "Wer,Handy,Phone\nAnn,+12025550123,+12025550124\n"
    columns = {"Wer": "name", "Handy": "phone", "Phone": ""}

    found = people(body, columns=columns)

    assert [numbers(it) for it in found if isinstance(it, Contact)] == [["+12025550123"]]


def test_what_a_column_is_taken_for_can_be_asked_before() -> None:
    found = read_columns(b"Name,Handy,Phone 1 - Type,Phone 1 - Value\n")

    assert found == {"Name": "name", "Handy": "", "Phone 1 - Type": "", "Phone 1 - Value": "phone"}


@pytest.mark.parametrize("columns", [{"Nobody": "name"}, {"Name": "shoe size"}])
def test_a_column_or_field_that_does_not_exist_is_named(columns: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=r"Nobody|shoe size"):
        people("Name,Phone\nAnn,+12025550123\n", columns=columns)


def test_bad_rows_are_told_with_their_line_and_reason() -> None:
    body = (
        'Name,Phone,E-mail\nAnn,+12025550123,\n,+12025550124,\n\nBob,,\n"Car\nla",no,\n'
        "Dan,12,dan@example\nEve,+12025550126,a,b,c\n"
    )

    assert bad(body) == [
        (3, "no name and no company"),
        (5, "no number and no e-mail address"),
        (6, "cannot be read: no"),
        (8, "cannot be read: 12, dan@example"),
        (9, "5 cells, but only 3 columns: a quote may be missing"),
    ]


def test_a_person_with_one_good_number_is_taken_and_the_odd_one_reported() -> None:
    ann, odd = people("Name,Phone,Mobile\nAnn,555-12,+12025550123\n")

    assert isinstance(ann, Contact)
    assert numbers(ann) == ["55512", "+12025550123"]
    assert isinstance(odd, BadRow)
    assert "'555-12'" in odd.reason


def test_a_company_without_a_person_is_taken() -> None:
    assert person("Company,Phone\nAcme,+12025550123\n").name == "Acme"


def test_the_same_file_read_twice_gives_the_same_ids_and_two_people_two() -> None:
    body = "Name,Phone\nAnn,+12025550123\nBob,+12025550123\nann,+1 202 555 0123\n"

    first, second = people(body), people(body)

    assert first == second
    ids = [it.remote_id for it in first if isinstance(it, Contact)]
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("body", ["", "  \n", "Colour,Size\nred,9\n", "+12025550123,Ann\n"])
def test_a_file_without_people_is_refused_as_a_whole(body: str) -> None:
    with pytest.raises(BadPayload):
        people(body)


def test_a_file_that_breaks_its_word_about_its_encoding_is_refused() -> None:
    with pytest.raises(BadPayload, match="utf-16"):
        people(b"\xff\xfeN\x00a\x00m")


def test_what_cannot_be_seen_is_not_kept() -> None:
    ann = person("Name,Phone\nA\x00nn\u202e,\u202a+1 202 555 0123\u202c\n")

    assert (ann.name, numbers(ann)) == ("Ann", ["+12025550123"])


def test_a_spreadsheet_finds_no_formula_in_what_we_write() -> None:
    evil = Contact(
        remote_id="=1",
        name="=HYPERLINK(1)",
        company="+cmd",
        title="-1+1",
        note="@SUM(1)",
        phones=(ContactPhone(number="+12025550123", label="\tx"),),
    )

    body = write_contacts([evil], "csv").decode("utf-8-sig")

    row = body.splitlines()[1].split(",")
    assert not [cell for cell in row if cell[:1] in "=-@\t" and cell]
    assert [cell for cell in row if cell.startswith("+")] == ["+12025550123"]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="xml"):
        write_contacts([], "xml")
