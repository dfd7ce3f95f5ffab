"""How a user stands to a call, from a table."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.contract.events import Direction, LegKind, MissedReason, Outcome, Phase
from hub.core.matching import Identity
from hub.web.now.facts import Branch, Facts
from hub.web.now.stance import Stance, see

AT = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
ME, OTHER = "me", "other"


def leg(agent: str, phase: Phase, *, answered: bool = False) -> Branch:
    return Branch(
        agent_id=agent, kind=LegKind.AGENT, phase=phase, answered_at=AT if answered else None
    )


CALL = Facts(
    id="1",
    direction=Direction.INBOUND,
    phase=Phase.RINGING,
    outcome=None,
    missed_reason=None,
    number="+12025550142",
    caller_name="",
    line_name="Sales",
    line_number="+12025550100",
    started_at=AT,
    answered_at=None,
    ended_at=None,
    identity=Identity.UNKNOWN,
    candidates=(),
    person=None,
    chosen=False,
    agent_id=None,
    agent_name="",
    audience=(ME, OTHER),
    note="",
    disposition="",
    branches=(),
    past=(),
    times_before=0,
    can_dial=False,
)
TALK = {"phase": Phase.ANSWERED, "answered_at": AT}
OVER = {"phase": Phase.ENDED, "ended_at": AT}
RINGS = leg(ME, Phase.RINGING)
STOPPED = leg(ME, Phase.ENDED)
TALKS, TALKED = leg(ME, Phase.ANSWERED, answered=True), leg(ME, Phase.ENDED, answered=True)
NEXT = leg(OTHER, Phase.RINGING)


@pytest.mark.parametrize(
    ("changes", "stance"),
    [
        ({}, Stance.RINGING),
        ({"direction": Direction.OUTBOUND}, Stance.CALLING),
        ({"branches": (RINGS, NEXT)}, Stance.RINGING),
        ({"branches": (STOPPED, NEXT)}, Stance.PASSED),
        ({"audience": (OTHER,)}, Stance.PASSED),
        ({**TALK, "agent_id": ME}, Stance.TALKING),
        ({**TALK, "agent_id": ME, "phase": Phase.HELD}, Stance.HELD),
        ({**TALK, "agent_id": OTHER}, Stance.TAKEN),
        ({**TALK, "audience": (ME,)}, Stance.TALKING),  # nobody else can have taken it
        ({**TALK}, Stance.TAKEN),
        ({"branches": (TALKS, NEXT), "answered_at": AT}, Stance.TALKING),  # asks a colleague
        ({"branches": (TALKED, NEXT), "answered_at": AT}, Stance.WRAP_UP),  # passed it on
        ({**TALK, "agent_id": OTHER, "branches": (TALKED,)}, Stance.WRAP_UP),
        ({**OVER, "outcome": Outcome.ANSWERED, "agent_id": ME, "answered_at": AT}, Stance.WRAP_UP),
        ({**OVER, "outcome": Outcome.ANSWERED, "agent_id": OTHER}, Stance.TAKEN),
        ({**OVER, "outcome": Outcome.MISSED}, Stance.MISSED),
    ],
)
def test_a_call_means_to_each_what_it_should(changes: dict[str, object], stance: Stance) -> None:
    assert see(replace(CALL, **changes), ME).stance is stance  # type: ignore[arg-type] # a table of any fields


def test_a_missed_call_says_why() -> None:
    over = replace(
        CALL, phase=Phase.ENDED, outcome=Outcome.MISSED, missed_reason=MissedReason.BUSY
    )

    assert see(over, ME).mark.word == "Missed, all busy"
