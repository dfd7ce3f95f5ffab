"""Who is it? known / maybe / ambiguous / unknown / withheld, with the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.contract.phone import Caller


class Identity(StrEnum):
    """How sure we are of who is calling."""

    KNOWN = "known"  # exactly one person has exactly this number
    MAYBE = "maybe"  # a suffix or company match only: never written into a CRM
    AMBIGUOUS = "ambiguous"  # several people have exactly this number
    UNKNOWN = "unknown"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A contact that the look-up found. *exact*: by its E.164; else by its last digits."""

    contact_id: str
    name: str
    company: str
    number: str
    exact: bool
    source: str  # the connection's system name
    chosen: bool = False  # an agent once picked this person for this number
    last_spoken: float = 0.0  # epoch seconds of the last answered call, for ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The answer: `contact_id` is set only for KNOWN; candidates are ranked, best first."""

    identity: Identity
    contact_id: str | None
    candidates: tuple[Candidate, ...]
    evidence: str  # one plain sentence: why


def match(caller: Caller, found: Sequence[Candidate]) -> Match:
    """Decide who *caller* is from what the look-up *found*."""
    raise NotImplementedError
