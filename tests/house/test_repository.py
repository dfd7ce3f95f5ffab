"""What is in the repository besides code: locks, licence, configuration."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent

# The addresses of package registries belong to a machine's settings.
# In halves, or this file would name them.
REGISTRIES = re.compile(
    "|".join(
        f"{name}\\.{domain}"
        for name, domain in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry\\.npmjs", "org"),
            ("registry\\.yarnpkg", "com"),
            ("deb\\.debian", "org"),
            ("archive\\.ubuntu", "com"),
            ("unpkg", "com"),
            ("jsdelivr", "net"),
        )
    )
)


def tracked() -> list[Path]:
    """The files that git knows."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("Not a git work tree: which files are ours is unknown.")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_no_file_names_a_package_registry() -> None:
    assert not [
        f"{path.relative_to(ROOT)}: {found[0].decode()}"
        for path in tracked()
        if (found := re.search(REGISTRIES.pattern.encode(), path.read_bytes()))
    ]


def test_the_front_end_is_locked_by_content_not_by_place() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    locked = {name: package for name, package in packages.items() if name}

    assert not [name for name, package in locked.items() if "resolved" in package]
    assert not [name for name, package in locked.items() if "integrity" not in package]


@pytest.mark.parametrize("lock", ["run", "test", "node"])
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.txt").read_text("utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert pins
    assert not [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]


def test_the_run_set_is_part_of_the_test_set() -> None:
    run, test = (
        set(
            re.findall(
                r"^[\w.\[\],-]+==\S+",
                (ROOT / f"requirements/{lock}.txt").read_text("utf-8"),
                re.MULTILINE,
            )
        )
        for lock in ("run", "test")
    )

    assert run <= test, "Cure: scripts/lock."


def test_every_dependency_is_locked() -> None:
    lock = (ROOT / "requirements/run.txt").read_text("utf-8")
    wanted = [re.split(r"[\[<>=~! ]", line)[0] for line in pyproject()["project"]["dependencies"]]

    assert not [name for name in wanted if not re.search(rf"^{name}[\[=]", lock, re.MULTILINE)], (
        "Cure: scripts/lock."
    )


def test_what_is_ignored_has_a_reason() -> None:
    """Every rule that ruff or pytest is told to overlook, with a comment on the same line."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lists = re.findall(
        r'^(?:ignore|filterwarnings|"\S+") = \[\n(.*?)^\]', text, re.MULTILINE | re.DOTALL
    )
    entries = [
        line for block in lists for line in block.splitlines() if line.lstrip().startswith('"')
    ]

    assert len(entries) > 10
    assert not [line for line in entries if "#" not in line and line.strip() != '"error",']


def test_the_licence_is_the_gpl_3() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")

    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert pyproject()["project"]["license"] == "GPL-3.0-or-later"
