"""Memory of all services in one process, after work."""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.bench import hosts, visits
from loadtests.bench.row import Bench, Row

MARK_MB = 130.0


def rows(bench: Bench) -> Iterator[Row]:
    """Measure at rest and under load; the peak counts."""
    with bench.scratch("memory") as folder, hosts.sandbox(folder, population=1000) as host:
        rest = host.memory_mb()
        window = visits.Window.open(host)
        peak = rest
        for _ in range(bench.of(3, 20)):
            window.play(window.visits(50), wires=16)
            peak = max(peak, host.memory_mb())
    note = f"{rest:.0f} MB at rest with 1,000 people"
    yield Row("memory, all services in one process, peak", round(peak, 1), "MB", MARK_MB, at_most=True, note=note)
