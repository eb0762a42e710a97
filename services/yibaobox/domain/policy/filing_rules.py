"""What a region says of filings and of recognised diseases: from when, how long, with which papers, where. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from yibaobox.domain.policy.resolve import Book, Place, shipped
from yibaobox.domain.policy.season import months_after

_DAY = timedelta(days=1)


def begins(place: Place, form: str, today: date, *, book: Book | None = None) -> date:
    """The first day on which a filing of today can hold: today, or tomorrow where it is not immediate."""
    at_once = (book or shipped()).find(place, "filing", "immediate", today, {"form": form}).value
    return today if at_once else today + _DAY


def away_until(place: Place, status: str, start: date, *, book: Book | None = None) -> date | None:
    """The last day of a filing for treatment elsewhere; None where it has no end."""
    found = (book or shipped()).look(place, "filing", "valid_months", start, {"status": status})
    return None if found is None else months_after(start, found.value) - _DAY


def chronic_until(place: Place, disease: str, start: date, *, book: Book | None = None) -> date | None:
    """The last day on which a recognised disease stays recognised; None where it has no end."""
    found = (book or shipped()).look(place, "chronic_application", "valid_months", start, {"disease": disease})
    return None if found is None else months_after(start, found.value) - _DAY


def chronic_papers(place: Place, disease: str, on: date, *, book: Book | None = None) -> tuple[str, ...]:
    """The kinds of papers that an application for a disease needs."""
    return tuple((book or shipped()).find(place, "chronic_application", "papers", on, {"disease": disease}).value)


def institutions_max(place: Place, on: date, *, book: Book | None = None) -> int:
    """How many institutions may be chosen for a recognised disease."""
    count: int = (book or shipped()).find(place, "chronic_application", "institutions_max", on).value
    return count


def is_direct(place: Place, status: str, on: date, *, book: Book | None = None) -> bool:
    """Whether treatment elsewhere under a status is settled directly, or paid by the patient and claimed at home."""
    found = (book or shipped()).find(place, "out_of_area", "direct", on, {"status": status})
    return bool(found.value)
