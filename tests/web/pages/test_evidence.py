"""The reason of a match is said in the reader's language, and in English as it was stored."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.contract.phone import read
from hub.core.matching import Candidate, match
from hub.desk.views import CallView, assemble
from hub.house import House
from hub.lookup import evidence
from hub.models import Call
from hub.web.evidence import why
from hub.web.language import speaking

ONE = Candidate(
    contact_id="1", name="Emma", company="", number="+12025550142", exact=True, source="book"
)
TWO = replace(ONE, contact_id="2", name="", company="Chrispresso")
NEAR = replace(ONE, exact=False)
MORE = tuple(replace(ONE, contact_id=str(place), name=f"Person {place}") for place in range(5))


@pytest.fixture
def view(house: House, town: Any) -> CallView:
    def first(session: Session) -> CallView:
        return assemble(session, town.workspace_id, [session.scalars(select(Call)).first()])[0]  # type: ignore[list-item] # the town has calls

    return house.db.read_now(first)


@pytest.mark.parametrize(
    ("number", "found", "italian"),
    [
        ("+12025550142", (ONE,), "Emma ha esattamente il numero +1 202-555-0142."),
        ("+12025550142", (ONE, TWO), "2 persone hanno il numero +1 202-555-0142: Chrispresso"),
        ("+12025550142", MORE, "5 persone hanno"),
        ("+12025550142", (replace(ONE, chosen=True), TWO), "un collega ha scelto Emma"),
        ("+12025550142", (NEAR,), "Nessuno ha esattamente +1 202-555-0142"),
        ("+12025550142", (), "Nessuno ha il numero +1 202-555-0142."),
        ("anonymous", (), "nasconde il numero"),
        ("sip:desk@example.com", (), "non è un numero di telefono."),
    ],
)
def test_the_reason_is_said_anew_in_the_readers_language(
    view: CallView, number: str, found: tuple[Candidate, ...], italian: str
) -> None:
    matched = match(read(number, region="US"), found)
    call = replace(view, other=number, identity=str(matched.identity), evidence=evidence(matched))

    with speaking("it"):
        assert italian in why(call, "US")
    with speaking("en"):
        assert why(call, "US") == matched.evidence
