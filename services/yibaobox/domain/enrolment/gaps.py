"""Years in which nobody paid: what makes a resident wait (国办发〔2024〕38号)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from yibaobox.domain.enrolment.participations import Participation, participations
from yibaobox.domain.enrolment.periods import BenefitPeriod, periods
from yibaobox.domain.people import capacities

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx


def missed_years(tx: Tx, psn_no: str, year: int) -> int:
    """Return how many years lie between a person's last insured year and a benefit year; none for a newcomer."""
    paid = periods(tx, psn_no)
    return count_missed(participations(tx, psn_no, paid), paid, year)


def count_missed(parts: Sequence[Participation], paid: Sequence[BenefitPeriod], year: int) -> int:
    """Count them: a paid year that was not refunded is insured, and every year in which an employee took part."""
    insured = {one.year for one in paid if one.is_live}
    for part in parts:
        insured.update(_worked(part, year))
    last = max((one for one in insured if one < year), default=year - 1)
    return year - 1 - last


def _worked(part: Participation, year: int) -> Iterable[int]:
    """The years in which an employee's participation was active on some day."""
    if part.insutype != capacities.EMPLOYEE_INSURANCE or part.to_day == part.from_day:
        return ()
    last = year if part.to_day is None else (part.to_day - timedelta(days=1)).year
    return range(part.from_day.year, last + 1)
