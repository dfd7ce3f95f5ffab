"""Who did what, when: one line per change that a person or a program makes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db import Work
from hub.models import Audit

SIGNED_IN = "user.signed_in"


def record(
    work: Work, /, workspace_id: str, actor: str, action: str, subject: str = "", **detail: object
) -> None:
    """Write that *actor* (an e-mail address or a token's name) did *action* to *subject*."""
    work.session.add(
        Audit(
            workspace_id=workspace_id, actor=actor, action=action, subject=subject, detail=detail
        )
    )


def latest(session: Session, workspace_id: str, limit: int = 100) -> list[Audit]:
    """The last changes, newest first; a sign-in is written down, but changes nothing."""
    return list(
        session.scalars(
            select(Audit)
            .where(Audit.workspace_id == workspace_id, Audit.action != SIGNED_IN)
            .order_by(Audit.at.desc())
            .limit(limit)
        )
    )
