"""Whether the hub can work: its database is there, its tables are right, and jobs move."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from hub.contract.errors import BadSetting
from hub.crypto import Safe
from hub.models import Connection, Job, JobState, Line, now

STUCK_AFTER = timedelta(minutes=5)
"""A job that is due this long and that nobody took means that no runner works."""

UPGRADE = "the tables are not those of this version; run: hub db upgrade"


@cache
def newest() -> str:
    """The revision that this version of the hub expects."""
    config = Config()
    folder = Path(__file__).parent.parent.parent / "alembic"
    config.set_main_option("script_location", str(folder))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def revision(session: Session) -> str:
    """The revision of the database; empty when it has none of our tables."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return ""
    return session.scalar(text("SELECT version_num FROM alembic_version")) or ""


def is_migrated(session: Session) -> bool:
    """Whether the tables are those of this version."""
    return revision(session) == newest()


def check(session: Session, safe: Safe) -> None:
    """Whether the hub may start; raises BadSetting with the cure.

    Its tables are there, and its key opens all that was sealed: with another one every webhook
    would fail, because its signature cannot be checked.
    """
    if not is_migrated(session):
        raise BadSetting(UPGRADE)
    for column in (Line.secrets, Connection.secrets):
        for sealed in session.scalars(select(column)):
            safe.open(sealed)


def troubles(session: Session, safe: Safe) -> list[str]:
    """What keeps the hub from working, one sentence each; none is good."""
    try:
        check(session, safe)
    except BadSetting as error:
        return [str(error)]
    waiting = session.scalar(
        select(func.count())
        .select_from(Job)
        .where(Job.state == JobState.READY, Job.due_at < now() - STUCK_AFTER)
    )
    minutes = int(STUCK_AFTER.total_seconds() // 60)
    stuck = f"{waiting} jobs are due for more than {minutes} minutes: is a runner alive?"
    return [stuck] if waiting else []


def jobs_by_state(session: Session) -> dict[str, int]:
    """How many jobs there are in each state."""
    found = session.execute(select(Job.state, func.count()).group_by(Job.state))
    counted = {str(state): count for state, count in found}
    return {state: counted.get(state, 0) for state in JobState}
