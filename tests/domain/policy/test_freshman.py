"""Shanghai's freshmen: account, credential, benefits to 31 December, and the pledge (journey J1)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.policy import Place, freshman, policy_for, split
from yibaobox.domain.policy.freshman import Settled
from yibaobox.domain.policy.premium import Ask, quote
from yibaobox.domain.policy.split import Accounts, Accumulators, Line
from yibaobox.domain.policy.standing import Payment, benefit_period
from yibaobox.domain.policy.terms import Standing

SHANGHAI = Place("310000", "resident_student", "strict")
CONFIRMED, OPENED = date(2024, 9, 3), date(2024, 9, 4)
WINDOW_ENDS = date(2024, 12, 31)
VISITS = [Settled(date(2024, 10, 12), 6_912), Settled(date(2024, 11, 5), 10_619)]
FUNDS = st.lists(st.builds(Settled, st.dates(date(2024, 9, 4), WINDOW_ENDS), st.integers(0, 10**9)), max_size=8)


def pledge(today, paid_on=None, visits=VISITS):
    return freshman.pledge(SHANGHAI, OPENED, visits, today=today, next_paid_on=paid_on)


def visited(day, level, amount_fen, used):
    policy = policy_for("310000", "resident_student", "outpatient", day, "strict")
    return split(policy, (Line(amount_fen, "A"),), Standing("student", level), used, Accounts())


def test_account_is_open_the_next_day_at_the_latest_and_usually_after_half_an_hour():
    opening = freshman.opening(SHANGHAI, CONFIRMED)

    assert (opening.open_by, opening.latency_minutes) == (OPENED, 30)
    assert [citation.at for citation in opening.citations] == ["L8", "L46"]


def test_credential_can_be_claimed_on_the_day_after_the_account_was_opened():
    assert freshman.credential_from(SHANGHAI, CONFIRMED) == date(2024, 9, 4)
    assert freshman.credential_from(SHANGHAI, OPENED) == date(2024, 9, 5)


def test_year_of_entry_costs_a_freshman_nothing_and_lasts_to_its_last_day():
    period = benefit_period(SHANGHAI, 2024, Payment(CONFIRMED, status="freshman"))

    assert quote(SHANGHAI, 2024, Ask(), population="freshman").total_fen == 0
    assert (period.entitled_from, period.entitled_until, period.waiting_months) == (OPENED, WINDOW_ENDS, 0)
    assert CONFIRMED not in period
    assert WINDOW_ENDS in period
    assert date(2025, 1, 1) not in period


def test_who_confirms_on_the_last_day_of_the_year_has_no_benefits_of_that_year():
    period = benefit_period(SHANGHAI, 2024, Payment(WINDOW_ENDS, status="freshman"))

    assert WINDOW_ENDS not in period
    assert date(2025, 1, 1) not in period


def test_elsewhere_no_account_opens_on_confirmation():
    assert not freshman.opens_account(Place("511700", "resident_student"), CONFIRMED)
    with pytest.raises(PolicyGap):
        freshman.opening(Place("511700", "resident_student"), CONFIRMED)


def test_breaking_the_pledge_costs_what_the_funds_paid_for_the_clinic_and_the_hospital():
    clinic = visited(date(2024, 10, 12), "school_clinic", 8_640, Accumulators())
    hospital = visited(date(2024, 11, 5), "L3", 51_237, clinic.delta)
    visits = [Settled(date(2024, 10, 12), clinic.fund_fen), Settled(date(2024, 11, 5), hospital.fund_fen)]
    broken = pledge(date(2025, 1, 1), visits=visits)

    assert (clinic.fund_fen, hospital.fund_fen) == (6_912, 10_619)
    assert (broken.state, broken.reclaimed_fen) == ("broken", 17_531)


@pytest.mark.parametrize(
    ("today", "paid_on", "state"),
    [
        (date(2024, 10, 1), None, "open"),
        (WINDOW_ENDS, None, "open"),
        (WINDOW_ENDS, WINDOW_ENDS, "kept"),
        (date(2025, 3, 1), date(2024, 11, 1), "kept"),
        (date(2025, 1, 1), None, "broken"),
        (date(2025, 3, 1), date(2025, 1, 1), "broken"),
    ],
)
def test_pledge_is_open_to_the_last_day_of_the_window_and_decided_after_it(today, paid_on, state):
    assert pledge(today, paid_on).state == state


@given(FUNDS)
def test_exactly_what_the_funds_paid_in_the_year_of_entry_is_called_back(visits):
    later = [Settled(visit.day + timedelta(days=365), visit.fund_fen) for visit in visits]

    assert pledge(date(2025, 1, 1), visits=visits + later).reclaimed_fen == sum(visit.fund_fen for visit in visits)
    assert pledge(date(2025, 1, 1), WINDOW_ENDS, visits).reclaimed_fen == 0
    assert pledge(WINDOW_ENDS, visits=visits).reclaimed_fen == 0


def test_negative_amount_is_no_settled_visit():
    with pytest.raises(InvalidInput):
        pledge(date(2025, 1, 1), visits=[Settled(OPENED, -1)])
