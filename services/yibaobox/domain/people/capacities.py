"""Capacities (参保身份): in what standing a person takes part, and its names on the wire and in policy files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from yibaobox.domain.errors import InvalidInput

EMPLOYEE_INSURANCE: Final = "310"  # 职工基本医疗保险
RESIDENT_INSURANCE: Final = "390"  # 城乡居民基本医疗保险


@dataclass(frozen=True, slots=True)
class Capacity:
    """One row of control-api's vocabulary.

    `age_min` and `age_max` bound the ages of generated people; whoever is made by hand may be `youngest` to `oldest`,
    which is wider: all that can be thought of in this capacity.
    """

    code: str
    name: str
    insutype: str
    psn_type: str
    scheme: str
    population: str
    age_min: int
    age_max: int
    youngest: int
    oldest: int

    def births(self, today: date) -> tuple[date, date]:
        """Return the first and the last birth date that gives an age within bounds on a day."""
        return _years_before(today, self.age_max + 1) + timedelta(days=1), _years_before(today, self.age_min)

    def birth(self, today: date, serial: int) -> date:
        """Return a birth date within bounds, spread over them by serial."""
        first, last = self.births(today)
        return first + timedelta(days=serial * _STRIDE % ((last - first).days + 1))


_STRIDE: Final = 2_741  # a prime, so that neighbouring serials fall on distant days
_ALL: Final = (
    Capacity("employee", "在职职工", EMPLOYEE_INSURANCE, "11", "employee", "active", 22, 54, 16, 120),
    Capacity("retiree", "退休人员", EMPLOYEE_INSURANCE, "12", "employee", "retired", 60, 89, 45, 120),
    Capacity("flexible", "灵活就业人员", EMPLOYEE_INSURANCE, "11", "employee", "active", 20, 54, 16, 120),
    Capacity("resident", "普通成年居民", RESIDENT_INSURANCE, "15", "resident", "normal", 25, 89, 16, 120),
    Capacity("child", "未成年人", RESIDENT_INSURANCE, "1403", "resident", "child", 0, 17, 0, 18),
    Capacity("student", "大学生", RESIDENT_INSURANCE, "1404", "resident_student", "student", 18, 24, 15, 45),
    Capacity("assisted", "救助对象", RESIDENT_INSURANCE, "15", "resident", "low_income", 18, 89, 0, 120),
)
CAPACITIES: Final = {capacity.code: capacity for capacity in _ALL}


def get(code: object) -> Capacity:
    """Return a capacity by its code; refuse any other word."""
    capacity = CAPACITIES.get(code) if isinstance(code, str) else None
    if capacity is None:
        raise InvalidInput(f"参保身份须为 {'、'.join(CAPACITIES)} 之一", field="capacity")
    return capacity


def _years_before(day: date, years: int) -> date:
    """Return the same day of an earlier year; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
