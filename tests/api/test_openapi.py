from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from hub import api

OPERATIONS = [operation.name for operation in api.OPERATIONS]


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_the_document_promises(
    told: Any, name: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", told.app)
    operation = next(
        found.ok()
        for found in schema.get_all_operations()
        if found.ok().definition.raw["operationId"] == name
    )
    headers = {"Authorization": f"Bearer {told.tokens['admin']}"}

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        # No schema can say that a number is one of a phone, or that a cursor is one of ours.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    answers()


def test_the_document_and_the_table_name_the_same(told: Any) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", told.app)
    found = {one.ok().definition.raw["operationId"] for one in schema.get_all_operations()}

    assert found == set(OPERATIONS)
