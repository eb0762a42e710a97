"""Arrears of people who pay for themselves: until when missed contributions can be repaid, and what that repairs. Pure.

A period of payment is a month or a quarter (`rhythm`). Repaid in time by somebody who had paid long enough without a
break, it covers the missed days after the fact; else cover begins with the repayment, or after the region's waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.resolve import Book, Place, shipped
from yibaobox.domain.policy.season import months_after
from yibaobox.domain.policy.standing import Payment, active_from

RHYTHMS: Final = {"monthly": 1, "quarterly": 3}
Code = Literal["RETROACTIVE", "FROM_REPAYMENT", "DEADLINE_PASSED"]


@dataclass(frozen=True, slots=True)
class Missed:
    """The first period that was not paid, the months paid without a break before it, and the day of repayment."""

    first_day: date
    rhythm: str
    continuous_months: int
    repaid_on: date


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repayment brings: cover from a day on; `deadline` is the last day on which it was in time."""

    code: Code
    entitled_from: date
    deadline: date | None
    waiting_months: int
    citations: tuple[Citation, ...]


def repair(place: Place, missed: Missed, *, book: Book | None = None) -> Repair:
    """Judge a repayment; PolicyGap where the region does not say whether missed contributions can be repaid."""
    book = book or shipped()
    if missed.rhythm not in RHYTHMS:
        raise InvalidInput(f"未知缴费周期：{missed.rhythm[:16]}", rhythm=missed.rhythm[:16])
    if missed.repaid_on < missed.first_day:
        raise InvalidInput("补缴日期早于欠缴的首日", field="repaid_on")
    on, dims = missed.repaid_on, {"rhythm": missed.rhythm}
    allowed = book.find(place, "arrears", "repay_allowed", on)
    months = book.look(place, "arrears", "repay_within_months", on, dims)
    enough = book.look(place, "arrears", "retroactive_after_months", on)
    found = tuple(figure.citation for figure in (allowed, months, enough) if figure)
    deadline = None if months is None else _deadline(missed, months.value)
    anew = active_from(place, Payment(on), book=book)
    sources = (*found, *anew.citations)
    if not allowed.value or (deadline is not None and on > deadline):
        return Repair("DEADLINE_PASSED", anew.entitled_from, deadline, anew.waiting_months, sources)
    if enough is not None and missed.continuous_months >= enough.value:
        return Repair("RETROACTIVE", missed.first_day, deadline, 0, found)
    start = active_from(place, Payment(on), gap_months=0, book=book)
    return Repair("FROM_REPAYMENT", start.entitled_from, deadline, 0, (*found, *start.citations))


def _deadline(missed: Missed, months: int) -> date:
    """The last day of the last month of grace, counted from the end of the missed month or quarter."""
    length = RHYTHMS[missed.rhythm]
    begun = missed.first_day.replace(day=1, month=(missed.first_day.month - 1) // length * length + 1)
    return months_after(begun, length + months) - timedelta(days=1)
