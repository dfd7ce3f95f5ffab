"""The embedded phone book's way with files, found by what its folder offers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hub.contract.connectors import BadRow, Contact
from hub.contract.errors import BadSetting
from hub.desk.workspace import embedded


def read_contacts(
    body: bytes, *, region: str, columns: Mapping[str, str] | None = None
) -> Iterator[Contact | BadRow]:
    """The people in a file; raises BadPayload when it makes no sense as a whole."""
    found: Iterator[Contact | BadRow] = _offered("read_contacts")(
        body, region=region, columns=columns
    )
    return found


def read_columns(body: bytes) -> Mapping[str, str]:
    """The headers of a table, each with the field that we take it for, or nothing."""
    found: Mapping[str, str] = _offered("read_columns")(body)
    return found


def write_contacts(people: Iterable[Contact], kind: str) -> bytes:
    """A file of people, as `read_contacts` reads it: csv or vcard."""
    found: bytes = _offered("write_contacts")(people, kind)
    return found


def _offered(name: str) -> Callable[..., Any]:
    module = embedded()
    if not hasattr(module, name):
        raise BadSetting(f"{module.MANIFEST.title} takes no files")
    found: Callable[..., Any] = getattr(module, name)
    return found
