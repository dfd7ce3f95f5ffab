"""Measures and prints one table: python -m bench [ingest] [lookup] [pop] [--quick] [--write]."""

import argparse
import importlib
from collections.abc import Iterable

from bench.load import MAKER
from bench.results import Row, keep, machine, medians, table, write

PARTS = ("ingest", "lookup", "pop")


def main() -> None:
    """Measure what is asked for; all of it bounded in time."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} or all")
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    parser.add_argument("--write", action="store_true", help="refresh docs/performance.md")
    given = parser.parse_args()
    parts = PARTS if not given.parts or "all" in given.parts else tuple(given.parts)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(unknown)}; there are: {', '.join(PARTS)}, all")
    on = machine(MAKER)
    rows = medians(row for part in parts for row in _told(_measure(part, quick=given.quick)))
    print("\n" + table(rows))
    keep(rows, on)
    if given.write:
        write(rows, on)


def _measure(part: str, *, quick: bool) -> Iterable[Row]:
    module = importlib.import_module(f"bench.{part}")
    found: Iterable[Row] = module.measure(**(module.QUICK if quick else module.FULL))
    return found


def _told(rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        rate = f"{row.rate:,.0f}/s, " if row.rate else ""
        print(f"  {row.what}, {row.subject}: {rate}p99 {row.p99:.3f} ms", flush=True)
        yield row


if __name__ == "__main__":
    main()
