"""Time the compiled validators against the marshmallow schemas they are made from.

    python loadtests/validator.py [--rounds 7] [--json]

For each message: CPU microseconds per call, the least of interleaved rounds, and the ratio schema ÷ compiled.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from yibaobox.settlement.catalogue import Field, Form, Node, codes, spec
from yibaobox.settlement.schemas import render, schema, validate

_PLAIN: Final[dict[Form, Any]] = {
    Form.SERIAL: "1",
    Form.DATE: "2025-11-20",
    Form.TIME: "2025-11-20 10:00:00",
    Form.FEN: Decimal("865.45"),
    Form.E4: Decimal("1.5"),
    Form.E6: Decimal("576.966667"),
    Form.INTEGER: 1,
    Form.DECIMAL: Decimal("1.5"),
}
_MESSAGES: Final = (("2201", 1), ("2203", 1), ("2204", 1), ("2204", 5), ("2206", 1), ("2207", 1), ("2208", 1))


def message(infno: str, rows: int) -> dict[str, Any]:
    """Return an input with every field filled and that many rows in each array."""
    return _filled(spec(infno).asks, rows)


def _filled(node: Node, rows: int) -> dict[str, Any]:
    return {field.name: _value(field, rows) for field in node.fields}


def _value(field: Field, rows: int) -> Any:
    if field.child is not None:
        row = _filled(field.child, rows)
        return [row] * rows if field.child.is_array else row
    if field.codes:
        return next(iter(codes(field.codes)))
    return _PLAIN.get(field.form, "x" * min(field.length or 12, 12))


def cost_us(call: Callable[[], object], times: int) -> float:
    """Return CPU microseconds of one call."""
    start = time.process_time_ns()
    for _ in range(times):
        call()
    return (time.process_time_ns() - start) / times / 1000


def measure(infno: str, rows: int, rounds: int) -> dict[str, Any]:
    """Return the least cost of both ways over interleaved rounds."""
    data = message(infno, rows)
    contract = schema(infno)
    assert validate(infno, data) == contract.load(data)
    compiled_us, schema_us = [], []
    for _ in range(rounds):
        compiled_us.append(cost_us(lambda: validate(infno, data), 500))
        schema_us.append(cost_us(lambda: contract.load(data), 50))
    fast, slow = min(compiled_us), min(schema_us)
    figures = {"schema_us": round(slow, 1), "compiled_us": round(fast, 1), "ratio": round(slow / fast, 1)}
    return {"infno": infno, "rows": rows, **figures}


def render_us(rounds: int) -> float:
    """Return the cost of writing the output of a settlement with one fund."""
    samples = {Form.FEN: 12345, Form.PPM: 600_000, Form.DECIMAL: Decimal(30)}

    def of(node: Node) -> dict[str, Any]:
        return {
            each.name: samples.get(each.form, "a") for each in node.fields if each.form not in {Form.DATE, Form.TIME}
        }

    root = {top.name: top.child for top in spec("2207").answers.fields if top.child}
    values: dict[str, Any] = {"setlinfo": of(root["setlinfo"]), "setldetail": [of(root["setldetail"])]}
    values["setlinfo"]["setl_time"] = validate("2201", message("2201", 1))["data"]["begntime"]
    return round(min(cost_us(lambda: render("2207", values), 500) for _ in range(rounds)), 1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = [measure(infno, rows, asked.rounds) for infno, rows in _MESSAGES]
    rendering = render_us(asked.rounds)
    if asked.json:
        sys.stdout.write(json.dumps({"validators": results, "render_2207_us": rendering}) + "\n")
        return
    sys.stdout.write(f"{'infno':<7}{'rows':>5}{'marshmallow µs':>16}{'compiled µs':>13}{'ratio':>8}\n")
    for each in results:
        sys.stdout.write(
            f"{each['infno']:<7}{each['rows']:>5}{each['schema_us']:>16}{each['compiled_us']:>13}{each['ratio']:>8}\n"
        )
    sys.stdout.write(f"render 2207: {rendering} µs\n")


if __name__ == "__main__":
    main()
