"""What was measured: rows, their medians, and the table in docs/performance.md."""

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench/results.json"
DOCUMENT = ROOT / "docs/performance.md"
WORDS = 2
"""Columns of a table that are words; the others are numbers."""
BRIEF = 0.1
"""Milliseconds below which more digits are shown."""
BEGIN, END = "<!-- scripts/bench writes here -->\n", "<!-- and no further -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement; times in milliseconds. *ratio* is to the reference of the same round."""

    what: str
    subject: str
    p50: float
    p99: float
    rate: float | None = None
    ratio: float | None = None

    @property
    def name(self) -> tuple[str, str]:
        return self.what, self.subject


def medians(rows: Iterable[Row]) -> list[Row]:
    """One row for all rounds of the same; in the order of their first round."""
    rows = list(rows)
    order = list(dict.fromkeys(row.name for row in rows))
    found = sorted(rows, key=lambda row: order.index(row.name))
    return [_median(list(same)) for _, same in groupby(found, key=lambda row: row.name)]


def _median(same: Sequence[Row]) -> Row:
    rates = [row.rate for row in same if row.rate is not None]
    ratios = [row.ratio for row in same if row.ratio is not None]
    return Row(
        what=same[0].what,
        subject=same[0].subject,
        p50=median(row.p50 for row in same),
        p99=median(row.p99 for row in same),
        rate=median(rates) if rates else None,
        ratio=median(ratios) if ratios else None,
    )


def table(rows: Iterable[Row]) -> str:
    """Rows as Markdown, aligned for a terminal too."""
    head = ("what", "by", "per second", "ratio", "p50 ms", "p99 ms")
    lines = [head, *(_cells(row) for row in rows)]
    wide = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = "|".join(
        "-" * (width + 1) + ("-" if place < WORDS else ":") for place, width in enumerate(wide)
    )
    return "\n".join(
        [_line(head, wide), f"|{rule}|", *(_line(line, wide) for line in lines[1:]), ""]
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        row.subject,
        "" if row.rate is None else f"{row.rate:,.0f}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        _time(row.p50),
        _time(row.p99),
    )


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.4f}" if milliseconds < BRIEF else f"{milliseconds:.2f}"


def _line(cells: Sequence[str], wide: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if place < WORDS else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, wide, strict=True))
    )
    return f"| {' | '.join(padded)} |"


def machine(maker: str) -> dict[str, str]:
    """On what it was measured."""
    return {
        "cores": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "load maker": maker,
    }


def keep(rows: Sequence[Row], on: dict[str, str]) -> None:
    """Write bench/results.json: the medians of the last run."""
    found = {"machine": on, "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def write(rows: Sequence[Row], on: dict[str, str]) -> None:
    """Put the table between the marks of docs/performance.md; raises ValueError without marks."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    told = "; ".join(f"{name} {value}" for name, value in on.items())
    DOCUMENT.write_text(f"{before}{BEGIN}\n{told}.\n\n{table(rows)}\n{END}{after}")
