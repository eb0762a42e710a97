"""Worlds as a test suite uses them: in process, with moto beside it, and on PostgreSQL."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, Final

import requests

from loadtests.bench.measure import Call, Cost, interleave
from loadtests.bench.row import Bench, Row, absent

CALLS: Final = 400.0
WORLD_MS, RESET_MS, CLOCK_MS, POSTGRES_MS = 5.0, 5.0, 0.2, 250.0
PEOPLE: Final = 1000
_SPARES_S: Final = 60


def rows(bench: Bench) -> Iterator[Row]:
    """Measure in process, then on PostgreSQL."""
    yield from _in_process(bench)
    yield from _postgres(bench)


def _in_process(bench: Bench) -> Iterator[Row]:
    from yibaobox.testing import mock_yibao  # noqa: PLC0415 - only where it is measured

    def world() -> None:
        with mock_yibao():
            pass

    with contextlib.ExitStack() as stack:
        box, town = stack.enter_context(mock_yibao()), stack.enter_context(mock_yibao(population=PEOPLE))
        address = f"{box.url}/_sandbox/health"
        theirs = stack.enter_context(_moto())
        turns = {
            "call": Call(lambda: requests.get(address, timeout=5), 50),
            "world": Call(world, 20),
            "reset": Call(town.reset, 20),
            "clock": Call(lambda: box.clock.freeze("2026-01-01T00:00:00+08:00"), 200),
        } | {f"moto's {name}": Call(work, 20) for name, work in theirs.items()}
        costs = interleave(turns, bench.rounds)
    call = costs["call"]
    yield Row("in process: calls a CPU second", round(1e6 / call.least_us), "", CALLS, facts=call.facts())
    yield _least("in process: a world, made and removed", costs["world"], WORLD_MS)
    yield _least(f"in process: a reset with {PEOPLE:,} people", costs["reset"], RESET_MS)
    yield _least("in process: the clock is set", costs["clock"], CLOCK_MS)
    for name in ("decorator", "reset"):
        found = costs.get(f"moto's {name}")
        title = f"beside it: moto's {name}"
        yield absent(title, "not installed") if found is None else _least(title, found)


def _least(name: str, cost: Cost, mark: float | None = None) -> Row:
    return Row(name, round(cost.least_us / 1000, 3), "ms CPU", mark, at_most=True, facts=cost.facts())


@contextlib.contextmanager
def _moto() -> Iterator[dict[str, Callable[[], object]]]:
    """Return moto's decorator around nothing, and its reset, where it is installed."""
    if find_spec("moto") is None or find_spec("boto3") is None:
        yield {}
        return
    from moto import mock_aws  # type: ignore[import-not-found]  # noqa: PLC0415
    from moto.moto_api._internal.models import moto_api_backend  # type: ignore[import-not-found]  # noqa: PLC0415

    decorated: Callable[[], None] = mock_aws(lambda: None)
    yield {"decorator": decorated, "reset": moto_api_backend.reset}


def _postgres(bench: Bench) -> Iterator[Row]:
    from yibaobox.app import Settings, create_app  # noqa: PLC0415 - only where it is measured
    from yibaobox.domain.store import WorldSpec  # noqa: PLC0415

    app = create_app(Settings(db=bench.postgres.database("worlds"), ticker=False, population=PEOPLE))
    try:
        spec, times = WorldSpec(42, (), PEOPLE), bench.of(3, 9)
        resets = [_ms(lambda: app.worlds.reset("default")) for _ in range(times)]
        app.worlds.create("first", spec)
        app.worlds.create("second", spec)
        made = [_spare_ms(app, f"w{number}", spec) for number in range(times)]
    finally:
        app.close()
    note = "wall time, median"
    reset_ms = round(statistics.median(resets))
    yield Row(f"PostgreSQL: a reset with {PEOPLE:,} people", reset_ms, "ms", POSTGRES_MS, at_most=True, note=note)
    yield Row("PostgreSQL: a new world from a spare schema", round(statistics.median(made)), "ms", None, note=note)


def _spare_ms(app: Any, name: str, spec: Any) -> float:
    """Return how long a world takes once there are spares again."""
    deadline = time.monotonic() + _SPARES_S
    while time.monotonic() < deadline and not _has_spare(app):
        time.sleep(0.1)
    return _ms(lambda: app.worlds.create(name, spec))


def _has_spare(app: Any) -> bool:
    with app.worlds.registry.store.read() as tx:
        return tx.one("SELECT 1 FROM pg_namespace WHERE starts_with(nspname, 'p_') LIMIT 1") is not None


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
