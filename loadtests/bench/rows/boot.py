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
            first = _seconds(folder, people)
            again = min(_seconds(folder, people) for _ in range(bench.of(3, 7)))
            fresh = min(_anew(folder, people) for _ in range(bench.of(1, 3)))
        note = f"first start of all {first:.2f} s; with its world to make {fresh:.2f} s"
        name = f"boot, second start, {people or 'no'} people"
        yield Row(name, round(again, 2), "s", mark, at_most=True, note=note, facts={"first_s": first, "new_s": fresh})


def _anew(folder: Path, people: int) -> float:
    shutil.rmtree(folder / "worlds", ignore_errors=True)
    return _seconds(folder, people)


def _seconds(folder: Path, people: int) -> float:
    began = time.perf_counter()
    with hosts.sandbox(folder, population=people):
        return time.perf_counter() - began
