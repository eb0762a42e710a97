"""Premiums, windows and benefit periods as the tax channel and the portal ask for them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.premium import Ask, offer, quote
from yibaobox.domain.policy.season import months_after, season_of
from yibaobox.domain.policy.standing import Paid, Payment, active_on, basis, benefit_period, covering, suspend_window

DAZHOU = Place("511700", "resident_student")
TODAY = date(2025, 11, 20)


def test_dazhou_offers_two_assumed_tiers_for_2026_and_today_lies_in_the_window():
    offered = offer(DAZHOU, 2026, "student")

    assert [(tier.number, tier.total_fen) for tier in offered.tiers] == [("1", 32_000), ("2", 46_000)]
    assert offered.tiers[0].citation.assumed
    assert TODAY in offered.window


def test_topping_up_charges_the_difference_to_the_wanted_total():
    answer = quote(DAZHOU, 2026, Ask(TODAY, total_fen=46_000, paid_fen=32_000))

    assert (answer.code, answer.due_fen, answer.total_fen, answer.refund_pending_fen) == ("DUE", 14_000, 46_000, 0)


def test_what_is_assumed_is_named():
    assert "resident_student.premium.tiers" in quote(DAZHOU, 2026, Ask(TODAY, tier="1")).assumed


def test_window_is_judged_before_anything_else():
    assert quote(DAZHOU, 2026, Ask(date(2026, 1, 1), total_fen=100, paid_fen=32_000)).code == "WINDOW_CLOSED"


def test_total_that_no_tier_has_is_refused_where_the_region_has_a_list():
    with pytest.raises(InvalidInput):
        quote(DAZHOU, 2026, Ask(TODAY, total_fen=40_000))
    with pytest.raises(InvalidInput):
        quote(DAZHOU, 2026, Ask(TODAY, tier="3"))


def test_second_correction_is_refused_where_one_is_allowed():
    chongqing = Place("500000", "resident_student")
    again = Ask(date(2017, 10, 1), tier="2", paid_fen=14_000, corrections=1)
    once = Ask(date(2017, 10, 1), tier="2", paid_fen=14_000)

    assert quote(chongqing, 2017, again).code == "CORRECTION_LIMIT"
    assert (quote(chongqing, 2017, once).due_fen, quote(chongqing, 2017, once).refund_pending_fen) == (35_000, 14_000)


def test_year_without_any_figure_is_a_gap():
    with pytest.raises(PolicyGap):
        quote(Place("511700", "resident", "strict"), 2031, Ask())


def test_demo_carries_the_last_known_year_forward_and_says_so():
    answer = quote(Place("510400", "resident"), 2028, Ask())

    assert (answer.code, answer.due_fen) == ("DUE", 40_000)
    assert any("沿用" in warning for warning in answer.warnings)


@given(st.integers(0, 60_000), st.sampled_from((32_000, 46_000)))
def test_paying_what_is_due_leaves_nothing_due(paid, wanted):
    answer = quote(DAZHOU, 2026, Ask(TODAY, total_fen=wanted, paid_fen=paid))
    after = quote(DAZHOU, 2026, Ask(TODAY, total_fen=wanted, paid_fen=paid + answer.due_fen))

    assert answer.due_fen == max(0, wanted - paid)
    assert after.code in {"NOTHING_DUE", "TIER_BELOW_PAID"}


def test_year_paid_in_the_window_begins_on_the_next_first_of_january():
    period = benefit_period(DAZHOU, 2026, Payment(TODAY))

    assert (period.entitled_from, period.entitled_until) == (date(2026, 1, 1), date(2026, 12, 31))
    assert TODAY not in period


def test_assumed_calendar_year_of_panzhihua_residents_is_marked():
    period = benefit_period(Place("510400", "resident"), 2025, Payment(date(2024, 11, 20)))

    assert (period.entitled_from, period.entitled_until) == (date(2025, 1, 1), date(2025, 12, 31))
    assert "resident.benefit_period.period" in period.assumed


def test_graduates_suspend_in_november_of_the_insured_year():
    months = suspend_window(DAZHOU, 2026)

    assert (months.first, months.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert suspend_window(Place("510400", "resident"), 2026) is None


def test_employees_are_entitled_while_active_and_residents_by_paid_period():
    assert [basis(scheme) for scheme in ("employee", "flexible", "resident", "resident_student")] == [
        "while_active",
        "while_active",
        "paid_period",
        "paid_period",
    ]
    assert active_on(date(2024, 1, 1), date(2025, 11, 20), date(2025, 11, 19))
    assert not active_on(date(2024, 1, 1), date(2025, 11, 20), TODAY)
    assert active_on(date(2024, 1, 1), None, TODAY)


def test_old_period_pays_to_its_end_unless_refunded_or_a_new_one_begins():
    home = Paid("510400", "resident", date(2025, 1, 1), date(2025, 12, 31))
    college = Paid("511700", "resident_student", date(2026, 1, 1), date(2026, 12, 31))
    early = Paid("511700", "resident_student", date(2025, 9, 1), date(2025, 10, 31))
    refunded = Paid("510400", "resident", date(2025, 1, 1), date(2025, 12, 31), refunded=True)

    assert covering([home, college], date(2025, 12, 31)) is home
    assert covering([home, college], date(2026, 1, 1)) is college
    assert covering([home, early], TODAY) is None
    assert covering([refunded], TODAY) is None


def test_month_arithmetic_keeps_the_day_and_clips_to_the_end_of_the_month():
    assert months_after(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_after(date(2024, 1, 15), 12) == date(2025, 1, 15)


def test_season_that_closes_before_it_opens_ends_in_the_next_year():
    days = season_of({"year": "same", "opens": "09-01", "closes": "08-31"}, 2017)

    assert (days.first, days.last) == (date(2017, 9, 1), date(2018, 8, 31))
