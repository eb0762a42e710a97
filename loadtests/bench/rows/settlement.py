"""2207 and a whole visit against a bare Flask echo of the same message, on the same server with as many workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Final

from loadtests.bench import client, hosts, visits
from loadtests.bench.measure import Cost, interleave
from loadtests.bench.row import Bench, Row
from loadtests.bench.turns import Requests, Visits

MARKS: Final[Mapping[str, float]] = {"sqlite": 0.40, "postgresql": 0.28}
_TURNS: Final = 3  # short ones, three to a round: on a busy machine a long one always meets others
WORKERS: Final[Mapping[str, int]] = {"sqlite": 1, "postgresql": 2}


def rows(bench: Bench) -> Iterator[Row]:
    """Measure both databases."""
    for database in MARKS:
        yield from _rows(bench, database)


def _rows(bench: Bench, database: str) -> Iterator[Row]:
    workers = WORKERS[database]
    with ExitStack() as stack:
        folder = stack.enter_context(bench.scratch(database))
        db = bench.postgres.database("settling") if database == "postgresql" else None
        box = stack.enter_context(hosts.sandbox(folder, db, "--workers", str(workers)))
        bare = stack.enter_context(hosts.echo(folder, workers))
        window = visits.Window.open(box)
        contenders = _contenders(bench, window, bare)
        before = bench.postgres.cpu_s() if db else 0.0
        costs = interleave(contenders, _TURNS * bench.rounds)
        beside = bench.postgres.cpu_s() - before if db else 0.0
    yield from _told(database, costs, beside)


def _contenders(bench: Bench, window: visits.Window, bare: hosts.Host) -> dict[str, Requests | Visits]:
    count = bench.of(60, 180)
    sample = window.steps(window.people[0])
    settlement = client.post(bare.address, visits.PATH, _body(sample["2207"]))
    visit = [client.post(bare.address, visits.PATH, _body(sample[infno])) for infno in visits.STEPS]
    window.play(window.visits(20))
    return {
        "echo": Requests(bare, lambda: [settlement] * count * 2),
        "2207": Requests(window.host, lambda: window.ready_to_settle(count), visits.OK),
        "echo of a visit": Requests(bare, lambda: visit * (count // 3)),
        "visit": Visits(window, count // 3),
    }


def _body(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def _told(database: str, costs: Mapping[str, Cost], beside_s: float) -> Iterator[Row]:
    echo, settle, visit = costs["echo"], costs["2207"], costs["visit"]
    facts = {name: cost.facts() for name, cost in costs.items()}
    usual = f"medians {echo.median_us / settle.median_us:.3f}"
    note = f"{echo.least_us:.0f} ÷ {settle.least_us:.0f} µs; {usual}; {settle.per_second:.0f} a second"
    ratio = echo.least_us / settle.least_us
    yield Row(f"2207, {database}: bare echo ÷ 2207", round(ratio, 3), "×", MARKS[database], note=note, facts=facts)
    five = costs["echo of a visit"].least_us * len(visits.STEPS)
    note = f"{five:.0f} ÷ {visit.least_us:.0f} µs; {visit.per_second:.0f} visits a second"
    yield Row(f"visit, {database}: five bare echoes ÷ visit", round(five / visit.least_us, 3), "×", note=note)
    if beside_s:
        yield Row("PostgreSQL beside the server, whole measurement", round(beside_s, 2), "s of CPU")
