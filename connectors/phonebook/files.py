"""Reads people from files and writes them back: CSV in its many dialects, and vCard."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from connectors.phonebook import csv_files, vcards
from connectors.phonebook.rows import decode
from hub.contract.connectors import BadRow, Contact


class FileFormat(StrEnum):
    """What `write_contacts` can write."""

    CSV = "csv"
    VCARD = "vcard"


def read_contacts(
    body: bytes, *, region: str, columns: Mapping[str, str] | None = None
) -> Iterator[Contact | BadRow]:
    """The people in a CSV or vCard file, one by one; a row that cannot be taken is a BadRow.

    National numbers are read as of *region* (ISO 3166 alpha-2). *columns* maps headers of a CSV
    to our fields (`read_columns` guesses them). A person with a number that cannot be read but
    something else to be reached by is taken, and the number is reported in a BadRow of its own.
    Raises BadPayload when the file as a whole makes no sense.
    """
    text = decode(body)
    if vcards.is_vcard(text):
        return vcards.read(text, region=region)
    return csv_files.read(text, region=region, columns=columns or {})


def read_columns(body: bytes) -> Mapping[str, str]:
    """The headers of a CSV, each with the field that we take it for, or an empty string."""
    text = decode(body)
    return {} if vcards.is_vcard(text) else csv_files.columns(text)


def write_contacts(contacts: Iterable[Contact], format: str) -> bytes:  # noqa: A002 (its name)
    """A file that `read_contacts` reads back: "csv" (headers as Google's) or "vcard" (4.0)."""
    writers = {FileFormat.CSV: csv_files.write, FileFormat.VCARD: vcards.write}
    return writers[FileFormat(format)](contacts)
