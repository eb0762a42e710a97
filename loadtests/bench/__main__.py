"""Measure and tell: `make bench`, or `python -m loadtests.bench [--quick] [--only NAME …] [--out FOLDER]`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from loadtests.bench import machine, report
from loadtests.bench.row import Bench, Row
from loadtests.bench.rows import NAMES, ON_REQUEST


def main() -> int:
    """Run the rows that were asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and less work: minutes instead of an hour")
    parser.add_argument("--only", nargs="+", choices=(*NAMES, *ON_REQUEST), default=NAMES, help="these rows alone")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="where the report goes")
    asked = parser.parse_args()
    found = measured(asked.only, quick=asked.quick)
    facts = machine.facts() | {"quick": asked.quick, "command": f"make bench BENCH_ARGS={' '.join(sys.argv[1:])!r}"}
    report.write(asked.out, facts, found)
    return 0


def measured(names: list[str] | tuple[str, ...], *, quick: bool) -> list[Row]:
    """Measure the rows of these modules, telling each as it comes."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="yibaobox-bench-") as folder, contextlib.ExitStack() as stack:
        bench = Bench(Path(folder), quick, stack)
        for name in names:
            for row in import_module(f"loadtests.bench.rows.{name}").rows(bench):
                found.append(row)
                print(report.line(row), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
