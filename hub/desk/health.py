"""Whether the hub can work: its database is there, its tables are right, and jobs move."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from hub.models import Job, JobState, now

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


def troubles(session: Session) -> list[str]:
    """What keeps the hub from working, one sentence each; none is good."""
    if not is_migrated(session):
        return [UPGRADE]
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
