"""What is said of premiums and benefit periods: the answer in words, its sources, and why not."""

import pytest

from yibaobox.domain.policy import explain
from yibaobox.domain.policy.evaluate import evaluate


def case(kind, *items, region="500000", insurance="resident_student", **more):
    return {"kind": kind, "region": region, "insurance": insurance, "input": list(items), **more}


def traced(*given, **more):
    return evaluate(case(*given, **more))["trace"]


def test_a_closed_window_is_told_with_its_days_and_its_source():
    [inside, outside] = traced(
        "premium",
        {"benefit_year": 2017, "tier": 2, "paid_on": "2017-10-20T23:59:59+08:00"},
        {"benefit_year": 2017, "tier": 2, "paid_on": "2017-10-21T00:00:00+08:00"},
    )

    assert (inside["code"], inside["why_not"], inside["due_fen"]) == ("PAID", [], 35_000)
    assert [reason["code"] for reason in outside["why_not"]] == ["WINDOW_CLOSED"]
    assert outside["zh"] == "缴费期为 2017-09-20 至 2017-10-20，缴费日期 2017-10-21 不在缴费期内"
    assert outside["en"] == "the window is open from 2017-09-20 to 2017-10-20, not on 2017-10-21"
    assert outside["sources"]["resident_student.premium.window"]["at"] == "L26-27, L157"
    assert "缴费期为 2017-09-20" in explain.tree(outside)


@pytest.mark.parametrize(
    ("item", "code", "why"),
    [
        ({"already_paid": "140.00", "tier_total": "350.00"}, "DUE", []),
        ({"already_paid": "350.00", "tier_total": "350.00"}, "NOTHING_DUE", []),
        ({"giver_balance": "1.00", "tier": 2}, "INSUFFICIENT_BALANCE", ["INSUFFICIENT_BALANCE"]),
    ],
)
def test_what_is_owed_is_told_with_the_code_that_was_answered(item, code, why):
    [told] = traced("premium", {"benefit_year": 2017} | item)

    assert (told["code"], [reason["code"] for reason in told["why_not"]]) == (code, why)
    assert told["zh"]
    assert told["en"]


def test_waiting_is_told_with_its_months_and_its_end():
    [told] = traced(
        "standing",
        {"benefit_year": 2026, "paid_on": "2026-02-10", "gap_years": 2},
        region="510400",
        insurance="resident",
        profile="demo",
    )

    [reason] = told["why_not"]
    assert reason["code"] == "WAITING"
    assert (told["waiting_months"], told["entitled_from"]) == (5, "2026-07-10")
    assert reason["zh"] == "2026-02-10 缴费后等待 5 个月，至 2026-07-10 起享受待遇"
    assert reason["en"] == "5 months of waiting after the payment of 2026-02-10: until 2026-07-10"
    assert "resident.waiting.fixed_months" in told["sources"]


def test_an_employee_is_told_to_be_entitled_while_active():
    [told] = traced(
        "standing", {"paid_on": "2025-03-10", "capacity": "employee"}, region="510400", insurance="employee"
    )

    assert (told["entitled_from"], told["entitled_until"], told["why_not"]) == ("2025-03-10", None, [])
    assert told["zh"] == "2025-03-10 起享受待遇，参保期间有效"


def test_a_gap_is_told_in_the_place_of_what_it_hides():
    items = [{"code": "x", "class": "A", "amount": "1.00"}]
    visit = {"date": "1999-01-01", "setting": "outpatient", "level": "L3", "population": "active"}
    found = evaluate(case("settle", region="510400", insurance="employee", **visit) | {"input": {"items": items}})

    assert found["result"]["code"] == "POLICY_GAP"
    assert [reason["code"] for reason in found["trace"][0]["why_not"]] == ["POLICY_GAP"]
    assert "no figure in force" in found["trace"][0]["en"]


@pytest.mark.parametrize(("status", "code"), [("unfiled", "NOT_FILED"), ("temporary_filed", "OUT_OF_AREA")])
def test_what_treatment_elsewhere_costs_is_told_as_a_step_and_a_reason(status, code):
    items = [{"code": "stay", "class": "A", "amount": "10000.00"}]
    stay = {"date": "2025-05-06", "setting": "inpatient", "level": "L3", "population": "active", "profile": "demo"}
    at_home, away = (
        evaluate(
            case("settle", region="341100", insurance="employee", params=params, **stay) | {"input": {"items": items}}
        )["trace"][0]
        for params in ({}, {"ooa": {"status": status}})
    )

    steps, before = ({step["step"]: step for step in told["steps"]} for told in (away, at_home))
    lost = before["pool"]["amount_fen"] - steps["pool"]["amount_fen"]
    assert lost > 0
    assert (steps["away"]["amount_fen"], steps["away"]["figure"]) == (lost, "any.out_of_area.points")
    assert code in {reason["code"] for reason in away["why_not"]}
    assert "away" not in before
    assert "standard of this stay" in before["deductible"]["en"]
