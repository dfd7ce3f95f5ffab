"""An operation as it is declared: what may be asked, by whom, and what comes back.

`endpoint` lives by this, and `openapi` writes it down, so that the two cannot drift apart.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from hub.api.schemas import PLAIN, Schema
from hub.contract.payload import Payload
from hub.desk.page import LIMIT, MOST
from hub.desk.people import TokenView
from hub.house import House
from hub.models import Role

EVERYBODY = frozenset(Role)
TALKERS = frozenset({Role.AGENT, Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request that was let in; *query* and *path* hold declared names only."""

    request: Request
    house: House
    token: TokenView
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Payload

    @property
    def workspace_id(self) -> str:
        """Whose data it is about."""
        return self.token.workspace_id

    @property
    def limit(self) -> int:
        """How many items a page may have."""
        return int(self.query.get("limit", LIMIT))

    @property
    def cursor(self) -> str:
        """Where the page begins."""
        return self.query.get("cursor", "")


Handler = Callable[[Ask], Awaitable[Response | dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """*errors* are the statuses that this operation has beyond those that all have."""

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    roles: frozenset[Role] = EVERYBODY
    query: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    body: str = ""
    body_needed: bool = True
    answer: str = ""
    status: int = 200
    errors: tuple[int, ...] = ()
    sound: bool = False


FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
ID: Schema = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": PLAIN}
QUESTION: Schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": PLAIN}
PAGED: Mapping[str, Schema] = {
    "cursor": {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": PLAIN},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT},
}
