"""Outputs: every field of the catalogue, amounts as numbers with their decimals."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.clock import SHANGHAI
from yibaobox.edge import strict_json
from yibaobox.settlement.catalogue import Form, Node, spec, titles
from yibaobox.settlement.schemas import render

_SAMPLES: dict[Form, Any] = {
    Form.TEXT: "a",
    Form.SERIAL: "1",
    Form.FEN: 1230,
    Form.E4: 15000,
    Form.E6: 12_300_000,
    Form.PPM: 600_000,
    Form.INTEGER: 3,
    Form.DECIMAL: Decimal("30.5"),
    Form.DATE: date(2025, 11, 20),
    Form.TIME: datetime(2025, 11, 20, 10, tzinfo=SHANGHAI),
    Form.BOOL: True,
    Form.ANY: {},
}


def required(node: Node) -> dict[str, Any]:
    """The values that a verb has to give."""
    values = {
        each.name: _SAMPLES[each.form] for each in node.fields if each.child is None and "base" in each.required_in
    }
    return values | {each.name: children(each.child) for each in node.fields if each.child is not None}


def children(node: Node) -> Any:
    return [required(node)] if node.is_array else required(node)


def values_of(infno: str) -> Any:
    return children(spec(infno).answers)


@pytest.mark.parametrize("infno", sorted(titles()))
def test_every_output_has_exactly_the_fields_of_the_catalogue(infno):
    rendered = render(infno, values_of(infno))

    if spec(infno).answers.fields:
        assert names(rendered) == fields(spec(infno).answers)
    else:
        assert rendered is None


def names(value: Any) -> Any:
    if isinstance(value, list):
        return [names(each) for each in value]
    return {key: names(each) if isinstance(each, dict | list) and each else None for key, each in value.items()}


def fields(node: Node) -> Any:
    row = {each.name: fields(each.child) if each.child else None for each in node.fields}
    return [row] if node.is_array else row


def written(value: Any) -> str:
    """As the JSON writer prints it."""
    return strict_json.dumps(value, exact=True)


def test_money_is_a_number_with_two_decimals():
    setlinfo = render("2207", values_of("2207"))["setlinfo"]

    assert written(setlinfo["medfee_sumamt"]) == "12.30"


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (10**15, "10000000000000.00")])
def test_fen_are_written_exactly_and_without_exponent(fen, text):
    values = values_of("2207")
    values["setlinfo"]["balc"] = fen

    assert written(render("2207", values)["setlinfo"]["balc"]) == text


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_any_whole_number_of_a_unit_is_written_exactly(number):
    values = values_of("2204")
    values["result"][0] |= {"det_item_fee_sumamt": number, "cnt": number, "pric": number}

    row = render("2204", values)["result"][0]

    with localcontext(prec=50):  # a division of the default precision would round
        for name, decimals in (("det_item_fee_sumamt", 2), ("cnt", 4), ("pric", 6)):
            assert written(row[name]) == f"{Decimal(number) / 10**decimals:.{decimals}f}"


def test_prices_quantities_and_ratios_keep_the_decimals_of_their_type():
    result = render("2204", values_of("2204"))["result"][0]
    setlinfo = render("2207", values_of("2207"))["setlinfo"]

    assert (written(result["pric"]), written(result["cnt"])) == ("12.300000", "1.5000")
    assert written(setlinfo["pool_prop_selfpay"]) == "0.6000"


def test_a_ratio_is_rounded_half_up_to_four_decimals():
    values = values_of("2207")
    values["setlinfo"]["pool_prop_selfpay"] = 333_350

    assert written(render("2207", values)["setlinfo"]["pool_prop_selfpay"]) == "0.3334"


def test_times_are_written_in_china():
    values = values_of("2207")

    assert render("2207", values)["setlinfo"]["setl_time"] == "2025-11-20 10:00:00"


def test_sign_in_carries_the_time_of_day():
    assert render("9001", values_of("9001"))["signinoutb"]["sign_time"] == "2025-11-20 10:00:00"


def test_optional_values_left_out_are_empty_as_the_interface_has_it():
    setlinfo = render("2207", values_of("2207"))["setlinfo"]

    assert (setlinfo["exp_content"], setlinfo["brdy"], written(setlinfo["act_pay_dedc"])) == ("", None, "0.00")


def test_no_fund_pays_is_an_empty_array():
    values = values_of("2207") | {"setldetail": []}

    assert render("2207", values)["setldetail"] == []


def test_leaving_out_a_required_amount_is_a_bug():
    values = values_of("2207")
    del values["setlinfo"]["medfee_sumamt"]

    with pytest.raises(AssertionError, match=r"setlinfo.medfee_sumamt is missing"):
        render("2207", values)


def test_a_field_that_the_catalogue_does_not_have_is_a_bug():
    values = values_of("2207")
    values["setlinfo"]["mood"] = "good"

    with pytest.raises(AssertionError, match=r"setlinfo has no field \['mood'\]"):
        render("2207", values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("medfee_sumamt", 12.3),
        ("medfee_sumamt", "12.30"),
        ("medfee_sumamt", True),
        ("psn_name", 5),
        ("setl_time", "now"),
    ],
)
def test_a_value_of_another_type_is_a_bug(name, value):
    values = values_of("2207")
    values["setlinfo"][name] = value

    with pytest.raises(AssertionError, match=rf"setlinfo.{name} cannot be written"):
        render("2207", values)


def test_an_instant_without_zone_is_a_bug():
    values = values_of("2207")
    values["setlinfo"]["setl_time"] = datetime(2025, 11, 20, 10)  # noqa: DTZ001 - the slip itself

    with pytest.raises(AssertionError, match="zone"):
        render("2207", values)


def test_a_transaction_without_output_answers_null():
    assert render("2202", {}) is None
    with pytest.raises(AssertionError):
        render("2202", {"data": {}})
