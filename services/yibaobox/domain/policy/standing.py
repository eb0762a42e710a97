"""From when to when a person has benefits: periods of paid years, waiting months, employees while active. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from yibaobox.domain.policy import freshman
from yibaobox.domain.policy.model import Citation, Found
from yibaobox.domain.policy.resolve import Book, Place, cited, shipped
from yibaobox.domain.policy.season import Days, months_after, season_of

_WHILE_ACTIVE: Final = frozenset({"employee", "flexible"})


@dataclass(frozen=True, slots=True)
class Payment:
    """When a year was paid, and what speaks for or against waiting."""

    paid_on: date
    gap_years: int = 0
    repaired_years: int = 0
    status: str = ""  # newborn | freshman | veteran …: may be exempt from waiting
    population: str = "normal"  # who paid, in the words of policy files

    @property
    def is_freshman(self) -> bool:
        """Whether the year of enrolment at a college is paid."""
        return "freshman" in {self.status, self.population}


@dataclass(frozen=True, slots=True)
class Period:
    """A benefit period, both days inclusive. It is empty where waiting outlasts the year."""

    entitled_from: date
    entitled_until: date
    waiting_months: int
    citations: tuple[Citation, ...]

    def __contains__(self, day: date) -> bool:
        return self.entitled_from <= day <= self.entitled_until

    @property
    def assumed(self) -> tuple[str, ...]:
        """Paths of the figures that are ours rather than a source's."""
        return tuple(citation.path for citation in self.citations if citation.assumed or citation.carried)


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid benefit period as the books hold it."""

    region: str
    scheme: str
    entitled_from: date
    entitled_until: date
    refunded: bool = False


def basis(scheme: str) -> Literal["while_active", "paid_period"]:
    """What entitlement rests on: an active participation (employees), or a paid benefit period (residents)."""
    return "while_active" if scheme in _WHILE_ACTIVE else "paid_period"


def benefit_period(place: Place, benefit_year: int, payment: Payment, *, book: Book | None = None) -> Period:
    """The benefit period that a payment buys: the year's period, later by the waiting months outside the window.

    A freshman whose region opens an account on confirmation (`paid_on`) is entitled from its opening to the year's end.
    """
    book = book or shipped()
    on = date(benefit_year, 1, 1)
    written = book.find(place, "benefit_period", "period", on)
    year = season_of(written.value, benefit_year)
    if payment.is_freshman and freshman.opens_account(place, on, book=book):
        account = freshman.opening(place, payment.paid_on, book=book)
        start = max(year.first, account.open_by)
        return Period(start, year.last, 0, tuple(cited([written.citation, *account.citations])))
    months, reasons = waiting(place, benefit_year, payment, book=book)
    start = max(year.first, months_after(payment.paid_on, months)) if months else year.first
    return Period(start, year.last, months, tuple(cited([written.citation, *reasons])))


def year_begins(place: Place, benefit_year: int, *, book: Book | None = None) -> date:
    """The first day of a benefit year; PolicyGap where the region states no period."""
    written = (book or shipped()).find(place, "benefit_period", "period", date(benefit_year, 1, 1))
    return season_of(written.value, benefit_year).first


def waiting(
    place: Place, benefit_year: int, payment: Payment, *, book: Book | None = None
) -> tuple[int, tuple[Citation, ...]]:
    """Waiting months and their sources: none in the window without a gap, else fixed + missed − repaired years.

    The rules are those in force when the payment begins to count: on its day, or with the benefit year it was made for.
    """
    book = book or shipped()
    window = book.find(place, "premium", "window", date(benefit_year, 1, 1))
    timely = payment.paid_on <= season_of(window.value, benefit_year).last
    if timely and payment.gap_years == 0:
        return 0, (window.citation,)
    on = max(payment.paid_on, date(benefit_year, 1, 1))  # a year paid ahead follows the rules of that year
    exempt = book.look(place, "waiting", "exempt", on)
    if exempt is not None and payment.status in exempt.value:
        return 0, (window.citation, exempt.citation)
    names = ("fixed_months", "months_per_missed_year", "months_per_repaired_year")
    fixed, missed, repaired = (book.find(place, "waiting", name, on) for name in names)
    variable = max(0, payment.gap_years * missed.value - payment.repaired_years * repaired.value)
    least, sources = _least(place, payment.gap_years, on, book)
    figures = (window, fixed, missed, repaired, *sources)
    return max(fixed.value + variable, least), tuple(found.citation for found in figures)


def _least(place: Place, gap_years: int, on: date, book: Book) -> tuple[int, tuple[Found, ...]]:
    """The months that stay after repair of a long gap, where the region or the nation has such a floor."""
    long, least = (book.look(place, "waiting", name, on) for name in ("long_gap_years", "long_gap_min_months"))
    if long is None or least is None or gap_years < long.value:
        return 0, ()
    return least.value, (long, least)


def active_from(place: Place, payment: Payment, gap_months: int | None = None, *, book: Book | None = None) -> Period:
    """From when an employee or a flexible worker is entitled; the period has no end of its own.

    Flexible workers wait the region's months, but not when they come back within its exempt gap (`gap_months`). Where
    the region entitles from the month of a repayment, a first payment is read alike: contributions are monthly.
    """
    book = book or shipped()
    on = payment.paid_on
    fixed = book.look(place, "waiting", "fixed_months", on) if place.scheme == "flexible" else None
    short = book.look(place, "waiting", "exempt_gap_months", on) if fixed is not None else None
    if fixed is not None and not (short is not None and gap_months is not None and gap_months <= short.value):
        return Period(months_after(on, fixed.value), date.max, fixed.value, (fixed.citation,))
    sources = (short.citation,) if short is not None and gap_months is not None else ()
    rule = book.look(place, "arrears", "entitled_from", on)
    if rule is not None and rule.value == "month_of_repayment":
        return Period(on.replace(day=1), date.max, 0, (rule.citation,))
    return Period(on, date.max, 0, sources)


def claim_until(place: Place, incurred: date, *, book: Book | None = None) -> date:
    """The last day on which a visit paid in cash can be claimed; PolicyGap where the region states no months."""
    months = (book or shipped()).find(place, "claim", "claim_months", incurred).value
    return months_after(incurred, months)


def suspend_window(place: Place, benefit_year: int, *, book: Book | None = None) -> Days | None:
    """When graduates may suspend in a benefit year, or None where the region has no such window."""
    found = (book or shipped()).look(place, "benefit_period", "suspend_window", date(benefit_year, 1, 1))
    return season_of(found.value, benefit_year) if found else None


def covering(periods: Iterable[Paid], day: date) -> Paid | None:
    """The paid period that covers a day: not refunded, and the newest begun ends the older ones (X13)."""
    begun = [paid for paid in periods if not paid.refunded and paid.entitled_from <= day]
    newest = max(begun, key=lambda paid: paid.entitled_from, default=None)
    return newest if newest is not None and day <= newest.entitled_until else None


def active_on(active_from: date, active_until: date | None, day: date) -> bool:
    """Whether a participation [from, until) is active on a day; employee insurance entitles exactly then."""
    return active_from <= day and (active_until is None or day < active_until)
