"""Freshmen whose account opens on confirmation: benefits to the year's end, and a pledge to pay the next year. Pure.

Who breaks the pledge bears the past year's costs: what the funds paid for settled visits is called back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.resolve import Book, Place, cited, shipped
from yibaobox.domain.policy.season import season_of

_BENEFIT: Final = "account_opening"
_RECLAIM_ALL: Final = "reclaim_all"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a confirmation sets going: usually done after some minutes, at the latest as the day `open_by` begins."""

    open_by: date
    latency_minutes: int
    citations: tuple[Citation, ...]


class Settled(NamedTuple):
    """A settled visit that was not reversed, and what all funds together paid for it."""

    day: date
    fund_fen: int


@dataclass(frozen=True, slots=True)
class Pledge:
    """How the pledge to pay the next year stands, and what is called back when it is broken."""

    state: Literal["open", "kept", "broken"]
    due_until: date  # the last day on which the next year can be paid
    reclaimed_fen: int
    citations: tuple[Citation, ...]


def opens_account(place: Place, on: date, *, book: Book | None = None) -> bool:
    """Whether a freshman's benefits begin with the opening of the account here, and not with the benefit year."""
    found = (book or shipped()).look(place, "benefit_period", "starts", on, {"population": "freshman"})
    return found is not None and found.value == _BENEFIT


def opening(place: Place, confirmed_on: date, *, book: Book | None = None) -> Opening:
    """When the account of a freshman who confirms on a day will be open; PolicyGap where there is no such account."""
    book = book or shipped()
    days, minutes = (book.find(place, _BENEFIT, name, confirmed_on) for name in ("open_within_days", "latency_minutes"))
    sources = (days.citation, minutes.citation)
    return Opening(confirmed_on + timedelta(days=days.value), minutes.value, sources)


def credential_from(place: Place, opened_on: date, *, book: Book | None = None) -> date:
    """The first day on which the electronic credential can be claimed after the account was opened."""
    days = (book or shipped()).find(place, _BENEFIT, "credential_after_days", opened_on)
    return opened_on + timedelta(days=int(days.value))


def pledge(
    place: Place,
    opened_on: date,
    settled: Iterable[Settled],
    *,
    today: date,
    next_paid_on: date | None,
    book: Book | None = None,
) -> Pledge:
    """How the pledge given with an account stands today: open until the window closes, then kept or broken.

    Called back is what the funds paid in the year of the account. Refuses InvalidInput for a negative amount.
    """
    book = book or shipped()
    year = opened_on.year
    breach = book.find(place, _BENEFIT, "breach", opened_on)
    assert breach.value == _RECLAIM_ALL, "the only consequence that a policy file can name"
    window = book.find(place, "premium", "window", date(year + 1, 1, 1))
    last = season_of(window.value, year + 1).last
    sources = tuple(cited([breach.citation, window.citation]))
    if next_paid_on is not None and next_paid_on <= min(last, today):
        return Pledge("kept", last, 0, sources)
    if today <= last:
        return Pledge("open", last, 0, sources)
    visits = [visit for visit in settled if visit.day.year == year]
    if any(visit.fund_fen < 0 for visit in visits):
        raise InvalidInput("基金支付金额不能为负")
    return Pledge("broken", last, sum(visit.fund_fen for visit in visits), sources)
