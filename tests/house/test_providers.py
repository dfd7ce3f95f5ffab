"""A provider is one folder, and a complete one."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def folders(kind: str) -> list[Path]:
    """The providers of a kind."""
    return sorted(path.parent for path in (ROOT / kind).glob("*/__init__.py"))


def identity(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("folder", [*folders("webhooks"), *folders("connectors")], ids=identity)
def test_a_provider_says_who_it_is_and_how_to_connect_it(folder: Path) -> None:
    manifest = (folder / "__init__.py").read_text("utf-8")

    assert "manifest" in manifest.lower()
    assert (folder / "doc.md").is_file(), "doc.md is the guide that an administrator follows."


@pytest.mark.parametrize("folder", folders("webhooks"), ids=identity)
def test_a_phone_system_has_recordings_of_what_it_sends(folder: Path) -> None:
    requests = {path.stem for path in (folder / "fixtures").glob("**/*.http")}

    assert (folder / "parse.py").is_file()
    assert requests, "Record first, code second: fixtures/*.http."


@pytest.mark.parametrize("folder", folders("connectors"), ids=identity)
def test_a_crm_has_a_twin(folder: Path) -> None:
    assert (folder / "twin.py").is_file(), (
        "Without a twin neither the tests nor the demo can reach it."
    )


@pytest.mark.parametrize("kind", ["webhooks", "connectors"])
def test_every_folder_of_providers_holds_providers(kind: str) -> None:
    strays = {path.parent for path in (ROOT / kind).glob("*/*.*")} - set(folders(kind))
    strays = {path for path in strays if path.name != "__pycache__"}

    assert not strays, "A provider's folder has an __init__.py with its manifest."
