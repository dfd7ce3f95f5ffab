from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from hub import api

OPERATIONS = [operation.name for operation in api.OPERATIONS]


def _operations(told: Any) -> dict[str, Any]:
    """The operations of the document that the hub serves, by their names."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", told.app)
    found: list[Any] = [one.ok() for one in list[Any](schema.get_all_operations())]
    return {one.definition.raw["operationId"]: one for one in found}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_the_document_promises(
    told: Any, name: str, mode: GenerationMode
) -> None:
    operation = _operations(told)[name]
    headers = {"Authorization": f"Bearer {told.tokens['admin']}"}

    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        # No schema can say that a number is one of a phone, or that a cursor is one of ours.
        excluded = [positive_data_acceptance]
        if not _is_wrong_on_the_wire(case):
            excluded.append(negative_data_rejection)
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    answers()


def _is_wrong_on_the_wire(case: Any) -> bool:
    """A made-up parameter without a value is never sent, and a missing token we give ourselves."""
    unsent = [name for name, value in (case.query or {}).items() if value in ([], {}, None)]
    return not unsent


def test_the_document_and_the_table_name_the_same(told: Any) -> None:
    assert set(_operations(told)) == set(OPERATIONS)
