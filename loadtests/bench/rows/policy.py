"""The policy engine: one visit with its trace, a million claims, loading; against OpenFisca where it is installed."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from loadtests.bench.measure import Call, interleave
from loadtests.bench.row import Bench, Row, absent
from yibaobox.domain.policy import Accounts, Accumulators, Claim, Line, Standing, compiled, policy_for, settle

VISIT_US, OPENFISCA_TIMES, LOAD_S = 10.0, 40.0, 0.1
PLAIN_NS, RUNNING_NS, PEAK_MB = 150.0, 250.0, 500.0
_CLAIMS: Final = 1_000_000
_DAY: Final = date(2025, 11, 20)


def rows(bench: Bench) -> Iterator[Row]:
    """Measure the scalar engine, its peer, the batch, loading."""
    visit = _visit()
    yield _median(visit, bench.rounds, bench.of(400, 4_000))
    yield _against_openfisca(bench, visit)
    yield from _batch(bench)
    load = Call(compiled.read_compiled, times=5)
    cost = interleave({"load": load}, bench.rounds)["load"]
    seconds = round(cost.least_us / 1e6, 3)
    yield Row("policy, load all regions, warm", seconds, "s", LOAD_S, at_most=True, facts=cost.facts())


def _visit() -> Any:
    """A visit of ten items at level 3, with two relatives' accounts."""
    rules = policy_for("510400", "employee", "outpatient", _DAY, "strict")
    grades = "AAABABACAB"
    lines = tuple(Line(8_000 + 37 * i, grades[i], None, 9_000 if i % 3 == 0 else None) for i in range(10))
    claim, used = Claim(lines, Standing("active", "L3")), Accumulators(5_000, 10_000)
    accounts = Accounts(10_000, (("a", 5_000), ("b", 80_000)))
    return lambda: settle(rules, claim, used, accounts, [])


def _median(visit: Any, turns: int, times: int) -> Row:
    """The median of single calls, in the quietest of several turns."""
    medians = [statistics.median(_took_ns(visit) for _ in range(times)) / 1000 for _ in range(turns)]
    note = f"medians of {turns} turns: {min(medians):.1f} to {max(medians):.1f} µs"
    p50 = round(min(medians), 1)
    return Row("policy, one visit of ten items with trace, p50", p50, "µs", VISIT_US, at_most=True, note=note)


def _took_ns(call: Any) -> int:
    begin = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - begin


def _against_openfisca(bench: Bench, visit: Any) -> Row:
    """OpenFisca with its trace, in turns with ours."""
    name = "policy, one visit: OpenFisca ÷ ours"
    if importlib.util.find_spec("openfisca_core") is None:
        return absent(name, "not installed")
    from loadtests.bench import openfisca_peer  # noqa: PLC0415 - an extra

    system = openfisca_peer.system()
    openfisca_peer.visit(system, trace=True)
    turns = {
        "openfisca": Call(lambda: openfisca_peer.visit(system, trace=True), times=20),
        "ours": Call(visit, times=2_000),
    }
    costs = interleave(turns, bench.rounds)
    slow, fast = costs["openfisca"].least_us, costs["ours"].least_us
    facts = {name: cost.facts() for name, cost in costs.items()}
    note = f"{slow:.0f} ÷ {fast:.1f} µs, both with trace; ours has ten items, theirs three sums"
    return Row(name, round(slow / fast), "×", OPENFISCA_TIMES, note=note, facts=facts)


def _batch(bench: Bench) -> Iterator[Row]:
    """A million claims in a process of their own, so that its memory is theirs."""
    names = ("one pass", "with accumulators", "memory at its peak")
    titles = [f"policy, {_CLAIMS:,} claims, {name}" for name in names]
    if importlib.util.find_spec("numpy") is None:
        yield from (absent(title, "not installed") for title in titles)
        return
    command = [sys.executable, "-m", "loadtests.bench.many_claims", str(_CLAIMS), str(bench.of(2, 5))]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    marks = (("plain_ns", "ns a claim", PLAIN_NS), ("running_ns", "ns a claim", RUNNING_NS), ("peak_mb", "MB", PEAK_MB))
    for title, (key, unit, mark) in zip(titles, marks, strict=True):
        yield Row(title, round(told[key]), unit, mark, at_most=True, facts=told)
