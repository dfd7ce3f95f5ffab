"""Everything that a decision about a follow-up looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.contract.events import Channel, Direction, MissedReason, Outcome
from hub.contract.phone import CallerKind, LineType


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What we know of the caller, when we are sure who it is; *language* is BCP 47."""

    name: str
    company: str = ""
    language: str = ""
    emails: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The state of the world around one call, as seen at the moment of the decision.

    Times are aware UTC datetimes; None: it did not happen, as far as we know.
    *country* is ISO 3166 alpha-2; *zones* are all time zones in which the caller may be (the
    contact's own if it is known, else those of the number), never empty where one can be had.
    *person* is set for a known caller only: nobody is addressed by a guess.
    *language* is the line's or the workspace's. *names* fill the texts (`wording.NAMES`), but for
    `call.time` and `call.day`: those depend on the language of the text.
    """

    # The call.
    direction: Direction
    outcome: Outcome | None
    missed_reason: MissedReason | None = None
    line_id: str = ""
    started_at: datetime
    ended_at: datetime | None = None

    # The caller.
    kind: CallerKind
    e164: str | None = None
    internal: bool = False  # one of our own numbers or people
    line_type: LineType = LineType.UNKNOWN
    country: str = ""
    zones: tuple[str, ...] = ()
    person: Person | None = None

    # What happened since; a time before the call started does not count.
    reached_at: datetime | None = None  # somebody of us talked with the caller, either way
    called_again_at: datetime | None = None  # a newer missed call, which has its own follow-up
    wrote_at: datetime | None = None  # a message came from the caller, on any channel
    handled_at: datetime | None = None  # the missed-call entry was closed by hand
    handled_by: str = ""
    followed_up_at: datetime | None = None  # this very call already has its follow-up

    # What the caller allows, and what was sent.
    opted_out: frozenset[Channel] = frozenset()
    consented: frozenset[Channel] = frozenset()
    last_texted_at: datetime | None = None  # the last follow-up, whatever its channel

    # What we can do.
    channels: frozenset[Channel] = frozenset()  # those with a working connection
    whatsapp_window_open: bool = False  # the caller wrote on WhatsApp in the last 24 hours
    language: str = ""
    names: Mapping[str, object] = field(default_factory=dict)


def as_of(facts: Facts, at: datetime) -> Facts:
    """*facts* as they were known at *at*: for a look at past calls."""

    def known(moment: datetime | None) -> datetime | None:
        return moment if moment and moment <= at else None

    return replace(
        facts,
        reached_at=known(facts.reached_at),
        called_again_at=known(facts.called_again_at),
        wrote_at=known(facts.wrote_at),
        handled_at=known(facts.handled_at),
        followed_up_at=known(facts.followed_up_at),
        last_texted_at=known(facts.last_texted_at),
    )
