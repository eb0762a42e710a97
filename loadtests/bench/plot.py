"""The plot: for each row with a mark, how far its figure is from the mark (1 is the mark, longer is better)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from loadtests.bench.row import Row


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Draw the rows that have a mark."""
    marked = [row for row in rows if row.mark is not None and row.figure]
    reached = [_reached(row) for row in marked]
    mpl.rcParams["svg.hashsalt"] = "yibaobox"
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.4 * len(marked)), layout="constrained")
    colours = ["#4a7c59" if row.met else "#b5523b" for row in marked]
    bars = axes.barh([row.name for row in marked], reached, color=colours)
    axes.bar_label(bars, [f" {row.figure:g} {row.unit}" for row in marked])
    axes.axvline(1, color="black", linewidth=1)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.set_xlabel("reached of the mark")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _reached(row: Row) -> float:
    assert row.mark is not None
    assert row.figure
    return row.mark / row.figure if row.at_most else row.figure / row.mark
