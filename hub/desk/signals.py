"""Tells open screens of a change, once it is true."""

from hub.db import Work
from hub.live import Signal, Topic


def tell(work: Work, workspace_id: str, topic: Topic, subject: str = "") -> None:
    """Have every screen of the workspace look again."""
    work.tell(Signal(workspace_id=workspace_id, topic=topic, subject=subject))
