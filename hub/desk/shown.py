"""What calls and messages look like as values; `views` makes them of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBrief:
    """Who it was, in three words."""

    id: str
    name: str
    company: str
    owner: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegView:
    """One leg. *agent* is our user's e-mail address, else the provider's word.

    *outcome* is `answered` if a person talked, else how it ended; None while it goes on.
    """

    kind: str
    agent: str | None
    agent_id: str | None
    agent_name: str | None
    number: str | None
    phase: str
    outcome: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    talk_seconds: float
    hold_seconds: float
    transfer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """A recording; *kept* says that its file lies with us and can be heard."""

    id: str
    call_id: str
    kind: str
    state: str
    seconds: float | None
    transcript: str | None
    kept: bool
    media_type: str | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A message in or out."""

    id: str
    call_id: str | None
    contact_id: str | None
    line_id: str | None
    channel: str
    direction: str
    sender: str
    recipient: str
    subject: str
    text: str
    status: str
    provider_ref: str | None
    reason: str
    code: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One condition that was looked at; *passed* is None when it was not reached."""

    key: str
    sentence: str
    passed: bool | None
    detail: str
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpView:
    """What a rule decided about a call, and why."""

    id: str
    rule: str
    rule_number: int
    state: str
    reason: str
    due_at: datetime
    decided_at: datetime | None
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefView:
    """What we made of the call in another system."""

    system: str
    connection: str
    kind: str
    state: str
    remote_id: str
    url: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call with everything that belongs to it; times are UTC, durations seconds.

    *other* is the side that is not ours: the caller of an inbound call, else the called.
    """

    id: str
    line_id: str
    line_name: str
    call_key: str
    direction: str
    phase: str
    caller: str
    called: str
    other: str
    caller_name: str | None
    outcome: str | None
    missed_reason: str | None
    ending: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    settled_at: datetime | None
    changed_at: datetime
    ring_seconds: float
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    total_seconds: float
    identity: str
    evidence: Mapping[str, Any]
    contact: ContactBrief | None
    agent_id: str | None
    agent: str | None
    agent_name: str | None
    audience: tuple[str, ...]
    note: str
    disposition: str
    simulated: bool
    legs: tuple[LegView, ...] = ()
    recordings: tuple[RecordingView, ...] = ()
    messages: tuple[MessageView, ...] = ()
    trace: tuple[FollowUpView, ...] = ()
    remote_refs: tuple[RefView, ...] = ()
