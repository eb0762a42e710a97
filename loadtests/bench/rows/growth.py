"""Does it get slower as settlements pile up: the CPU of one 2207 at 0, 10,000 and 100,000 settlements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from loadtests.bench import client, hosts, visits
from loadtests.bench.measure import interleave
from loadtests.bench.row import Bench, Row
from loadtests.bench.turns import Requests

MARK: Final = 0.10
_BATCH: Final = 1000


def rows(bench: Bench) -> Iterator[Row]:
    """Fill a world with real settlements, measuring on the way; the echo beside it tells how fast the machine is."""
    stages = (0, 300, 1500) if bench.quick else (0, 10_000, 100_000)
    with ExitStack() as stack:
        folder = stack.enter_context(bench.scratch("growth"))
        window = visits.Window.open(stack.enter_context(hosts.sandbox(folder)), bench.of(50, 1000))
        bare = stack.enter_context(hosts.echo(folder))
        window.play(window.visits(50))
        made, ratios, facts = 50, [], {}
        for stage in stages:
            made += _fill(window, stage - made)
            ratio, used = _measured(bench, window, bare)
            made += used
            ratios.append(ratio)
            facts[str(stage)] = ratio
        slower = max(ratios) / min(ratios) - 1
        note = ", ".join(f"{stage}: {ratio:.2f} echoes" for stage, ratio in zip(stages, ratios, strict=True))
        name = f"2207, sqlite: spread of its cost up to {stages[-1]} settlements"
        yield Row(name, round(slower, 3), "", MARK, at_most=True, note=note, facts=facts)


def _fill(window: visits.Window, count: int) -> int:
    done = 0
    while done < count:
        batch = window.ready_to_settle(min(_BATCH, count - done), wires=8)
        client.closed(window.host.address, batch, 8, visits.OK)
        done += len(batch)
    return done


def _measured(bench: Bench, window: visits.Window, bare: hosts.Host) -> tuple[float, int]:
    count, message = bench.of(100, 400), window.message("2207", {"data": "x" * 600})
    request = client.post(bare.address, visits.PATH, message)
    turns = {
        "echo": Requests(bare, lambda: [request] * count * 2),
        "2207": Requests(window.host, lambda: window.ready_to_settle(count), visits.OK),
    }
    costs = interleave(turns, bench.rounds)
    return round(costs["2207"].least_us / costs["echo"].least_us, 3), count * bench.rounds
