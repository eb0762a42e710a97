"""Does it get slower as settlements pile up: the CPU of one 2207 with 0, 10,000 and 100,000 settlements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Final

from loadtests.bench import client, hosts, visits
from loadtests.bench.measure import interleave
from loadtests.bench.row import Bench, Row
from loadtests.bench.turns import Requests

MARK: Final = 0.10
_BATCH: Final = 1000
_WARM: Final = 50


def rows(bench: Bench) -> Iterator[Row]:
    """Fill a world for each number with real settlements, then let them take turns: none has a better minute."""
    stages = (0, 300, 1500) if bench.quick else (0, 10_000, 100_000)
    count = bench.of(100, 400)
    with ExitStack() as stack:
        turns = {}
        for stage in stages:
            folder = stack.enter_context(bench.scratch(f"growth-{stage}"))
            window = visits.Window.open(stack.enter_context(hosts.sandbox(folder)), bench.of(50, 1000))
            window.play(window.visits(_WARM))
            _fill(window, stage - _WARM)
            turns[str(stage)] = Requests(window.host, partial(window.ready_to_settle, count), visits.OK)
        costs = interleave(turns, bench.rounds * 2)  # the difference looked for is small
        least = {stage: cost.least_us for stage, cost in costs.items()}
        shares = {stage: round(cost_us / least[str(stages[0])], 3) for stage, cost_us in least.items()}
        slower = max(least.values()) / min(least.values()) - 1
        note = ", ".join(f"{stage}: {share:.2f}" for stage, share in shares.items())
        name = f"2207, sqlite: spread of its cost up to {stages[-1]} settlements"
        facts = {stage: cost.facts() for stage, cost in costs.items()}
        yield Row(name, round(slower, 3), "", MARK, at_most=True, note=f"of the first world's, {note}", facts=facts)


def _fill(window: visits.Window, count: int) -> None:
    done = 0
    while done < count:
        batch = window.ready_to_settle(min(_BATCH, count - done), wires=8)
        client.closed(window.host.address, batch, 8, visits.OK)
        done += len(batch)
