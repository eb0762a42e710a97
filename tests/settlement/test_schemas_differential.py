"""The compiled validators and the marshmallow schemas accept the same messages and type them alike."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from national_messages import CORE, ODD, inputs, least, spoilt
from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.catalogue import spec, titles
from yibaobox.settlement.schemas import schema, validate
from yibaobox.settlement.schemas.compiled import source, validator
from yibaobox.settlement.schemas.primitives import decimal, scaled

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def by_contract(infno: str, message: Any, profile: Any, unknown: Any) -> Any:
    try:
        return schema(infno, profile, unknown).load(message)
    except ValidationError:
        return None


def same(infno: str, message: Any, profile: Any, unknown: Any) -> Any:
    """Hold the two opinions against each other and return the typed value, None for a refusal."""
    before = copy.deepcopy(message)
    compiled = validator(infno, profile, unknown)(message)
    loaded = by_contract(infno, message, profile, unknown)

    assert repr(message) == repr(before), "validation changes the message"
    assert compiled == loaded
    assert repr_of(compiled) == repr_of(loaded)
    return compiled


def repr_of(value: Any) -> str:
    """Types count: 1 is not True and not Decimal(1); the order of keys does not."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{repr_of(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(repr_of, value)) + "]"
    return f"{type(value).__name__}({value.normalize() if isinstance(value, Decimal) else value})"


@pytest.mark.parametrize("profile", ["base", "hunan"])
@pytest.mark.parametrize("infno", CORE)
@EXAMPLES
@given(data=st.data())
def test_both_take_a_right_message_and_give_the_same_values(infno, profile, data):
    message = data.draw(inputs(infno, profile))

    assert same(infno, message, profile, data.draw(st.sampled_from(("ignore", "refuse")))) is not None


@pytest.mark.parametrize("profile", ["base", "hunan"])
@pytest.mark.parametrize("infno", CORE)
@EXAMPLES
@given(data=st.data())
def test_both_judge_a_spoilt_message_alike(infno, profile, data):
    message = data.draw(spoilt(data.draw(inputs(infno, profile))))

    same(infno, message, profile, data.draw(st.sampled_from(("ignore", "refuse"))))


@pytest.mark.parametrize("infno", CORE)
def test_every_odd_value_in_every_field_is_judged_alike(infno):
    refused = 0
    for top in spec(infno).asks.fields:
        for field in top.child.fields:
            for odd in ODD:
                message = least(infno)
                holder = message.setdefault(top.name, [{}] if top.child.is_array else {})
                (holder[0] if top.child.is_array else holder)[field.name] = odd
                refused += same(infno, message, "base", "ignore") is None

    assert refused > 0


@pytest.mark.parametrize("infno", CORE)
def test_every_odd_value_in_the_place_of_a_node_is_judged_alike(infno):
    judged = [
        same(infno, least(infno) | {top.name: odd}, "base", "refuse") for top in spec(infno).asks.fields for odd in ODD
    ]

    assert judged.count(None) >= len(ODD) - 3


@pytest.mark.parametrize("infno", sorted(titles()))
def test_every_transaction_of_the_catalogue_compiles_and_agrees_on_the_simplest_messages(infno):
    accepted = same(infno, least(infno), "hunan", "refuse")
    same(infno, {}, "base", "ignore")
    same(infno, None, "base", "ignore")

    assert accepted is not None


def test_a_refusal_is_worded_by_the_contract():
    with pytest.raises(InvalidInput, match="data：缺少该节点"):
        validate("2207", {})


def test_the_generated_source_can_be_read_and_stands_in_tracebacks():
    import linecache

    validator("2205")

    assert "get('chrg_bchno')" in source("2205")
    assert any("chrg_bchno" in line for line in linecache.getlines("<validator 2205 base ignore>"))


@pytest.mark.parametrize(
    ("total", "scale", "value", "expected"),
    [
        (16, 2, "865.45", 86545),
        (16, 2, "865.4", 86540),
        (16, 2, "865", 86500),
        (16, 2, 865, 86500),
        (16, 2, Decimal("865.45"), 86545),
        (16, 2, "-0.05", -5),
        (16, 2, "0", 0),
        (16, 2, "99999999999999.99", 9999999999999999),
        (16, 2, "100000000000000", None),
        (16, 2, "0.005", None),
        (16, 2, "1.000", None),
        (16, 2, 1.5, None),
        (16, 2, True, None),
        (16, 2, "-0.00", None),
        (16, 4, "0.3333", 3333),
        (16, 6, "0.000001", 1),
        (2, 0, "99", 99),
        (2, 0, "100", None),
        (2, 0, "1.0", None),
    ],
)
def test_numbers_become_whole_units_exactly_or_not_at_all(total, scale, value, expected):
    assert scaled(total, scale)(value) == expected


def test_a_ratio_of_four_decimals_is_parts_per_million():
    assert scaled(5, 4, 6)("0.5") == 500_000
    assert scaled(5, 4, 6)("0.1234") == 123_400


def test_other_numbers_stay_exact_decimals():
    assert decimal(4, 2)("1.50") == Decimal("1.5")
    assert decimal(4, 2)(Decimal("1.505")) is None


@pytest.mark.parametrize("field", ["feedetl_sn", "cnt", "prd_days"])
def test_an_integer_too_long_to_write_out_is_refused(field):
    message = least("2204")
    message["feedetail"][0][field] = 10**5000

    with pytest.raises(InvalidInput, match=field):
        validate("2204", message)
