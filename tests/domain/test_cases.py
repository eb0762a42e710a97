"""Every worked case, to the fen: those of the policy reference and our own, region by region."""

from pathlib import Path

import pytest
import yaml

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.policy import in_force
from yibaobox.domain.policy.evaluate import evaluate

FOLDER = Path(__file__).with_name("cases")
CASES = [
    pytest.param(case, id=f"{path.stem}-{case['id']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
]
FROM_FILES = {"G01", "G03", "G04", "G07", "G08", "G10"}


@pytest.mark.parametrize("case", CASES)
def test_case_comes_out_as_the_clerk_worked_it(case):
    assert evaluate(case)["result"] == case["expect"]


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0]["id"] in FROM_FILES])
def test_case_comes_out_the_same_from_the_region_files_alone(case):
    bare = {key: value for key, value in case.items() if key != "params"}

    assert evaluate(bare)["result"] == case["expect"]


@pytest.mark.parametrize("region", [region for region in in_force.regions() if "-" not in region])
def test_every_shipped_region_has_five_cases_in_its_own_file_beyond_those_of_the_reference(region):
    cases = yaml.safe_load((FOLDER / f"{region}.yaml").read_text(encoding="utf-8"))["cases"]

    assert len([case for case in cases if case["region"].split("-")[0] == region]) >= 5


def test_expectation_gives_the_keys_and_never_the_values():
    case = next(case.values[0] for case in CASES if case.values[0]["id"] == "G01")
    blind = {**case, "expect": {"pool": "?", "cash": "?", "no_such_key": "?"}}

    assert set(evaluate(blind)["result"]) == {"pool", "cash"}
    assert evaluate(blind)["result"]["pool"] != "?"


@pytest.mark.parametrize(
    "change",
    [
        {"params": {"ratio": 50}},
        {"params": {"ratio_pct": 101}},
        {"params": {"ratio_pct": 50.0}},
        {"params": {"ooa": {"mode": "magic", "points": 10}}},
        {"input": {"items": [], "surprise": 1}},
        {"input": {"items": [{"class": "A", "amount": "-1.00"}]}},
        {"input": {"items": [{"class": "A", "amount": 1.5}]}},
        {"input": {"items": [{"class": "Z", "amount": "1.00"}]}},
        {"input": {"items": "many"}},
        {"profile": "lenient"},
        {"kind": "guess"},
        {
            "kind": "reimburse",
            "params": {"claim_months": 6},
            "input": {"items": [{"class": "A", "amount": "1.00"}], "claimed_on": "2025-03-09"},
        },
        {"kind": ["settle"]},
        {"date": "2025-02-30"},
        {"date": "2025-03-10T00:00:00"},
        {"level": "L9"},
        {"region": "Panzhihua"},
    ],
)
def test_case_that_cannot_be_read_is_refused(change):
    case = {
        "region": "510400",
        "insurance": "employee",
        "kind": "settle",
        "date": "2025-03-10",
        "setting": "outpatient",
        "level": "L3",
        "population": "active",
        "input": {"items": [{"class": "A", "amount": "1.00"}]},
    }

    assert evaluate(case)["result"]["total"] == "1.00"
    with pytest.raises(InvalidInput):
        evaluate({**case, **change})
