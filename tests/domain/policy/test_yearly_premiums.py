"""Premiums are keyed by the year they are for: demo goes on with the last known one and says so, strict stops."""

import pytest

from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.people import regions
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.premium import Ask, quote

REGIONS = [region.code for region in regions.shipped()]
CAPACITIES = [("resident", "normal"), ("resident", "child"), ("resident_student", "student")]
FAR = 2031  # no source knows what that year will cost


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(("scheme", "population"), CAPACITIES)
def test_demo_carries_the_last_known_year_on_and_names_it(region, scheme, population):
    answer = quote(Place(region, scheme), FAR, Ask(), population=population)

    assert answer.due_fen > 0
    assert answer.assumed
    assert any("沿用" in warning for warning in answer.warnings)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(("scheme", "population"), CAPACITIES)
def test_strict_knows_no_premium_of_a_year_that_no_source_names(region, scheme, population):
    with pytest.raises(PolicyGap):
        quote(Place(region, scheme, "strict"), FAR, Ask(), population=population)


@pytest.mark.parametrize("population", ["normal", "child", "student"])
@pytest.mark.parametrize("scheme", ["resident", "resident_student"])
def test_no_national_minimum_stands_in_for_what_shanghai_asks_by_age(scheme, population):
    with pytest.raises(PolicyGap):
        quote(Place("310000", scheme, "strict"), 2025, Ask(), population=population)
    assert quote(Place("310000", scheme), 2025, Ask(), population=population).due_fen > 0


def test_tiers_of_chongqing_go_on_in_demo():
    answer = quote(Place("500000", "resident_student"), 2025, Ask(tier="1"))

    assert answer.due_fen == 14_000
    assert any(citation.carried for citation in answer.citations)
