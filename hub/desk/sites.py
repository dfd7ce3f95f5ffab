"""Places of the company, whose lines share a region and opening hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.core import hours
from hub.db import Work
from hub.desk.errors import Conflict, NotFound
from hub.desk.regions import read_region
from hub.models import Calendar, Site, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """A place, and the hours that its lines without own ones keep."""

    id: str
    name: str
    region: str
    calendar: Mapping[str, Any] | None


def sites(session: Session, workspace_id: str) -> list[SiteView]:
    """The places, by name."""
    found = select(Site).where(Site.workspace_id == workspace_id).order_by(Site.name)
    return [_view(session, site) for site in session.scalars(found)]


def row(session: Session, workspace_id: str, name: str) -> Site:
    """The table's row of the place called *name*; raises NotFound."""
    wanted = Site.workspace_id == workspace_id, Site.name == name.strip()
    found = session.scalar(select(Site).where(*wanted))
    if found is None:
        raise NotFound(f"there is no site {name!r}: add it with hub site add")
    return found


def add(
    work: Work, workspace_id: str, name: str, region: str, calendar: Mapping[str, Any] | None
) -> SiteView:
    """A new place; *calendar* as people write hours. Raises BadSetting, Conflict."""
    if any(site.name == name.strip() for site in sites(work.session, workspace_id)):
        raise Conflict(f"there is a site {name!r} already: choose another name")
    site = Site(
        workspace_id=workspace_id,
        id=new_id(),
        name=name.strip(),
        region=read_region(region),
        calendar_id=keep_hours(work.session, workspace_id, name, calendar) if calendar else None,
    )
    work.session.add(site)
    work.session.flush()
    return _view(work.session, site)


def keep_hours(session: Session, workspace_id: str, name: str, given: Mapping[str, Any]) -> str:
    """Check and keep opening hours; gives the id of the calendar. Raises BadSetting."""
    read = hours.to_dict(hours.from_dict(dict(given)))
    calendar = Calendar(workspace_id=workspace_id, id=new_id(), name=name, hours=read)
    session.add(calendar)
    session.flush()
    return calendar.id


def _view(session: Session, site: Site) -> SiteView:
    calendar = session.get(Calendar, (site.workspace_id, site.calendar_id or ""))
    return SiteView(
        id=site.id,
        name=site.name,
        region=site.region,
        calendar=calendar.hours if calendar else None,
    )
