"""How our code is written, as far as a machine can tell."""

import ast
import re
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("hub", "connectors", "webhooks")
FOLDERS = (*PACKAGES, "alembic", "bench", "scripts", "tests")

LONGEST_FILE = 400
MEDIAN_FUNCTION = 10
P90_FUNCTION = 30


def python_files(*folders: str) -> list[Path]:
    """Our Python files; those made by hand, so not the migrations."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if "alembic/versions" not in path.as_posix()]


def written_files() -> list[Path]:
    """Our source files of every language, but not what scripts/frontend fetched."""
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))
    return [
        path
        for path in found
        if path.suffix in {".py", ".js", ".css", ".html", ".sh", ".sql", ""}
        and path.is_file()
        and "vendor" not in path.parts
    ]


def functions(path: Path) -> list[tuple[int, str]]:
    """Length in lines and place of every function, without its decorators."""
    tree = ast.parse(path.read_text("utf-8"))
    return [
        (
            (node.end_lineno or node.lineno) - node.lineno + 1,
            f"{relative(path)}:{node.lineno} {node.name}",
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        relative(path): len(path.read_bytes().splitlines()) for path in python_files(*FOLDERS)
    }

    too_long = {path: length for path, length in lengths.items() if length > LONGEST_FILE}
    assert not too_long, "Make a folder of the same name at the same place."


def test_functions_are_short() -> None:
    found = sorted(
        (each for path in python_files(*PACKAGES) for each in functions(path)), reverse=True
    )
    if len(found) < 20:
        pytest.skip("Too few functions to speak of a habit.")
    lengths = [length for length, _ in found]

    worst = "\n".join(f"{length:5} {place}" for length, place in found[:20])
    assert median(lengths) <= MEDIAN_FUNCTION, worst
    assert quantiles(lengths, n=10)[-1] <= P90_FUNCTION, worst


def test_what_is_to_do_stands_in_the_issues() -> None:
    # Spelled in two halves, or this file would accuse itself.
    mark = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")

    assert not [
        f"{relative(path)}:{number}"
        for path in written_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if mark.search(line)
    ]


def test_every_module_of_the_hub_lives_on_a_storey() -> None:
    """A module that no contract names could import whatever it likes."""
    storeys = (ROOT / "pyproject.toml").read_text("utf-8")
    modules = {path.stem for path in (ROOT / "hub").glob("*.py")} - {"__init__", "__main__"}
    modules |= {path.parent.name for path in (ROOT / "hub").glob("*/__init__.py")}

    homeless = [name for name in sorted(modules) if f"(hub.{name})" not in storeys]
    assert not homeless, "Name it in [[tool.importlinter.contracts]] of pyproject.toml."


@pytest.mark.parametrize("folder", ["alembic", "tests"])
def test_a_folder_that_shares_its_name_with_a_package_is_none(folder: str) -> None:
    """With __init__.py, alembic/ hides the library and tests/connectors/ hides connectors/."""
    assert not list((ROOT / folder).rglob("__init__.py"))
