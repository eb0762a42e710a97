"""Month-days of a benefit year turned into days, and the month arithmetic of deadlines."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Days:
    """A span of days, both ends inclusive, as sources write them."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def season_of(written: Mapping[str, str], benefit_year: int) -> Days:
    """Turn {year: previous|same, opens, closes} into days; a season that closes before it opens ends the next year."""
    year = benefit_year - 1 if written["year"] == "previous" else benefit_year
    first = _day(year, written["opens"])
    last = _day(year, written["closes"])
    return Days(first, last if last >= first else _day(year + 1, written["closes"]))


def months_after(day: date, months: int) -> date:
    """The same day of the month some months later, clipped to the end of the month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _day(year: int, month_day: str) -> date:
    """A month-day of a year; 29 February of a common year is the 28th."""
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
