"""The one workspace of this hub, made at first use with its own phone book."""

from collections.abc import Iterator
from types import ModuleType

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import registry
from hub.contract.errors import BadSetting
from hub.db import Work
from hub.desk.errors import NotFound
from hub.models import Connection, Workspace, new_id


def the_one(session: Session) -> Workspace:
    """The workspace; raises NotFound as long as nobody has set one up."""
    found = session.scalar(select(Workspace).order_by(Workspace.id).limit(1))
    if found is None:
        raise NotFound("nothing is set up yet: add a user with hub user add")
    return found


def ensure(work: Work, *, name: str = "Centralino", region: str = "US") -> Workspace:
    """The workspace and its phone book, made now if they are not there."""
    found = work.session.scalar(select(Workspace).order_by(Workspace.id).limit(1))
    if found is None:
        found = Workspace(id=new_id(), name=name, region=region, settings={})
        work.session.add(found)
        work.session.flush()
    _ensure_phonebook(work.session, found.id)
    return found


def ensure_id(work: Work) -> str:
    """As `ensure`; gives the id alone, which may leave the transaction."""
    return ensure(work).id


def phonebook(session: Session, workspace_id: str) -> Connection:
    """The connection whose people are kept in the hub itself; raises NotFound."""
    names = [module.MANIFEST.name for module in _embedded()]
    found = session.scalar(
        select(Connection)
        .where(Connection.workspace_id == workspace_id, Connection.system.in_(names))
        .order_by(Connection.id)
        .limit(1)
    )
    if found is None:
        raise NotFound("this hub has no phone book of its own: add its system as a connection")
    return found


def embedded() -> ModuleType:
    """The system that keeps its people in the hub; raises BadSetting when none is installed."""
    for module in _embedded():
        return module
    raise BadSetting("no system that keeps its people in the hub is installed under connectors/")


def is_embedded(system: str) -> bool:
    """Whether the people of *system* are kept in the hub."""
    return any(module.MANIFEST.name == system for module in _embedded())


def _embedded() -> Iterator[ModuleType]:
    return (module for module in registry.connectors().values() if module.MANIFEST.embedded)


def _ensure_phonebook(session: Session, workspace_id: str) -> None:
    for module in _embedded():
        manifest = module.MANIFEST
        owned = select(Connection.id).where(
            Connection.workspace_id == workspace_id, Connection.system == manifest.name
        )
        if session.scalar(owned.limit(1)) is None:
            session.add(
                Connection(
                    workspace_id=workspace_id,
                    system=manifest.name,
                    name=manifest.title,
                    settings={},
                    secrets=b"",
                )
            )
    session.flush()
