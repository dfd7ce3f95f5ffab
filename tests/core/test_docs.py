"""What the docs say of rules, hours, consent and messages is what the code does."""

import json
import re
import textwrap
from pathlib import Path

from hub.contract import optout
from hub.contract.events import Consent, MessageStatus
from hub.core import hours, rules

DOCS = Path(__file__).parents[2] / "docs"


def example(page: str) -> object:
    """The indented JSON of *page*."""
    block = re.search(r"(?ms)^    \{$.*?^    \}$", (DOCS / page).read_text("utf-8"))
    assert block, page
    return json.loads(textwrap.dedent(block[0]))


def test_the_rule_in_the_docs_is_a_rule() -> None:
    rule = rules.from_dict(example("rules.md"))

    assert rule.then.contents["en"].template


def test_the_calendar_in_the_docs_is_a_calendar() -> None:
    calendar = hours.from_dict(example("hours.md"))

    assert calendar.holidays == hours.Holidays(country="IT", subdivision="MI")


def test_the_docs_list_exactly_the_words_that_are_understood() -> None:
    page = (DOCS / "consent.md").read_text("utf-8")
    listed = re.search(r"The words that are understood.*?(?=^\* )", page, re.MULTILINE | re.DOTALL)
    assert listed
    words = re.findall(r"`([A-Z ]+)`", listed[0])

    assert sorted(word.replace(" ", "").lower() for word in words) == sorted(optout._BY_WORD)
    assert {optout.consent_in(word) for word in words} == set(Consent)


def test_the_docs_list_exactly_the_states_of_a_message_by_rank() -> None:
    page = (DOCS / "messages.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", page, re.MULTILINE)

    assert rows == sorted(rows, key=lambda row: row[0])
    assert {(int(rank), state) for rank, state in rows} == {
        (status.rank, status.value) for status in MessageStatus
    }
