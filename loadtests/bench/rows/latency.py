"""Open loop: the 99th percentile of 2207 when requests come by themselves at 70 % of what the server can do."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Final

from loadtests.bench import client, hosts, visits
from loadtests.bench.row import Bench, Row
from loadtests.bench.rows.settlement import WORKERS

SHARE: Final = 0.7
WIRES: Final = 32
_BURST: Final = 300
MARKS_MS: Final[Mapping[str, float]] = {"sqlite": 15.0, "postgresql": 25.0}


def rows(bench: Bench) -> Iterator[Row]:
    """Measure both databases; the best of the rounds counts, for a noisy neighbour only adds."""
    for database in MARKS_MS:
        with ExitStack() as stack:
            folder = stack.enter_context(bench.scratch(f"latency-{database}"))
            db = _seasoned(bench) if database == "postgresql" else None
            options = ("--workers", str(WORKERS[database]))
            window = visits.Window.open(stack.enter_context(hosts.sandbox(folder, db, *options)))
            yield _row(bench, database, window)


def _seasoned(bench: Bench) -> str:
    bench.postgres.season()
    return bench.postgres.database("latency")


def _row(bench: Bench, database: str, window: visits.Window) -> Row:
    capacity = _capacity(window, bench.of(2, 5))
    rate = SHARE * capacity
    rounds = [_round(window, rate, max(100, int(rate * bench.of(1, 4))), seed) for seed in range(bench.of(2, 5))]
    best = min(rounds, key=lambda each: each["p99_ms"])
    middle = statistics.median(each["p99_ms"] for each in rounds)
    note = f"median {middle:.1f} ms, p50 {best['p50_ms']:.1f} ms, at {rate:.0f} of {capacity:.0f} a second"
    mark = MARKS_MS[database]
    name = f"2207, {database}: p99 at 70 % of capacity, best of {len(rounds)}"
    facts = {"capacity": capacity, "rate": rate, "rounds": rounds}
    return Row(name, round(best["p99_ms"], 1), "ms", mark, at_most=True, note=note, facts=facts)


def _capacity(window: visits.Window, bursts: int) -> float:
    """Return how many a second are answered when the next one always waits: the middle of some bursts.

    The first is not counted, for connections are made and statements prepared in it; and no round has its own, for
    the one whose burst was disturbed would have the fewest requests to answer.
    """
    found = [_burst(window) for _ in range(bursts + 1)]
    return statistics.median(found[1:])


def _burst(window: visits.Window) -> float:
    requests = window.ready_to_settle(_BURST)
    time.sleep(0.5)
    began = time.perf_counter()
    client.closed(window.host.address, requests, WIRES, visits.OK)
    return len(requests) / (time.perf_counter() - began)


def _round(window: visits.Window, rate: float, count: int, seed: int) -> dict[str, float]:
    requests = window.ready_to_settle(count)
    time.sleep(0.5)
    taken = client.opened(window.host.address, requests, rate, WIRES, seed)
    p50, p99 = client.percentile(taken, 0.5), client.percentile(taken, 0.99)
    return {"p50_ms": p50, "p99_ms": p99, "most_ms": max(taken)}
