"""Which column of a CSV is what: Google's, Outlook's and everyday headers, English and Italian."""

import re
from collections.abc import Mapping, Sequence

from hub.contract.errors import BadPayload, BadSetting

# Our fields, and the headers that stand for each; case and punctuation do not count.
_NAMES: Mapping[str, str] = {
    "id": "id|contact id|record id|uid|codice",
    "name": "name|full name|display name|contact|contact name|nome completo|nominativo|contatto"
    "|nome e cognome|cognome e nome|denominazione",
    "given": "first name|given name|nome",
    "middle": "middle name|additional name|secondo nome",
    "family": "last name|family name|surname|cognome",
    "company": "company|company name|organization|organisation|organization name"
    "|organization 1 name|account|account name|società|azienda|ragione sociale|ditta|impresa",
    "title": "job title|organization title|organization 1 title|title|position|role|posizione"
    "|qualifica|mansione|ruolo",
    "owner": "owner|contact owner|account owner|assigned to|proprietario|responsabile|agente",
    "tags": "tag|tags|label|labels|group membership|categories|category|groups|categorie"
    "|categoria|etichette|gruppi",
    "language": "language|preferred language|lingua",
    "time_zone": "time zone|timezone|fuso orario",
    "note": "note|notes|comment|comments|description|annotazioni|descrizione",
    "url": "url|link",
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split("|")}
_PHONE = re.compile(
    r"\b(phone|telephone|tel|mobile|cell|cellular|cellphone|number|telefono|cellulare|numero)\b"
)
_EMAIL = re.compile(r"\b(e ?mail|email|mail|posta elettronica)\b")
_OTHER = re.compile(
    r"\b(fax|telex|tty|tdd|isdn|pager|cercapersone|type|label|tipo|etichetta|display name"
    r"|visualizzato|callback|radio|account number|id number|customer number)\b"
)
_LABEL = re.compile(r"phone (\d+) (?:type|label)")
_NOT_ALONE = frozenset({"given", "middle", "family"})
KNOWN = frozenset({*_NAMES, "phone", "email"})


def guess(headers: Sequence[str]) -> list[str]:
    """The field behind each header, or an empty string; `label:N` labels Google's Phone N."""
    found = [_field(_plain(header)) for header in headers]
    if any(_plain(header) == "job title" for header in headers):
        # Outlook's Title is "Mr".
        found = ["" if _plain(h) == "title" else f for h, f in zip(headers, found, strict=True)]
    return found


def choose(headers: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """As `guess`, but what *columns* says of a header counts more.

    Raises BadSetting for a header or a field that does not exist, BadPayload when nothing in the
    file would name or reach a person.
    """
    for header, field in columns.items():
        if header not in headers:
            raise BadSetting(f"the file has no column {header!r}; it has {', '.join(headers)}")
        if field and field not in KNOWN:
            raise BadSetting(f"{field!r} is no field; there are {', '.join(sorted(KNOWN))}")
    guessed = guess(headers)
    found = [columns.get(h, f) for h, f in zip(headers, guessed, strict=True)]
    if not {"phone", "email"} & set(found) or not {"name", "company", *_NOT_ALONE} & set(found):
        raise BadPayload(
            "no column for a name and none for a number or e-mail was recognised among"
            f" {', '.join(headers)[:300]}: say which column is what",
            path="line 1",
        )
    return found


def _plain(header: str) -> str:
    return " ".join(re.sub(r"[^\w]|_", " ", header.casefold()).split())


def _field(name: str) -> str:
    if name in _FIELDS:
        return _FIELDS[name]
    if label := _LABEL.fullmatch(name):
        return f"label:{label[1]}"
    if _OTHER.search(name):
        return ""
    if _EMAIL.search(name):
        return "email"
    return "phone" if _PHONE.search(name) else ""
