import importlib
from pathlib import Path

import pytest

import webhooks
from hub.testing.webhooks import Check, checks

FOLDER = Path(str(webhooks.__file__)).parent
PROVIDERS = sorted(path.parent.name for path in FOLDER.glob("*/scenarios.py"))
ALL = [
    pytest.param(check, id=f"{name}: {check}")
    for name in PROVIDERS
    for check in checks(importlib.import_module(f"webhooks.{name}"))
]


@pytest.mark.parametrize("check", ALL)
def test_a_provider_keeps_its_promise(check: Check) -> None:
    check()


def test_every_folder_is_a_whole_provider() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name[0] != "_"}

    assert folders == set(PROVIDERS)
