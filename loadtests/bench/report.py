"""The report: `bench.json`, `bench.md` and `bench.svg`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loadtests.bench.row import Row


def write(folder: Path, facts: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Write all three; the plot only where matplotlib is installed (extra `bench`)."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": facts, "rows": [asdict(row) | {"met": row.met} for row in rows]}
    (folder / "bench.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    (folder / "bench.md").write_text(table(facts, rows))
    try:
        from loadtests.bench import plot  # noqa: PLC0415 - matplotlib is an extra
    except ImportError:
        print("no plot: matplotlib is not installed (extra `bench`)")
    else:
        plot.draw(folder / "bench.svg", rows)
    print(f"{folder}/bench.json, bench.md, bench.svg")


def line(row: Row) -> str:
    """Return one row as text."""
    return f"{row.name:<58}{_figure(row):>12}  {_mark(row):<16}{row.note}"


def table(facts: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the rows and the machine as Markdown."""
    lines = ["| row | figure | mark | |", "|---|---|---|---|"]
    lines += [f"| {row.name} | {_figure(row)} | {_mark(row)} | {row.note} |" for row in rows]
    lines += ["", ", ".join(f"{name} {value}" for name, value in facts.items()), ""]
    return "\n".join(lines)


def _figure(row: Row) -> str:
    return "–" if row.figure is None else f"{row.figure:g} {row.unit}"


def _mark(row: Row) -> str:
    if row.mark is None:
        return ""
    return f"{'≤' if row.at_most else '≥'} {row.mark:g} {'met' if row.met else 'MISSED' if row.met is False else '?'}"
