"""Follow-ups: ask the rule when it is time, again after each wait, and hand over what it sends."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub import registry
from hub.contract.events import Channel, Direction, MessageStatus
from hub.core import rules
from hub.core.rules import Decision, Draft, Verdict
from hub.crypto import Safe
from hub.db import Work
from hub.desk.channels import channels
from hub.desk.facts import gather
from hub.flow import messages
from hub.house import House
from hub.live import Signal, Topic
from hub.models import (
    Call,
    Connection,
    FollowUp,
    FollowUpState,
    Message,
    RuleVersion,
    new_id,
    now,
)
from hub.queue import Claimed, Later, put


class Decider:
    """The job `follow_up`; its key is the follow-up's id."""

    def __init__(self, house: House) -> None:
        """Decide with what *house* knows."""
        self._house = house

    async def __call__(self, job: Claimed) -> None:
        """Ask the rule; raises Later when it has to wait."""
        until = await self._house.db.write(decide, self._house.safe, job.workspace_id, job.key)
        if until is not None:
            raise Later(until)

    def buried(self, work: Work, job: Claimed, error: str) -> None:
        """Nobody will ask again: nothing is sent, and the call's page says why."""
        row = work.session.get_one(FollowUp, (job.workspace_id, job.key), with_for_update=True)
        if row.state == FollowUpState.WAITING:
            row.state, row.reason, row.decided_at = FollowUpState.SUPPRESSED, "failed", now()
            row.trace = [*row.trace, _step(error)]


def _step(error: str) -> dict[str, Any]:
    sentence = "The rule could be asked"
    return {
        "key": "failed",
        "sentence": sentence,
        "passed": False,
        "detail": error[:500],
        "channel": None,
    }


def decide(work: Work, safe: Safe, workspace_id: str, follow_up_id: str) -> datetime | None:
    """Ask the rule and act on its answer in one transaction; gives when to ask again."""
    key = (workspace_id, follow_up_id)
    row = work.session.get(FollowUp, key, with_for_update=True, populate_existing=True)
    if row is None or row.state == FollowUpState.SUPPRESSED:
        return None
    tried = _tried(work, row)
    if any(status is not MessageStatus.FAILED for status in tried.values()):
        return None  # a message of it lives: it stands for the decision
    decision, able = judge(work, safe, row, but=set(tried))
    row.trace, row.reason = plain(decision), decision.reason
    work.tell(Signal(workspace_id=workspace_id, topic=Topic.CALL, subject=row.call_id))
    if decision.verdict is Verdict.WAIT and decision.until is not None:
        row.state, row.due_at = FollowUpState.WAITING, decision.until
        return decision.until
    row.decided_at = now()
    if decision.draft is None:
        row.state = FollowUpState.SUPPRESSED
    else:
        row.state = FollowUpState.SENT
        _hand_over(work, row, decision.draft, able[decision.draft.channel])
    return None


def judge(
    work: Work, safe: Safe, row: FollowUp, *, but: set[Channel]
) -> tuple[Decision, dict[Channel, str]]:
    """What the rule says now, without the channels of *but*; and who can send on which channel.

    Two hubs that think of one caller's two calls at once would each see nothing sent yet, or
    each leave it to the other: so they think one after the other.
    """
    call = work.session.get_one(Call, (row.workspace_id, row.call_id))
    work.alone("follow-up", call.workspace_id, call.caller)
    able = {
        channel: connection
        for channel, connection in channels(work.session, safe, row.workspace_id).items()
        if channel not in but
    }
    at = now()
    rule = _rule(work, row)
    facts = gather(work.session, call, channels=able, at=at, but=row.id, only=rule.only)
    return rules.decide(facts, rule, at), able


def plain(decision: Decision) -> list[dict[str, Any]]:
    """The trace as JSON."""
    return [
        {
            "key": step.key,
            "sentence": step.sentence,
            "passed": step.passed,
            "detail": step.detail,
            "channel": step.channel,
        }
        for step in decision.trace
    ]


def _rule(work: Work, row: FollowUp) -> rules.Rule:
    body = work.session.scalars(
        select(RuleVersion.body).where(
            RuleVersion.workspace_id == row.workspace_id,
            RuleVersion.rule_id == row.rule_id,
            RuleVersion.number == row.rule_number,
        )
    ).one()
    return rules.from_dict(body)


def _tried(work: Work, row: FollowUp) -> dict[Channel, MessageStatus]:
    found = work.session.execute(
        select(Message.channel, Message.status).where(
            Message.workspace_id == row.workspace_id, Message.follow_up_id == row.id
        )
    )
    return {Channel(channel): MessageStatus(status) for channel, status in found}


def _hand_over(work: Work, row: FollowUp, draft: Draft, connection_id: str) -> None:
    """The message and the job that sends it, in the transaction of the decision."""
    call = work.session.get_one(Call, (row.workspace_id, row.call_id))
    connection = work.session.get_one(Connection, (row.workspace_id, connection_id))
    message = Message(
        workspace_id=row.workspace_id,
        id=new_id(),
        direction=Direction.OUTBOUND,
        channel=draft.channel,
        status=MessageStatus.QUEUED,
        recipient=draft.recipient,
        subject=draft.subject,
        text=draft.text,
        content=_content(draft),
        call_id=row.call_id,
        contact_id=call.contact_id,
        connection_id=connection_id,
        follow_up_id=row.id,
    )
    message.sender = connection.settings.get(_sender_setting(connection, draft.channel), "")
    line = messages.callback_line(work, connection, message.sender)
    message.line_id = line.id if line else None
    work.session.add(message)
    work.session.flush()
    put(work, row.workspace_id, "send", message.id)


def _sender_setting(connection: Connection, channel: Channel) -> str:
    names = registry.connector(connection.system).MANIFEST.senders.get(channel, ())
    return names[0] if names else ""


def _content(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = {"html": draft.html, "free_text": draft.free_text}
    if draft.template is not None:
        found["template"] = {
            "sid": draft.template.sid,
            "variables": dict(draft.template.variables),
        }
    return {name: value for name, value in found.items() if value}
