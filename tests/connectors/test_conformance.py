"""Every connector keeps the contract, against its own twin."""

import pytest

from hub import registry
from hub.testing.connectors import checks
from hub.testing.webhooks import Check

ALL = [(name, check) for name, found in registry.connectors().items() for check in checks(found)]


@pytest.mark.parametrize("check", [pytest.param(it, id=f"{name}-{it}") for name, it in ALL])
def test_a_connector_keeps_the_contract(check: Check) -> None:
    check()
