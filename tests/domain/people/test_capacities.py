from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import capacities


@pytest.mark.parametrize(
    ("code", "wire", "policy"),
    [
        ("employee", ("310", "11"), ("employee", "active")),
        ("retiree", ("310", "12"), ("employee", "retired")),
        ("flexible", ("310", "11"), ("employee", "active")),
        ("resident", ("390", "15"), ("resident", "normal")),
        ("child", ("390", "1403"), ("resident", "child")),
        ("student", ("390", "1404"), ("resident_student", "student")),
        ("assisted", ("390", "15"), ("resident", "low_income")),
    ],
)
def test_a_capacity_has_fixed_names_on_the_wire_and_in_policy_files(code, wire, policy):
    capacity = capacities.get(code)

    assert (capacity.insutype, capacity.psn_type) == wire
    assert (capacity.scheme, capacity.population) == policy


def test_there_are_seven_capacities():
    assert len(capacities.CAPACITIES) == 7


@pytest.mark.parametrize("code", ["", "Employee", "worker", None, 310, ["employee"]])
def test_any_other_capacity_is_refused(code):
    with pytest.raises(InvalidInput, match="参保身份"):
        capacities.get(code)


def age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@given(
    st.sampled_from(sorted(capacities.CAPACITIES)),
    st.dates(date(1995, 1, 1), date(2099, 12, 31)) | st.just(date(2024, 2, 29)),
    st.integers(0, 10**8),
)
def test_a_chosen_birth_date_fits_the_capacity_on_that_day(code, today, serial):
    capacity = capacities.get(code)

    assert capacity.age_min <= age(capacity.birth(today, serial), today) <= capacity.age_max


@given(st.sampled_from(sorted(capacities.CAPACITIES)), st.dates(date(1995, 1, 1), date(2099, 12, 31)))
def test_the_bounds_of_birth_dates_are_tight(code, today):
    capacity = capacities.get(code)
    first, last = capacity.births(today)

    assert age(first, today) == capacity.age_max
    assert age(last, today) == capacity.age_min
