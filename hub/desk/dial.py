"""Click-to-call: the agent's phone rings first, then the other side's."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import registry
from hub.contract.connectors import Ability, OutgoingCall
from hub.contract.errors import BadPayload
from hub.contract.phone import read
from hub.desk import people
from hub.desk.connections import opened, with_ability
from hub.desk.errors import Conflict, NotFound
from hub.house import House
from hub.lines import hook_urls
from hub.models import Connection, Line, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A call on its way: *provider_ref* is the provider's id of it."""

    ref: str
    provider_ref: str
    to: str
    agent: str
    line_id: str


async def dial(house: House, workspace_id: str, to: str, agent: str, line_id: str = "") -> Dialled:
    """Ring *agent* (e-mail or id), then connect *to*, by the line *line_id* or any that can.

    Raises BadPayload (number, agent without a phone), NotFound, Conflict when no connection can
    place calls, and the errors of the provider.
    """
    plan = await house.db.read(_prepared, workspace_id, to, agent, line_id)
    call = plan.call(house.settings.public_url)
    async with opened(house, plan.connection) as connector:
        provider_ref = await connector.dial(call)
    return Dialled(
        ref=call.ref,
        provider_ref=provider_ref,
        to=plan.to,
        agent=plan.agent.email,
        line_id=plan.line.id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    to: str
    agent: people.UserView
    line: Line
    connection: Connection

    def call(self, public_url: str) -> OutgoingCall:
        urls = hook_urls(public_url, self.line.provider, self.line.key)
        return OutgoingCall(
            ref=new_id(),
            agent_number=self.agent.number or f"sip:{self.agent.sip}",
            number=self.to,
            caller_id=self.line.number or "",
            answer_url=urls.call_back(self.to, self.agent.id),
            status_url=urls.placed(self.to, self.agent.id),
        )


def _prepared(session: Session, workspace_id: str, to: str, agent: str, line_id: str) -> _Plan:
    person = people.one(session, workspace_id, agent)
    if not (person.number or person.sip) or person.disabled_at:
        raise BadPayload(f"{person.email} has no phone: give the user a number", path="agent")
    for connection in with_ability(session, workspace_id, Ability.DIAL):
        provider = registry.connector(connection.system).MANIFEST.webhook
        line = _line(session, workspace_id, provider, connection, line_id)
        if line is not None and registry.webhook(provider).MANIFEST.answers_calls:
            number = _number(to, line.region)
            return _Plan(to=number, agent=person, line=line, connection=connection)
    if line_id and session.get(Line, (workspace_id, line_id)) is None:
        raise NotFound(f"there is no line {line_id!r}")
    raise Conflict("no connection can place calls on this line: add one that can dial")


def _line(
    session: Session, workspace_id: str, provider: str, connection: Connection, line_id: str
) -> Line | None:
    """The wanted line, if it is the provider's; else the connection's own, else the oldest."""
    wanted = select(Line).where(
        Line.workspace_id == workspace_id,
        Line.provider == provider,
        Line.disabled_at.is_(None),
    )
    if line_id:
        return session.scalar(wanted.where(Line.id == line_id))
    own = session.scalar(wanted.where(Line.id == connection.line_id))
    return own or session.scalar(wanted.order_by(Line.id).limit(1))


def _number(to: str, region: str) -> str:
    found = read(to, region=region).e164
    if found is None:
        raise BadPayload("is no telephone number: write it as in +12025550143", path="to")
    return found
