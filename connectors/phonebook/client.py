"""The phone book's abilities, on the shelf that the hub lends it."""

from collections.abc import Sequence

from hub.contract.connectors import Account, Contact, LoggedCall, RemoteRef
from hub.contract.errors import BadSetting


class PhoneBook:
    """People kept in the hub's own tables; nothing leaves the house."""

    def __init__(self, account: Account) -> None:
        if account.shelf is None:
            raise BadSetting("the phone book needs the hub's shelf; open it inside the hub")
        self._shelf = account.shelf

    async def close(self) -> None:
        """Nothing to let go of: the shelf is the hub's."""

    async def check(self) -> str:
        """Ask the shelf for a number that nobody has, to see that it answers."""
        await self._shelf.find("+12025550199")
        return "The phone book is ready; its people live in this hub."

    async def find(self, number: str) -> Sequence[Contact]:
        """The people with *number* (E.164)."""
        return await self._shelf.find(number)

    async def create(self, contact: Contact) -> RemoteRef:
        """Keep the person; one with the same `remote_id` is written over, not doubled."""
        return await self._shelf.put(contact)

    async def log_call(self, call: LoggedCall) -> RemoteRef:
        """Write the call into the person's history, once per `call.ref`."""
        return await self._shelf.note(call)
