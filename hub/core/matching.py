"""Who is it? known / maybe / ambiguous / unknown / withheld, with the evidence.

Two contacts of different connections that have exactly this number and, but for case and blanks,
the same name are one person: the same customer, entered in two systems. The better one by rank
stands for both. Two of one connection are two: somebody there knows why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.contract.phone import Caller, CallerKind

_NAMED = 3  # people in one sentence


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
    if caller.kind is CallerKind.WITHHELD:
        return _none(Identity.WITHHELD, "The caller withholds the number.")
    if caller.kind is not CallerKind.NUMBER and caller.tail is None:
        return _none(Identity.UNKNOWN, f"{caller.display or 'The caller'} is not a phone number.")
    exact = _persons(candidate for candidate in found if candidate.exact)
    if exact:
        return _exactly(caller, exact)
    near = _ranked(found)
    if near:
        return Match(
            identity=Identity.MAYBE,
            contact_id=None,
            candidates=near,
            evidence=f"Nobody has exactly {caller.display}; {_names(near)} has a similar number.",
        )
    return _none(Identity.UNKNOWN, f"Nobody has the number {caller.display}.")


def _none(identity: Identity, evidence: str) -> Match:
    return Match(identity=identity, contact_id=None, candidates=(), evidence=evidence)


def _exactly(caller: Caller, persons: tuple[Candidate, ...]) -> Match:
    """KNOWN if there is one person, or if an agent once chose one of them for this number."""
    best, chosen = persons[0], [person for person in persons if person.chosen]
    if len(persons) > 1 and len(chosen) != 1:
        return Match(
            identity=Identity.AMBIGUOUS,
            contact_id=None,
            candidates=persons,
            evidence=f"{len(persons)} people have the number {caller.display}: {_names(persons)}.",
        )
    why = f"{best.name} has exactly the number {caller.display}."
    if len(persons) > 1:
        why = (
            f"{len(persons)} people have the number {caller.display}; "
            f"an agent chose {best.name} for it."
        )
    return Match(
        identity=Identity.KNOWN, contact_id=best.contact_id, candidates=persons, evidence=why
    )


def _ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(found, key=_rank))


def _rank(candidate: Candidate) -> tuple[bool, float, str, str]:
    return (
        not candidate.chosen,
        -candidate.last_spoken,
        candidate.name.casefold(),
        candidate.contact_id,
    )


def _persons(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Ranked, each person once."""
    kept: list[Candidate] = []
    for candidate in _ranked(found):
        if not any(_same(candidate, other) for other in kept):
            kept.append(candidate)
    return tuple(kept)


def _same(one: Candidate, other: Candidate) -> bool:
    if one.contact_id == other.contact_id:
        return True
    same_name = one.name.casefold().split() == other.name.casefold().split() != []
    return same_name and one.number == other.number and one.source != other.source


def _names(candidates: Sequence[Candidate]) -> str:
    """A few names; a nameless contact by its company."""
    names = [candidate.name or candidate.company or "someone" for candidate in candidates]
    shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
