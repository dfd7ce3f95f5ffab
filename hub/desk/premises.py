"""What holds for the whole workspace: its name, where and when it lives, whom it does not hear."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from hub.contract.errors import BadSetting
from hub.core.hours import zone
from hub.core.wording import TEXTS
from hub.db import Work
from hub.desk.people import read_number
from hub.desk.regions import read_region
from hub.models import Workspace

MOST_SETTLE = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesView:
    """The workspace. *settle_seconds* is None where HUB_SETTLE_SECONDS holds."""

    id: str
    name: str
    region: str
    language: str
    time_zone: str
    settle_seconds: float | None
    blocked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesDraft:
    """What is to be true of the workspace; None, or no number, leaves it as it is."""

    name: str | None = None
    region: str | None = None
    language: str | None = None
    time_zone: str | None = None
    settle_seconds: float | None = None
    block: Sequence[str] = ()
    unblock: Sequence[str] = ()


def one(session: Session, workspace_id: str) -> PremisesView:
    """The workspace as it is."""
    found = session.get_one(Workspace, workspace_id)
    return PremisesView(
        id=found.id,
        name=found.name,
        region=found.region,
        language=found.language,
        time_zone=found.time_zone,
        settle_seconds=found.settings.get("settle_seconds"),
        blocked=tuple(found.settings.get("blocked", ())),
    )


def change(work: Work, workspace_id: str, draft: PremisesDraft) -> PremisesView:
    """Change what *draft* names; raises BadSetting with the cure."""
    found = work.session.get_one(Workspace, workspace_id)
    if draft.name is not None and draft.name.strip():
        found.name = draft.name.strip()[:200]
    if draft.region is not None:
        found.region = read_region(draft.region)
    if draft.language is not None:
        found.language = _language(draft.language)
    if draft.time_zone is not None:
        found.time_zone = _zone(draft.time_zone)
    settings = {**found.settings, "blocked": _blocked(found, draft)}
    if draft.settle_seconds is not None:
        settings["settle_seconds"] = _settle(draft.settle_seconds)
    found.settings = settings
    work.session.flush()
    return one(work.session, workspace_id)


def _language(given: str) -> str:
    if given not in TEXTS:
        raise BadSetting(f"{given!r} is no language of the hub: give {' or '.join(TEXTS)}")
    return given


def _zone(given: str) -> str:
    if zone(given) is None:
        raise BadSetting(f"there is no time zone {given!r}: write it as in Europe/Rome")
    return given


def _settle(given: float) -> float:
    if not 0 <= given <= MOST_SETTLE:
        raise BadSetting(f"a call settles after 0 to {MOST_SETTLE:.0f} seconds, not {given}")
    return given


def _blocked(workspace: Workspace, draft: PremisesDraft) -> list[str]:
    """The blocked numbers; raises BadSetting for what is no number, or was not blocked."""
    found = dict.fromkeys(workspace.settings.get("blocked", ()))
    found |= dict.fromkeys(_number(one, workspace) for one in draft.block)
    for number in (_number(one, workspace) for one in draft.unblock):
        if number not in found:
            raise BadSetting(f"{number} is not blocked; see hub workspace show")
        del found[number]
    return list(found)


def _number(given: str, workspace: Workspace) -> str:
    return read_number(given, workspace.region, what="the blocked number")
