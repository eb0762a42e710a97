"""Years without insurance cost waiting months at the tax channel, as the rules of standing say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen import frozen
from taxpayer import taxpayer
from yibaobox.domain.enrolment import BenefitPeriod, Participation
from yibaobox.domain.enrolment.gaps import count_missed

PSN = "51170000000000000001"


def bought(payer, year, **declared):
    """The days of the year that a payment buys, as shown before paying and as granted after."""
    bill = payer.bill(year=year, **declared)
    assert payer.act(payer.order(bill))["state"] == "SUCCESS"
    payer.box.ask("POST", "/clock/advance", {"by": "PT1H"})
    (period,) = [
        one for one in payer.box.ask("GET", f"/people/{payer.psn_no}")["periods"] if one["source"].startswith("bill")
    ]
    return period["from_day"], period["until_day"]


@pytest.mark.parametrize(
    ("paid", "begins"),
    [
        ([], "2026-01-01"),
        ([2025], "2026-01-01"),
        ([2024], "2026-03-20"),
        ([2023], "2026-04-20"),
        ([2023, 2025], "2026-01-01"),
    ],
)
def test_each_year_missed_costs_a_month_beside_the_three(local_box, paid, begins):
    student = taxpayer(frozen(local_box), paid_year=paid)

    assert bought(student, 2026) == (begins, "2026-12-31")


def test_a_late_adult_waits_three_months_and_a_newborn_for_none(local_box):
    town = frozen(local_box, "2025-03-20T10:00:00+08:00")
    known = {"region": "510400", "enrolled": "2025-03-01"}
    adult = taxpayer(town, capacity="resident", **known)
    child = taxpayer(town, capacity="child", birth="2025-02-01", **known)

    assert bought(adult, 2025, total_fen=400_00, manner="assessed") == ("2025-06-20", "2025-12-31")
    adult.box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-03-20T12:00:00+08:00"})
    child.identify().log_in()
    assert bought(child, 2025, total_fen=400_00, manner="assessed") == ("2025-01-01", "2025-12-31")


def period(year, state):
    days = (date(year, 1, 1), date(year, 12, 31))
    return BenefitPeriod(PSN, year, "511700", "390", "student", year, *days, state, "setup")


def worked(first, last):
    head = (PSN, first, "511700", "310", "employee", "ACTIVE" if last is None else "SUSPENDED", date(first, 1, 1))
    end = None if last is None else date(last, 1, 1)
    return Participation(*head, end, f"{first}-05", f"{first}-05", "", "", None, None, 0)


@given(
    st.lists(st.tuples(st.integers(2015, 2030), st.sampled_from(["LIVE", "REFUNDED"])), max_size=6),
    st.none() | st.tuples(st.integers(2015, 2024), st.none() | st.integers(0, 6)),
    st.integers(2020, 2028),
)
def test_missed_are_the_years_after_the_last_insured_one(years, job, asked):
    parts = [] if job is None else [worked(job[0], None if job[1] is None else job[0] + job[1])]
    insured = {year for year, state in years if state == "LIVE"}
    if job is not None:
        insured |= set(range(job[0], 2100 if job[1] is None else job[0] + job[1]))
    before = asked - 1
    while before not in insured and before > 2000:
        before -= 1

    found = count_missed(parts, [period(*one) for one in years], asked)

    assert found == (asked - 1 - before if before > 2000 else 0)
