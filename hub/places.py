"""Which town a number belongs to, as far as its numbering plan tells.

The library's own geocoder takes four seconds and 160 MB to load, for good. So its table is
written once, by a process of its own, into a small file of sorted prefixes, and asked there.
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

LONGEST = 9
"""Digits of the longest prefix in the table."""


class Places:
    """The towns of numbers; knows none until its file has been written."""

    def __init__(self, path: Path) -> None:
        """Keep the table at *path*."""
        self._path = path

    def of(self, e164: str, language: str = "en") -> str:
        """The town or area of *e164*, in *language* where it has a name there; or nothing."""
        if not self._path.exists():
            return ""
        digits = e164.removeprefix("+")
        prefixes = [digits[:length] for length in range(1, LONGEST + 1)]
        marks = ",".join("?" * len(prefixes))
        with sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True) as table:
            rows = table.execute(
                f"SELECT language, name FROM place WHERE prefix IN ({marks})"  # noqa: S608 - marks only
                " ORDER BY length(prefix) DESC",
                prefixes,
            ).fetchall()
        table.close()
        names: dict[str, str] = {}
        for found, name in rows:
            names.setdefault(found, name)
        return names.get(language.partition("-")[0].lower()) or names.get("en", "")

    async def write(self) -> None:
        """Write the table, unless it is there, in a process of its own."""
        if self._path.exists():
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub.places", str(self._path)
        )
        try:
            await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise


def write(path: Path) -> None:
    """Read the library's table and write ours; it appears whole or not at all."""
    from phonenumbers.geodata import GEOCODE_DATA  # large: only ever in a process of its own

    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    table = sqlite3.connect(half)
    table.execute(
        "CREATE TABLE place (prefix TEXT, language TEXT, name TEXT,"
        " PRIMARY KEY (prefix, language)) WITHOUT ROWID"
    )
    table.executemany(
        "INSERT INTO place VALUES (?, ?, ?)",
        (
            (prefix, language, name)
            for prefix, names in GEOCODE_DATA.items()
            for language, name in names.items()
            if language in ("en", "it")
        ),
    )
    table.commit()
    table.close()
    half.replace(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
