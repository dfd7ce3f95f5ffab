"""Who is it?"""

from dataclasses import replace

import pytest

from hub.contract.phone import read
from hub.core.matching import Candidate, Identity, match

NUMBER = "+12025550123"
CALLER = read(NUMBER)
ANN = Candidate(
    contact_id="1", name="Ann Lee", company="Acme", number=NUMBER, exact=True, source="phonebook"
)
BOB = replace(ANN, contact_id="2", name="Bob Ray", company="Bolt")


def test_one_person_with_exactly_this_number_is_known() -> None:
    found = match(CALLER, [ANN])

    assert (found.identity, found.contact_id) == (Identity.KNOWN, "1")
    assert found.evidence == "Ann Lee has exactly the number +1 202-555-0123."


def test_several_people_are_ambiguous_and_nobody_is_written_to() -> None:
    found = match(CALLER, [ANN, BOB])

    assert (found.identity, found.contact_id) == (Identity.AMBIGUOUS, None)
    assert found.evidence == "2 people have the number +1 202-555-0123: Ann Lee, Bob Ray."


def test_whom_we_spoke_with_last_comes_first_then_the_name_decides() -> None:
    cid = replace(ANN, contact_id="3", name="cid")

    found = match(CALLER, [cid, replace(BOB, last_spoken=10.0), ANN])

    assert [candidate.contact_id for candidate in found.candidates] == ["2", "1", "3"]


def test_whom_an_agent_once_chose_is_known() -> None:
    found = match(CALLER, [replace(ANN, last_spoken=99.0), replace(BOB, chosen=True)])

    assert (found.identity, found.contact_id) == (Identity.KNOWN, "2")
    assert found.evidence.endswith("an agent chose Bob Ray for it.")
    assert len(found.candidates) == 2


def test_two_different_choices_are_ambiguous_again() -> None:
    found = match(CALLER, [replace(ANN, chosen=True), replace(BOB, chosen=True)])

    assert found.identity is Identity.AMBIGUOUS


def test_the_same_customer_in_two_systems_is_one_person() -> None:
    twin = replace(ANN, contact_id="9", name="ANN  lee", source="other", last_spoken=5.0)

    found = match(CALLER, [ANN, twin])

    assert (found.identity, found.contact_id) == (Identity.KNOWN, "9")


@pytest.mark.parametrize(
    "change", [{"source": "phonebook"}, {"number": "+12025550124"}, {"name": "Bo"}]
)
def test_two_contacts_that_differ_plainly_are_two_people(change: dict[str, str]) -> None:
    other = replace(ANN, contact_id="9", source="other")

    found = match(CALLER, [ANN, replace(other, **change)])  # type: ignore[arg-type] # all are texts

    assert found.identity is Identity.AMBIGUOUS


def test_nameless_contacts_of_two_systems_are_not_taken_for_one_person() -> None:
    nameless = replace(ANN, name="")

    found = match(CALLER, [nameless, replace(nameless, contact_id="9", source="other")])

    assert found.identity is Identity.AMBIGUOUS


def test_similar_numbers_are_a_maybe_and_no_contact() -> None:
    found = match(CALLER, [replace(ANN, exact=False)])

    assert (found.identity, found.contact_id) == (Identity.MAYBE, None)
    assert found.candidates[0].name == "Ann Lee"


def test_an_exact_person_leaves_the_similar_ones_out() -> None:
    found = match(CALLER, [replace(BOB, exact=False, last_spoken=9.0), ANN])

    assert found.identity is Identity.KNOWN
    assert [candidate.contact_id for candidate in found.candidates] == ["1"]


def test_nobody_with_this_number_is_unknown() -> None:
    assert match(CALLER, []).identity is Identity.UNKNOWN


def test_a_withheld_caller_is_nobody_even_if_something_was_found() -> None:
    found = match(read("+266696687"), [ANN])

    assert (found.identity, found.candidates) == (Identity.WITHHELD, ())


def test_an_extension_is_nobody_in_a_crm() -> None:
    found = match(read("201"), [ANN])

    assert (found.identity, found.evidence) == (Identity.UNKNOWN, "201 is not a phone number.")


def test_a_number_without_its_country_may_still_be_somebody() -> None:
    assert match(read("020 7946 0123"), [replace(ANN, exact=False)]).identity is Identity.MAYBE


def test_many_names_are_not_all_read_out() -> None:
    many = [replace(ANN, contact_id=str(i), name=f"N{i}") for i in range(5)]

    assert match(CALLER, many).evidence.endswith(": N0, N1, N2 and 2 more.")
