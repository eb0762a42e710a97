"""Put a person into a state that citizens reach by portal and tax: for tests, and for magic persons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from yibaobox.domain import enrolment
from yibaobox.domain.people import capacities
from yibaobox.domain.policy import Place, shipped
from yibaobox.domain.policy.season import Days, season_of

if TYPE_CHECKING:
    from yibaobox.domain.people import Person
    from yibaobox.domain.store.tx import Tx

SOURCE: Final = "setup"


def enrol(
    tx: Tx,
    person: Person,
    enrolled: bool | date,  # noqa: FBT001 - the control API's own key
    paid_years: Sequence[int] | None = None,
) -> enrolment.Participation | None:
    """Enrol a person where they belong: True = since 1 January of last year, a date, or False; and pay years.

    Residents have exactly the benefit years paid that are named; where none are named and the person is enrolled, all
    those from the first day of the participation to today. Employee insurance has no paid years and ignores them.
    """
    capacity = capacities.get(person.capacity)
    start = date(tx.today.year - 1, 1, 1) if isinstance(enrolled, bool) else enrolled
    paid: list[tuple[int, Days]] = []
    if capacity.insutype == capacities.RESIDENT_INSURANCE:
        place = Place(person.region, capacity.scheme)
        if paid_years is not None:
            paid = [(year, season(place, year)) for year in sorted(set(paid_years))]
        elif enrolled is not False:
            paid = list(_since(place, start, tx.today))
    part = None
    if enrolled is not False:
        part = enrolment.register(tx, person.psn_no, enrolment.NewParticipation(person.region, person.capacity, start))
    for year, days in paid:
        where = (person.psn_no, person.region, capacity.insutype)
        enrolment.grant_period(tx, *where, year, days.first, days.last, SOURCE)
    return part


def season(place: Place, benefit_year: int) -> Days:
    """Return the days that a benefit year entitles for when it is paid in time; PolicyGap where nobody says."""
    found = shipped().find(place, "benefit_period", "period", date(benefit_year, 1, 1))
    return season_of(found.value, benefit_year)


def _since(place: Place, start: date, today: date) -> Iterator[tuple[int, Days]]:
    """Yield the benefit years from one day to another; the first begins on that day."""
    for year in range(start.year - 1, today.year + 1):
        days = season(place, year)
        if days.last >= start and days.first <= today:
            yield year, Days(max(days.first, start), days.last)
