"""From the command to the first answered request."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from loadtests.bench import hosts
from loadtests.bench.row import Bench, Row

EMPTY_S: Final = 1.0
PEOPLED_S: Final = 1.4


def rows(bench: Bench) -> Iterator[Row]:
    """Start on data that is there (a second start, bytecode compiled), and on nothing."""
    for people, mark in ((0, EMPTY_S), (1000, PEOPLED_S)):
        with bench.scratch("boot") as folder:
            first, _ = _seconds(folder, people)
            starts = [_seconds(folder, people) for _ in range(bench.of(3, 7))]
            again, cpu = (min(figures) for figures in zip(*starts, strict=True))
            fresh = min(_anew(folder, people) for _ in range(bench.of(1, 3)))
        note = f"{cpu:.2f} s of CPU; first start of all {first:.2f} s; with its world to make {fresh:.2f} s"
        name = f"boot, second start, {people or 'no'} people"
        yield Row(
            name,
            round(again, 2),
            "s",
            mark,
            at_most=True,
            note=note,
            facts={"first_s": first, "new_s": fresh, "cpu_s": cpu},
        )


def _anew(folder: Path, people: int) -> float:
    shutil.rmtree(folder / "worlds", ignore_errors=True)
    return _seconds(folder, people)[0]


def _seconds(folder: Path, people: int) -> tuple[float, float]:
    """Return how long a start takes, and the CPU it takes."""
    began = time.perf_counter()
    with hosts.sandbox(folder, population=people) as host:
        return time.perf_counter() - began, host.cpu_s()
