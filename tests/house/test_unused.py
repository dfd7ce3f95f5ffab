"""Nothing is kept that nobody uses: no column, no function, no folder that no check looks at."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hub.models import Row

ROOT = Path(__file__).parent.parent.parent
OURS = ("hub", "connectors", "webhooks", "bench")
FOR_A_TEST = {"roles_of"}  # proves that every page of the console names who may see it


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def words(*, models: bool = True) -> Counter[str]:
    """How often each word stands in our code and pages."""
    files = [*python_files(*OURS), *(ROOT / "hub").rglob("*.html")]
    texts = (path.read_text("utf-8") for path in files if models or "models" not in path.parts)
    return Counter(word for text in texts for word in re.findall(r"\w+", text))


def named(path: Path) -> Iterator[str]:
    """What a file defines for others to name; what is decorated is somebody else's already."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.decorator_list:
                yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for one in targets if isinstance(one, ast.Name))


def test_every_column_is_used_by_somebody() -> None:
    used = words(models=False)
    columns = [column for table in Row.metadata.sorted_tables for column in table.columns]

    assert [str(column) for column in columns if not used[column.name]] == []


def test_every_name_is_used_by_more_than_its_test() -> None:
    used = words()
    found = {name for path in python_files("hub", "connectors") for name in _inside(path)}

    alone = {name for name in found if used[name] == 1 and not name.startswith("__")}
    assert alone == FOR_A_TEST


def _inside(path: Path) -> Iterator[str]:
    """The names of *path*; those of the contract are there for others to use."""
    return iter(()) if "contract" in path.parts else named(path)


def test_the_types_of_every_folder_are_checked() -> None:
    check = (ROOT / "scripts/check").read_text("utf-8")
    looked_at = re.search(r"for folder in (.+); do", check)
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}

    with_code = {name for name in folders - {"node_modules"} if python_files(name)}
    assert looked_at is not None
    assert with_code <= set(looked_at[1].split())
