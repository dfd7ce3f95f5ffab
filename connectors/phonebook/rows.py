"""What all file formats share: decoding, taming of values, and a person made of them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.contract import phone
from hub.contract.connectors import BadRow, Contact, ContactPhone
from hub.contract.errors import BadPayload

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(?:\.[^@\s<>,;.]+)+")
_LONGEST = {"note": 10_000}
_MOST_VALUES = 20


@dataclass(slots=True, kw_only=True)
class Person:
    """The values of one person as the file has them; phones are (label, raw number)."""

    line: int
    id: str = ""
    name: str = ""
    company: str = ""
    title: str = ""
    phones: list[tuple[str, str]] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    owner: str = ""
    tags: list[str] = field(default_factory=list)
    language: str = ""
    time_zone: str = ""
    note: str = ""
    url: str = ""


def decode(body: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or, for what old Windows programs write, cp1252."""
    for mark, encoding in _BOMS.items():
        if body.startswith(mark):
            try:
                return body.decode(encoding)
            except UnicodeDecodeError as error:
                raise BadPayload(f"the file says it is {encoding}, but is not") from error
    if not body.strip():
        raise BadPayload("the file is empty")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def clean(value: str, name: str = "") -> str:
    """*value* without what cannot be seen or could turn the text around, and not endless."""
    return _UNSEEN.sub("", value).strip()[: _LONGEST.get(name, 300)]


def to_contact(person: Person, *, region: str) -> Iterator[Contact | BadRow]:
    """The contact that *person* is, if it is one, and a BadRow for each value left unread."""
    numbers, odd = _read_numbers(person, region)
    emails = [value for raw in person.emails if _EMAIL.fullmatch(value := clean(raw))]
    odd += [clean(raw) for raw in person.emails if clean(raw) and clean(raw) not in emails]
    name, company = clean(person.name), clean(person.company)
    if not (name or company):
        yield BadRow(line=person.line, reason="no name and no company", text=_shown(person))
    elif not any(number.number.startswith("+") for number in numbers) and not emails:
        reason = f"cannot be read: {', '.join(odd)}" if odd else "no number and no e-mail address"
        yield BadRow(line=person.line, reason=reason, text=_shown(person))
    else:
        yield _contact(person, name or company, numbers, list(dict.fromkeys(emails)))
        for value in odd:
            reason = f"the person was taken, but {value!r} cannot be read"
            yield BadRow(line=person.line, reason=reason, text=_shown(person))


def _read_numbers(person: Person, region: str) -> tuple[list[ContactPhone], list[str]]:
    """The numbers, E.164 or digits as given, and the raw ones that are no E.164."""
    numbers: dict[str, ContactPhone] = {}
    odd: list[str] = []
    for label, raw in person.phones[:_MOST_VALUES]:
        if not (value := clean(raw)):
            continue
        e164 = phone.read(value, region=region).e164
        number = e164 or re.sub(r"\D", "", value)
        if not e164:
            odd.append(value)
        if number:
            numbers.setdefault(number, ContactPhone(number=number, label=clean(label)[:40]))
    return list(numbers.values()), odd


def _contact(person: Person, name: str, numbers: list[ContactPhone], emails: list[str]) -> Contact:
    tags = dict.fromkeys(value for raw in person.tags[:50] if (value := clean(raw)))
    reached = [*(number.number for number in numbers), *emails]
    return Contact(
        remote_id=clean(person.id) or _id_of(name, reached[0]),
        name=name,
        company=clean(person.company),
        title=clean(person.title),
        phones=tuple(numbers),
        emails=tuple(emails[:_MOST_VALUES]),
        owner=clean(person.owner),
        tags=tuple(tags),
        language=clean(person.language)[:35],
        time_zone=clean(person.time_zone)[:64],
        note=clean(person.note, "note"),
        url=clean(person.url) if person.url.startswith(("https://", "http://")) else "",
    )


def _id_of(name: str, reached: str) -> str:
    """The same for the same person in each import, so that a file read twice doubles nobody."""
    said = f"{name.casefold()}\n{reached.casefold()}"
    return "file-" + hashlib.sha256(said.encode()).hexdigest()[:24]


def _shown(person: Person) -> str:
    parts = (person.name, person.company, *(raw for _, raw in person.phones), *person.emails)
    return ", ".join(value for raw in parts if (value := clean(raw)))[:200]
