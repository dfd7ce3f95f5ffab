"""People in CSV files: any delimiter, any of the usual headers; written with Google's."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.phonebook import headers as known_headers
from connectors.phonebook.rows import Person, to_contact
from hub.contract.connectors import BadRow, Contact
from hub.contract.errors import BadPayload

_DELIMITERS = ",;\t|"
_TAGS = re.compile(r" ::: |[,;|]")
_VALUES = re.compile(r" ::: |[;|\n]")
_PHONE_NAME = re.compile(r"phone (\d+) value")
# A spreadsheet takes a cell that begins so for a formula, but for an apostrophe in front.
_MARKED = ("=", "+", "-", "@", "\t", "\r", "'")
_NUMBER = re.compile(r"\+?\d+")
_GOOGLE_IGNORES = "* "  # Google's mark before its own groups, as in "* myContacts"


def columns(text: str) -> Mapping[str, str]:
    """The headers of the file, each with the field we take it for; labels are left out."""
    found = _rows(text)
    _, names = next(found, (0, []))
    return {
        name: "" if field.startswith("label:") else field
        for name, field in zip(names, known_headers.guess(names), strict=True)
    }


def read(text: str, *, region: str, columns: Mapping[str, str]) -> Iterator[Contact | BadRow]:
    """One Contact or BadRow per row, and one BadRow more for each value that cannot be read."""
    found = _rows(text)
    _, names = next(found, (0, []))
    fields = known_headers.choose(names, columns)
    labels = _labels(names, fields)
    return _read_rows(found, fields, labels, region)


def write(contacts: Iterable[Contact]) -> bytes:
    """UTF-8 with a BOM (Excel needs it), as many phone and e-mail columns as the people have."""
    people = list(contacts)
    phones = max((len(person.phones) for person in people), default=1) or 1
    emails = max((len(person.emails) for person in people), default=1) or 1
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_written_headers(phones, emails))
    writer.writerows(_written(person, phones, emails) for person in people)
    return out.getvalue().encode("utf-8-sig")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of its first line."""
    first, _, rest = text.partition("\n")
    skipped = 0
    if named := re.fullmatch(r"sep=(.)\r?", first):  # Excel's own way to name the delimiter
        delimiter, text, skipped = named[1], rest, 1
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadPayload(f"the rest is no CSV ({error})", path=f"line {line}") from error
        if any(cell.strip() for cell in row):
            yield line + skipped, row
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    """The most frequent one in the first line that has any, outside quotes."""
    for line in text.splitlines()[:20]:
        bare = re.sub(r'"[^"]*"', "", line)
        if bare.strip() or line.strip():
            return max(_DELIMITERS, key=bare.count)
    return ","


def _labels(names: Sequence[str], fields: Sequence[str]) -> dict[int, int]:
    """For each phone column the column that holds its label, as Google has them."""
    where = {field: index for index, field in enumerate(fields) if field.startswith("label:")}
    labels: dict[int, int] = {}
    for index, name in enumerate(names):
        plain = " ".join(re.sub(r"\W", " ", name.casefold()).split())
        found = _PHONE_NAME.fullmatch(plain)
        if found and (label := where.get(f"label:{found[1]}")) is not None:
            labels[index] = label
    return labels


def _read_rows(
    rows: Iterator[tuple[int, list[str]]],
    fields: Sequence[str],
    labels: Mapping[int, int],
    region: str,
) -> Iterator[Contact | BadRow]:
    for line, row in rows:
        if any(cell.strip() for cell in row[len(fields) :]):
            reason = f"{len(row)} cells, but only {len(fields)} columns: a quote may be missing"
            yield BadRow(line=line, reason=reason, text=", ".join(row)[:200])
            continue
        yield from to_contact(_person(line, row, fields, labels), region=region)


def _person(
    line: int, row: Sequence[str], fields: Sequence[str], labels: Mapping[int, int]
) -> Person:
    person = Person(line=line)
    name: dict[str, str] = {}
    for index, (field, raw) in enumerate(zip(fields, row, strict=False)):
        cell = _unquoted(raw.strip())
        if not field or not cell or field.startswith("label:"):
            continue
        if field == "phone":
            label = row[labels[index]] if labels.get(index, len(row)) < len(row) else ""
            person.phones += [(label, value) for value in _VALUES.split(cell)]
        elif field == "email":
            person.emails += _VALUES.split(cell.replace(",", ";"))
        elif field == "tags":
            tags = (tag.strip() for tag in _TAGS.split(cell))
            person.tags += [tag for tag in tags if not tag.startswith(_GOOGLE_IGNORES)]
        elif field in {"given", "middle", "family"}:
            name[field] = cell
        elif not getattr(person, field):
            setattr(person, field, cell)
    order = ("given", "middle", "family")
    person.name = person.name or " ".join(name[part] for part in order if part in name)
    return person


def _unquoted(cell: str) -> str:
    """Without the apostrophe that `_safe` put there, or a spreadsheet's user."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_MARKED) else cell


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_MARKED) and not _NUMBER.fullmatch(cell) else cell


def _written_headers(phones: int, emails: int) -> list[str]:
    numbered = [f"E-mail {number} - Value" for number in range(1, emails + 1)]
    for number in range(1, phones + 1):
        numbered += [f"Phone {number} - Label", f"Phone {number} - Value"]
    before = ["Id", "Name", "Organization Name", "Organization Title", "Labels", "Notes"]
    return [*before, "Owner", "Language", "Time zone", "Url", *numbered]


def _written(person: Contact, phones: int, emails: int) -> list[str]:
    numbers = [(phone.label, phone.number) for phone in person.phones]
    numbers += [("", "")] * (phones - len(numbers))
    cells = [person.remote_id, person.name, person.company, person.title]
    cells += [" ::: ".join(person.tags), person.note, person.owner, person.language]
    cells += [person.time_zone, person.url, *person.emails, *[""] * (emails - len(person.emails))]
    cells += [cell for pair in numbers for cell in pair]
    return [_safe(cell) for cell in cells]
