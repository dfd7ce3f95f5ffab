"""The one rule of a workspace: its draft, what is published, and who published it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.core import rules as core
from hub.db import Work
from hub.models import Rule, RuleVersion, new_id, now

NAME = "Missed call"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """The rule. *draft* is what people work on; *body* is what runs, None as long as none does."""

    id: str
    name: str
    draft: core.Rule
    body: core.Rule | None
    published: int | None
    enabled: bool
    changed_at: datetime | None
    changed_by: str

    @property
    def pending(self) -> bool:
        """True while the draft differs from what runs."""
        return self.draft != self.body


def get(session: Session, workspace_id: str) -> RuleView:
    """The rule; before there is one, our own as a draft that does not run."""
    row = _row(session, workspace_id)
    if row is None:
        return RuleView(
            id="",
            name=NAME,
            draft=core.default_rule(),
            body=None,
            published=None,
            enabled=True,
            changed_at=None,
            changed_by="",
        )
    return _view(session, row)


def versions(session: Session, workspace_id: str) -> list[RuleVersion]:
    """What was published so far, newest first."""
    found = select(RuleVersion).where(RuleVersion.workspace_id == workspace_id)
    return list(session.scalars(found.order_by(RuleVersion.published_at.desc())))


def save(work: Work, workspace_id: str, body: core.Rule | Mapping[str, Any], by: str) -> RuleView:
    """Keep *body* as the draft; raises BadSetting and BadText with what is wrong."""
    plain = core.to_dict(body) if isinstance(body, core.Rule) else dict(body)
    checked = core.to_dict(core.from_dict(plain))
    row = _row(work.session, workspace_id)
    if row is None:
        row = Rule(workspace_id=workspace_id, id=new_id(), name=NAME, enabled=True)
        work.session.add(row)
    row.draft, row.changed_at, row.changed_by = checked, now(), by
    work.session.flush()
    return _view(work.session, row)


def publish(work: Work, workspace_id: str, by: str) -> RuleView:
    """Let the draft run from now on, as a new version; calls that wait keep theirs."""
    row = _row(work.session, workspace_id)
    if row is None:
        save(work, workspace_id, core.default_rule(), by)
        return publish(work, workspace_id, by)
    if row.published is None or _body(work.session, row) != row.draft:
        row.published = (row.published or 0) + 1
        work.session.add(
            RuleVersion(
                workspace_id=workspace_id,
                id=new_id(),
                rule_id=row.id,
                number=row.published,
                body=row.draft,
                published_by=by,
            )
        )
    row.enabled = True
    work.session.flush()
    return _view(work.session, row)


def set_(work: Work, workspace_id: str, body: core.Rule, by: str) -> RuleView:
    """Save and publish in one go."""
    save(work, workspace_id, body, by)
    return publish(work, workspace_id, by)


def switch(work: Work, workspace_id: str, *, on: bool, by: str) -> RuleView:
    """Let the published version run, or not."""
    row = _row(work.session, workspace_id)
    if row is None:
        return get(work.session, workspace_id)
    row.enabled, row.changed_at, row.changed_by = on, now(), by
    work.session.flush()
    return _view(work.session, row)


def _row(session: Session, workspace_id: str) -> Rule | None:
    found = select(Rule).where(Rule.workspace_id == workspace_id)
    return session.scalar(found.order_by(Rule.id).limit(1))


def _body(session: Session, row: Rule) -> dict[str, Any] | None:
    return session.scalar(
        select(RuleVersion.body).where(
            RuleVersion.workspace_id == row.workspace_id,
            RuleVersion.rule_id == row.id,
            RuleVersion.number == row.published,
        )
    )


def _view(session: Session, row: Rule) -> RuleView:
    body = _body(session, row) if row.published is not None else None
    return RuleView(
        id=row.id,
        name=row.name,
        draft=core.from_dict(row.draft),
        body=core.from_dict(body) if body else None,
        published=row.published,
        enabled=row.enabled,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
