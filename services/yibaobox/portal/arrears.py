"""What flexible workers owe (P5): months since employees' insurance ended, and what repairing them brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from yibaobox.domain import enrolment
from yibaobox.domain.errors import Conflicting, DeadlinePassed, NotFound
from yibaobox.domain.people import capacities
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.arrears import Missed, Repair, repair
from yibaobox.domain.store import Tx

CAPACITY: Final = "flexible"
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Arrears:
    """A flexible participation that ended, and what repairing it today brings."""

    part: enrolment.Participation
    missed: Missed
    outcome: Repair


def arrears(tx: Tx, psn_no: str, part_id: int, rhythm: str) -> Arrears:
    """Tell what repairing a flexible participation that ended would bring today; PolicyGap where no region says."""
    parts = enrolment.participations(tx, psn_no)
    part = next((one for one in parts if one.part_id == part_id), None)
    if part is None:
        raise NotFound("参保关系不存在")
    if part.capacity != CAPACITY or part.to_day is None:
        raise Conflicting("只有已中断的灵活就业参保关系可以补缴")
    if any(one.from_day >= part.to_day for one in parts if one.part_id != part_id):
        raise Conflicting("中断之后已重新参保，不能再补缴")
    missed = Missed(part.to_day, rhythm, _continuous(parts, part), max(tx.today, part.to_day))
    return Arrears(part, missed, repair(Place(part.region, CAPACITY), missed))


def refuse_late(due: Arrears) -> None:
    """Refuse a repair that comes too late (DEADLINE_PASSED)."""
    if due.outcome.code == "DEADLINE_PASSED":
        last = due.outcome.deadline
        told = "本统筹区不办理补缴" if last is None else f"补缴期限已于{last.isoformat()}届满"
        raise DeadlinePassed(f"{told}，请重新办理参保登记", deadline=None if last is None else last.isoformat())


def gap_months(tx: Tx, psn_no: str) -> int | None:
    """Return the whole months since employees' insurance ended; nothing for who never took part in it."""
    ends = [
        one.to_day
        for one in enrolment.participations(tx, psn_no)
        if one.insutype == capacities.EMPLOYEE_INSURANCE and one.to_day is not None and one.to_day > one.from_day
    ]
    return None if not ends else months_between(max(ends), tx.today)


def months_between(first: date, last: date) -> int:
    """Return how many months have begun between two days, the month of the first not counted."""
    whole = (last.year - first.year) * _MONTHS + last.month - first.month
    return whole + (last.day > first.day)


def _continuous(parts: list[enrolment.Participation], part: enrolment.Participation) -> int:
    """Return the months without a break before a participation ended, those of earlier ones that it followed too."""
    start, months = part.from_day, part.paid_months
    for one in sorted(parts, key=lambda each: each.from_day, reverse=True):
        if one.insutype == part.insutype and one.to_day == start and one.from_day < start:
            # A month in which one ended and the next began counts once.
            months += one.paid_months - (start.day > 1)
            start = one.from_day
    return months
