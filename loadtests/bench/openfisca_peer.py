"""The benefit of one outpatient visit as OpenFisca would have it: the same amounts, one formula each, in yuan.

Shares, deductibles and caps of one city are dated parameters by population and level; the bill comes as sums by class,
so OpenFisca is spared the items, and the forty cities: parameters that are found by region as well cost it ten times
as much. Its numbers are floats of 32 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from openfisca_core import entities, periods
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

DAY: Final = "2025-11-20"
_DAY: Final = periods.DateUnit.DAY
_PERSON: Final = entities.build_entity(key="person", plural="persons", label="patient", is_person=True)
_INPUTS: Final = ("class_a", "class_b", "class_c", "over_limit", "deductible_used", "fund_paid", "own", "family")
_LEVELS: Final = {"L1": 0.6, "L2": 0.6, "L3": 0.5, "pharmacy": 0.5}
_POPULATIONS: Final = ("active", "retired")


def system() -> TaxBenefitSystem:
    """Return the rules: four levels, two populations."""
    made = TaxBenefitSystem([_PERSON])
    node: dict[str, Any] = {
        name: {who: _since(amount) for who, amount in zip(_POPULATIONS, pair, strict=True)}
        for name, pair in {"deductible": (200, 150), "cap": (1000, 1500)}.items()
    }
    node["ratio"] = {
        who: {level: _since(share + 0.05 * place) for level, share in _LEVELS.items()}
        for place, who in enumerate(_POPULATIONS)
    }
    made.parameters = ParameterNode("", data={"outpatient": node, "first_pay": _since(0.1)})
    made.add_variables(*_variables())
    return made


def visit(made: TaxBenefitSystem, *, trace: bool) -> Any:
    """Settle the one visit, with OpenFisca's trace or without, and return what is paid in cash."""
    given = {"class_a": 665.45, "class_b": 220.0, "class_c": 45.5, "own": 100.0, "family": 50.0}
    given |= {"deductible_used": 50.0, "fund_paid": 100.0}
    words = {"population": "active", "level": "L3"}
    person = {name: {DAY: value} for name, value in (given | words).items()}
    simulation = SimulationBuilder().build_from_entities(made, {"persons": {"patient": person}})
    simulation.trace = trace
    return simulation.calculate("cash", DAY)[0]


def _since(value: float) -> dict[str, Any]:
    return {"values": {"2025-01-01": value}}


def _word(name: str, words: tuple[str, ...]) -> type[Variable]:
    members = Enum(f"{name}_words", {word: word for word in words})
    facts = {"possible_values": members, "default_value": next(iter(members)), "value_type": Enum}
    return _variable(name, None, facts)


def _variable(name: str, formula: Callable[..., Any] | None, facts: dict[str, Any] | None = None) -> type[Variable]:
    body = {"entity": _PERSON, "definition_period": _DAY, "label": name, "value_type": float, **(facts or {})}
    if formula is not None:
        body["formula"] = formula
    return type(name, (Variable,), body)


def _figure(name: str, persons: Any, period: Any, parameters: Any) -> Any:
    return getattr(parameters(period).outpatient, name)[persons("population", period)]


def _variables() -> list[type[Variable]]:
    formulas: dict[str, Callable[..., Any]] = {
        "first_pay": lambda p, t, law: p("class_b", t) * law(t).first_pay,
        "eligible": lambda p, t: p("class_a", t) + p("class_b", t) - p("first_pay", t),
        "deductible": lambda p, t, law: np.minimum(
            np.maximum(_figure("deductible", p, t, law) - p("deductible_used", t), 0), p("eligible", t)
        ),
        "base": lambda p, t: p("eligible", t) - p("deductible", t),
        "line": lambda p, t, law: np.round(p("base", t) * _figure("ratio", p, t, law)[p("level", t)], 2),
        "pool": lambda p, t, law: np.minimum(
            p("line", t), np.maximum(_figure("cap", p, t, law) - p("fund_paid", t), 0)
        ),
        "payable": lambda p, t: p("eligible", t) + p("first_pay", t) - p("pool", t),
        "from_own": lambda p, t: np.minimum(p("payable", t), p("own", t)),
        "from_family": lambda p, t: np.minimum(p("payable", t) - p("from_own", t), p("family", t)),
        "bill": lambda p, t: p("class_a", t) + p("class_b", t) + p("class_c", t) + p("over_limit", t),
        "cash": lambda p, t: p("bill", t) - p("pool", t) - p("from_own", t) - p("from_family", t),
    }
    words = {"population": _POPULATIONS, "level": tuple(_LEVELS)}
    computed = [_variable(name, formula) for name, formula in formulas.items()]
    return [*computed, *(_variable(name, None) for name in _INPUTS), *(_word(n, w) for n, w in words.items())]
