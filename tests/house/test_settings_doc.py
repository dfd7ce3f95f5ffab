"""The settings that there are and those that the docs know are the same."""

import re
from pathlib import Path

from hub.settings import Settings

ROOT = Path(__file__).parent.parent.parent


def test_every_setting_stands_in_the_docs_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")

    told = dict(re.findall(r"^\| `HUB_(\w+)` \| (.*?) \|", page, re.MULTILINE))

    assert told == {
        name.upper(): f"`{field.default}`" if str(field.default) else ""
        for name, field in Settings.model_fields.items()
    }
