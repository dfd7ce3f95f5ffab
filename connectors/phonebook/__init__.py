"""The phone book: the CRM for those who have none, inside the hub itself."""

from connectors.phonebook.client import PhoneBook
from connectors.phonebook.files import read_columns, read_contacts, write_contacts
from hub.contract.connectors import Ability, Account, ConnectorManifest

__all__ = ["MANIFEST", "open", "read_columns", "read_contacts", "write_contacts"]

MANIFEST = ConnectorManifest(
    name="phonebook",
    title="Phone book",
    summary="People and companies kept in the hub itself, filled from CSV or vCard files.",
    abilities=frozenset({Ability.CHECK, Ability.FIND, Ability.CREATE, Ability.LOG_CALL}),
    embedded=True,
)


def open(account: Account) -> PhoneBook:  # noqa: A001 (the contract's word: a module is opened)
    """Open the book on the hub's shelf; raises BadSetting when it was given none."""
    return PhoneBook(account)
