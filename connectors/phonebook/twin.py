"""A shelf in memory that behaves like the hub's: the phone book without a database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from hub.contract.connectors import Contact, LoggedCall, RemoteRef
from hub.contract.errors import RemoteRefused
from hub.contract.twins import Fault, Running, Sent


@dataclass(slots=True, kw_only=True)
class State:
    """The shelf itself: people by their id, calls by our ref."""

    people: dict[str, Contact] = field(default_factory=dict)
    logged: list[LoggedCall] = field(default_factory=list)
    messages: list[Sent] = field(default_factory=list)
    fault: Fault | None = None

    async def find(self, number: str) -> Sequence[Contact]:
        """The people who have exactly *number*."""
        return [
            person
            for person in self.people.values()
            if any(phone.number == number for phone in person.phones)
        ]

    async def put(self, contact: Contact) -> RemoteRef:
        """Keep *contact*, over an older one with its id."""
        remote_id = contact.remote_id or f"person-{len(self.people) + 1}"
        self.people[remote_id] = replace(contact, remote_id=remote_id)
        return RemoteRef(remote_id=remote_id)

    async def note(self, call: LoggedCall) -> RemoteRef:
        """Write *call*, once; raises RemoteRefused for a person who is not here."""
        if call.contact_id and call.contact_id not in self.people:
            raise RemoteRefused(f"nobody here has the id {call.contact_id}")
        if call.ref not in {logged.ref for logged in self.logged}:
            self.logged.append(call)
        return RemoteRef(remote_id=f"note-{call.ref}")


@asynccontextmanager
async def start(*, state: State | None = None) -> AsyncIterator[Running]:
    """Lend the shelf while the context is open."""
    state = state or State()
    yield Running(settings={}, state=state, shelf=state)
