"""The yardstick of the database itself: pgbench's own transaction, prepared, on the same PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loadtests.bench.row import Bench, Row, absent

NAME = "pgbench tpcb-like, 4 clients"


def rows(bench: Bench) -> Iterator[Row]:
    """Run pgbench a few times; the best counts."""
    server = bench.postgres
    server.database("tpcb")
    if server.pgbench("tpcb", "-i", "-s", str(bench.of(2, 20)), "-q") is None:
        yield absent(NAME, "pgbench is not installed")
        return
    seconds = str(bench.of(2, 5))
    options = ("-c", "4", "-j", "2", "-M", "prepared", "-n", "-T", seconds)
    found = []
    for _ in range(bench.of(2, 5)):
        before = server.cpu_s()
        told = server.pgbench("tpcb", *options)
        found.append(_told(told or "", server.cpu_s() - before))
    best = max(found)
    yield Row(NAME, round(best[0]), "a second", note=f"{best[1]:.0f} µs of PostgreSQL's CPU each")


def _told(text: str, cpu_s: float) -> tuple[float, float]:
    tps = re.search(r"tps = ([\d.]+)", text)
    done = re.search(r"processed: (\d+)", text)
    assert tps is not None
    assert done is not None
    return float(tps[1]), cpu_s * 1e6 / int(done[1])
