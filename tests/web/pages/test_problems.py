"""What the desk refuses is said in the reader's language."""

from typing import Any

import pytest

from hub.contract.errors import BadSetting
from hub.desk import people
from hub.desk.errors import Conflict
from hub.desk.people import UserDraft
from hub.house import House
from hub.models import Role
from hub.web.language import speaking
from hub.web.problems import said


def test_a_refusal_of_the_desk_is_translated_with_what_it_names(house: House, town: Any) -> None:
    draft = UserDraft(name="Liam", role=Role.AGENT, number=None)
    with pytest.raises(Conflict) as taken:
        house.db.write_now(people.add, town.workspace_id, "liam@example.com", draft)
    with pytest.raises(BadSetting) as senseless:
        house.db.write_now(people.add, town.workspace_id, "liam", draft)

    with speaking("it"):
        assert said(taken.value).startswith("liam@example.com è già un utente")
        assert said(senseless.value).startswith("'liam' non è un indirizzo e-mail")
    with speaking("en"):
        assert said(taken.value) == str(taken.value)


def test_a_sentence_that_nobody_translated_stays_as_it_is() -> None:
    with speaking("it"):
        assert said(Conflict("something rare")) == "something rare"
