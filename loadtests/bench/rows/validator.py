"""The compiled validator of messages against the marshmallow schema that it is made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from loadtests import validator
from loadtests.bench.measure import Call, interleave
from loadtests.bench.row import Bench, Row

MARK: Final = 15.0
MESSAGES: Final = (("2207", 1), ("2204", 10))


def rows(bench: Bench) -> Iterator[Row]:
    """Measure the settlement and a message of ten rows, every field filled."""
    from yibaobox.settlement.schemas import schema, validate  # noqa: PLC0415 - only where it is measured

    for infno, count in MESSAGES:
        data, contract = validator.message(infno, count), schema(infno)
        assert validate(infno, data) == contract.load(data)
        turns = {
            "marshmallow": Call(lambda data=data, contract=contract: contract.load(data), 30),  # type: ignore[misc]
            "compiled": Call(lambda data=data, infno=infno: validate(infno, data), 400),  # type: ignore[misc]
        }
        costs = interleave(turns, bench.rounds)
        slow, fast = costs["marshmallow"].least_us, costs["compiled"].least_us
        facts = {name: cost.facts() for name, cost in costs.items()}
        name = f"validator, {infno} with {count} row{'s' if count > 1 else ''}: marshmallow ÷ compiled"
        yield Row(name, round(slow / fast, 1), "×", MARK, note=f"{slow:.0f} ÷ {fast:.1f} µs", facts=facts)
