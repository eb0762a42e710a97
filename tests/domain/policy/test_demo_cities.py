"""In the demo cities any visit of anybody can be settled; strict refuses exactly what only illustrations could say."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.policy import Accounts, Accumulators, Line, Place, Policy, Standing, split

CITIES = ["310000", "341100", "500000", "510400", "511700"]
DAYS = [date(2024, 10, 12), date(2025, 11, 20), date(2026, 11, 20), date(2022, 5, 10)]
PEOPLE = {
    "employee": ["active", "retired"],
    "flexible": ["active"],
    "resident": ["normal", "child", "low_income"],
    "resident_student": ["student", "freshman", "low_income"],
}
HOSPITALS = ["L1", "L2", "L3", "L3A", "L3B", "community"]
AT_HOSPITALS = ["outpatient", "emergency", "inpatient", "inpatient_major", "chronic", "two_diseases", "accident"]
VISITS = [
    *product(AT_HOSPITALS, HOSPITALS),
    ("outpatient", "school_clinic"),
    ("school_clinic", "school_clinic"),
    ("pharmacy", "pharmacy"),
    ("two_diseases", "pharmacy"),
    ("family_planning_outpatient", ""),
    ("family_planning_inpatient", ""),
]
FIGURES = {"deductible", "deductible_basis", "ratio", "cap", "limit"}  # what a visit cannot do without
STRICT = {  # what sources alone can settle on 2025-11-20
    "310000": {
        ("resident_student", setting, level)
        for setting in ("outpatient", "emergency", "inpatient", "inpatient_major")
        for level in HOSPITALS
    }
    | {("resident_student", setting, "school_clinic") for setting in ("outpatient", "school_clinic")},
    "341100": set(),
    "500000": set(),
    "510400": {
        (scheme, setting, level)
        for scheme in ("employee", "flexible")
        for setting in ("outpatient", "emergency")
        for level in HOSPITALS
    }
    | {(scheme, "pharmacy", "pharmacy") for scheme in ("employee", "flexible")},
    "511700": set(),
}


def terms(region, scheme, population, visit, day, profile="demo"):
    setting, level = visit
    return Policy(Place(region, scheme, profile), setting, day).terms(Standing(population, level))


def everybody(region):
    return [(scheme, who, visit) for scheme, people in PEOPLE.items() for who in people for visit in VISITS]


def strictly(region, scheme, who, visit, day):
    try:
        return terms(region, scheme, who, visit, day, "strict")
    except PolicyGap:
        return None


@pytest.mark.parametrize("region", CITIES)
def test_any_visit_of_anybody_can_be_settled_in_demo(region):
    for day in DAYS:
        for scheme, who, visit in everybody(region):
            found = terms(region, scheme, who, visit, day)

            assert 0 <= found.ratio_ppm <= 1_000_000
            assert all(amount >= 0 for amount in found.deductible_fen)


@pytest.mark.parametrize("region", CITIES)
def test_strict_settles_what_the_sources_say_and_nothing_else(region):
    day = DAYS[1]
    settled = {
        (scheme, *visit) for scheme, who, visit in everybody(region) if strictly(region, scheme, who, visit, day)
    }

    assert settled == STRICT[region]


@pytest.mark.parametrize("region", CITIES)
def test_strict_refuses_exactly_where_demo_needs_an_illustration(region):
    for scheme, who, visit in everybody(region):
        cited = terms(region, scheme, who, visit, DAYS[1]).citations
        doubtful = any(cited[name].doubtful for name in FIGURES & set(cited))
        found = strictly(region, scheme, who, visit, DAYS[1])

        assert (found is None) == doubtful, (scheme, who, visit)
        assert found is None or not any(citation.doubtful for citation in found.citations.values())


@pytest.mark.parametrize("region", CITIES)
def test_an_illustration_is_named_in_the_warnings(region):
    found = terms(region, "resident", "normal", ("inpatient", "L3"), DAYS[1])

    assert any("示例" in warning for warning in found.warnings)


@pytest.mark.parametrize("region", CITIES)
def test_medical_aid_comes_last_and_only_for_those_recognised(region):
    policy = Policy(Place(region, "resident"), "inpatient", DAYS[1])
    bill = (Line(2_000_000, "A"),)
    plain = split(policy, bill, Standing("low_income", "L2"), Accumulators(), Accounts())
    aided = split(policy, bill, Standing("low_income", "L2", aided=True), Accumulators(), Accounts())

    assert plain.aid_fen == 0
    assert aided.aid_fen > 0
    assert (aided.pool_fen, aided.major_fen) == (plain.pool_fen, plain.major_fen)
    assert aided.cash_fen == plain.cash_fen - aided.aid_fen


LINES = st.tuples(st.integers(0, 10**8), st.sampled_from("ABC")).map(lambda line: Line(*line))
BILLS = st.lists(LINES, min_size=1, max_size=4).map(tuple)


@pytest.mark.parametrize("region", CITIES)
@given(visit=st.sampled_from(VISITS), bill=BILLS, more=st.integers(0, 10**7), used=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_larger_bill_never_brings_less_from_the_funds_and_every_fen_is_paid_once(region, visit, bill, more, used):
    policy = Policy(Place(region, "resident_student"), visit[0], DAYS[1])
    who, before = Standing("student", visit[1]), Accumulators(used, used)
    small = split(policy, bill, who, before, Accounts())
    large = split(policy, (*bill, Line(more, "A")), who, before, Accounts())

    for done in (small, large):
        assert done.pool_fen + done.major_fen + done.aid_fen + done.cash_fen == done.total_fen
        assert done.cash_fen >= done.out_of_catalogue_fen
    assert small.fund_fen <= large.fund_fen <= small.fund_fen + more + 2  # two fund lines, each rounded by itself
