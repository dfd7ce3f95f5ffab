"""People in vCard files: reads 2.1 to 4.0 (RFC 6350), writes 4.0.

Our own small reader: vobject stops at the first odd line, and takes longer for the cards than we
do for the cards and all their numbers.
"""

import quopri
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.phonebook.rows import Person, to_contact
from hub.contract.connectors import BadRow, Contact

_BEGIN, _END = "BEGIN:VCARD", "END:VCARD"
_PROPERTY = re.compile(r'(?:[\w-]+\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';((?:[^";]|"[^"]*")*)')
_ESCAPED = re.compile(r"\\(.)")
_SEPARATORS: Mapping[str, re.Pattern[str]] = {
    ",": re.compile(r"(?<!\\),"),
    ";": re.compile(r"(?<!\\);"),
}
_LABELS: Mapping[str, str] = {"cell": "mobile", "work": "work", "home": "home", "main": "main"}
_TYPES = {label: word for word, label in _LABELS.items()}
_WIDTH = 75  # octets of a line, RFC 6350 section 3.2


@dataclass(frozen=True, slots=True)
class _Value:
    """A property's raw value and the words of its parameters, in lower case."""

    raw: str
    words: frozenset[str]

    @property
    def text(self) -> str:
        return _unescape(self.raw)

    def parts(self, separator: str) -> list[str]:
        return [_unescape(part) for part in _SEPARATORS[separator].split(self.raw)]


def is_vcard(text: str) -> bool:
    """Whether *text* begins like a vCard."""
    return text.lstrip("\ufeff \t\r\n")[: len(_BEGIN)].upper() == _BEGIN


def read(text: str, *, region: str) -> Iterator[Contact | BadRow]:
    """One Contact or BadRow per card, and one BadRow more for each value that cannot be read."""
    for line, properties, ended in _cards(text):
        if ended:
            yield from to_contact(_person(line, properties), region=region)
        else:
            yield BadRow(
                line=line, reason="the card has no END:VCARD", text=", ".join(properties)[:200]
            )


def write(contacts: Iterable[Contact]) -> bytes:
    """VCard 4.0, one card per person."""
    return "".join(_written(person) for person in contacts).encode()


def _cards(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """Each card: its first line's number, its properties, and whether it came to its end."""
    start = 0
    card: list[str] = []
    for number, line in _unfolded(text):
        word = line.strip().upper()
        if word == _BEGIN:
            if start:
                yield start, card, False
            start, card = number, []
        elif word == _END and start:
            yield start, card, True
            start = 0
        elif start and line:
            card.append(line)
    if start:
        yield start, card, False


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines made whole: RFC 6350's folds, and the soft breaks of 2.1's quoted-printable."""
    whole, begun = "", 1
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper().partition(":")[0]:
            whole = whole[:-1] + line
        elif line[:1] in {" ", "\t"}:
            whole += line[1:]
        else:
            yield begun, whole
            whole, begun = line, number
    yield begun, whole


def _person(line: int, properties: Iterable[str]) -> Person:
    person = Person(line=line)
    for text in properties:
        found = _PROPERTY.fullmatch(text)
        taker = _TAKERS.get(found[1].upper()) if found else None
        if found and taker:
            taker(person, _value(found[2], found[3]))
    return person


def _value(parameters: str, raw: str) -> _Value:
    words: set[str] = set()
    charset = "utf-8"
    for parameter in _PARAMETER.findall(parameters):
        name, _, value = parameter.rpartition("=")
        words.update(word.strip(' "').lower() for word in value.split(","))
        charset = value if name.upper() == "CHARSET" else charset
    if "quoted-printable" in words:
        raw = _unquoted(raw, charset)
    return _Value(raw, frozenset(words))


def _unquoted(raw: str, charset: str) -> str:
    octets = quopri.decodestring(raw.encode())
    try:
        return octets.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return octets.decode("cp1252", errors="replace")


def _take_name(person: Person, value: _Value) -> None:
    if not person.name:
        family, given, middle, *_ = [*value.parts(";"), "", "", ""]
        person.name = " ".join(part for part in (given, middle, family) if part.strip())


def _take_full_name(person: Person, value: _Value) -> None:
    person.name = value.text.strip() or person.name


def _take_phone(person: Person, value: _Value) -> None:
    if "fax" in value.words and "voice" not in value.words:
        return
    number = re.sub(r"^tel:", "", value.text, flags=re.IGNORECASE)
    label = next((name for word, name in _LABELS.items() if word in value.words), "")
    # In front if it is the preferred one: the first number is the one we write to.
    place = 0 if "pref" in value.words else len(person.phones)
    person.phones.insert(place, (label, number))


def _take_email(person: Person, value: _Value) -> None:
    person.emails.append(re.sub(r"^mailto:", "", value.text, flags=re.IGNORECASE))


def _take_tags(person: Person, value: _Value) -> None:
    person.tags += value.parts(",")


def _take_company(person: Person, value: _Value) -> None:
    person.company = person.company or value.parts(";")[0]


def _take_id(person: Person, value: _Value) -> None:
    person.id = value.text.removeprefix("urn:uuid:")


def _taker(name: str) -> Callable[[Person, _Value], None]:
    def take(person: Person, value: _Value) -> None:
        if not getattr(person, name):
            setattr(person, name, value.text)

    return take


_TAKERS: Mapping[str, Callable[[Person, _Value], None]] = {
    "UID": _take_id,
    "FN": _take_full_name,
    "N": _take_name,
    "ORG": _take_company,
    "TITLE": _taker("title"),
    "TEL": _take_phone,
    "EMAIL": _take_email,
    "CATEGORIES": _take_tags,
    "LANG": _taker("language"),
    "TZ": _taker("time_zone"),
    "NOTE": _taker("note"),
    "URL": _taker("url"),
    "X-OWNER": _taker("owner"),
}


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _escape(text: str) -> str:
    escaped = re.sub(r"([\\,;])", r"\\\1", text)
    return re.sub(r"\r\n|\r|\n", r"\\n", escaped)


def _written(person: Contact) -> str:
    lines = [_BEGIN, "VERSION:4.0"]
    single = {
        "UID": person.remote_id,
        "FN": person.name,
        "ORG": person.company,
        "TITLE": person.title,
        "LANG": person.language,
        "TZ": person.time_zone,
        "NOTE": person.note,
        "URL": person.url,
        "X-OWNER": person.owner,
    }
    lines += [f"{name}:{_escape(value)}" for name, value in single.items() if value]
    for phone in person.phones:
        kind = f";TYPE={_TYPES[phone.label]}" if phone.label in _TYPES else ""
        lines.append(f"TEL{kind}:{_escape(phone.number)}")
    lines += [f"EMAIL:{_escape(address)}" for address in person.emails]
    if person.tags:
        lines.append("CATEGORIES:" + ",".join(_escape(tag) for tag in person.tags))
    return "".join(_folded(line) + "\r\n" for line in [*lines, _END])


def _folded(line: str) -> str:
    """At most 75 octets a line, never through the middle of a character."""
    out, width = [], 0
    for letter in line:
        octets = len(letter.encode())
        if width + octets > _WIDTH:
            out.append("\r\n ")
            width = 1
        out.append(letter)
        width += octets
    return "".join(out)
