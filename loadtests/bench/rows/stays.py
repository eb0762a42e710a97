"""A whole stay and a sale of a pharmacy against bare Flask echoes of the same messages, on the same server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from loadtests.bench import client, hosts, stays, visits
from loadtests.bench.measure import Cost, interleave
from loadtests.bench.row import Bench, Row
from loadtests.bench.rows.settlement import WORKERS
from loadtests.bench.turns import Requests


def rows(bench: Bench) -> Iterator[Row]:
    """Measure both databases."""
    for database, workers in WORKERS.items():
        with ExitStack() as stack:
            folder = stack.enter_context(bench.scratch(database))
            db = bench.postgres.database("staying") if database == "postgresql" else None
            box = stack.enter_context(hosts.sandbox(folder, db, "--workers", str(workers)))
            bare = stack.enter_context(hosts.echo(folder, workers))
            costs = interleave(_contenders(bench, visits.Window.open(box), bare), bench.rounds)
        yield from _told(database, costs)


def _contenders(bench: Bench, window: visits.Window, bare: hosts.Host) -> dict[str, Requests | stays.Stays]:
    count = bench.of(50, 100)
    stay = [_echoed(bare, message) for message in stays.steps(window, window.people[0]).values()]
    sale = _echoed(bare, stays.sales(window, 1)[0])
    return {
        "echo of a stay": Requests(bare, lambda: stay * count),
        "stay": stays.Stays(window, count),
        "echo of a sale": Requests(bare, lambda: [sale] * count * 4),
        "sale": Requests(window.host, lambda: stays.sales(window, count * 2), visits.OK),
    }


def _echoed(bare: hosts.Host, message: bytes) -> bytes:
    return client.post(bare.address, visits.PATH, message.partition(b"\r\n\r\n")[2])


def _told(database: str, costs: Mapping[str, Cost]) -> Iterator[Row]:
    facts = {name: cost.facts() for name, cost in costs.items()}
    five, stay = costs["echo of a stay"].least_us * len(stays.STEPS), costs["stay"]
    note = f"{five:.0f} ÷ {stay.least_us:.0f} µs; {stay.per_second:.0f} stays of {stays.ROWS} rows a second"
    yield Row(f"stay, {database}: five bare echoes ÷ stay", round(five / stay.least_us, 3), "×", note=note, facts=facts)
    echo, sale = costs["echo of a sale"], costs["sale"]
    note = f"{echo.least_us:.0f} ÷ {sale.least_us:.0f} µs; {sale.per_second:.0f} sales a second"
    yield Row(f"2102, {database}: bare echo ÷ 2102", round(echo.least_us / sale.least_us, 3), "×", note=note)
