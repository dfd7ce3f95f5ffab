"""What a hub tries at its start, so that the first follow-up need not wait."""

from hub import app
from hub.core.rules import Verdict


def test_the_rehearsal_goes_all_the_way_to_a_message() -> None:
    decision = app.rehearse()

    assert decision.verdict is Verdict.SEND
    assert decision.draft is not None
    assert decision.draft.text
