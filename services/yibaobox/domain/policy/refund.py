"""Premiums that are given back: after a change of tier, on recognition for assistance, before a year begins. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.premium import Ask, quote
from yibaobox.domain.policy.resolve import Book, Place, shipped
from yibaobox.domain.policy.season import season_of

REASONS: Final = ("correction", "recognised", "withdrawal")
Code = Literal["REFUND", "NOTHING_TO_REFUND", "PERIOD_BEGUN", "NOT_PROVIDED"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks back, and why: a tier changed, recognised for assistance, withdrawn before the year began."""

    reason: str
    paid_fen: int
    on: date
    tier: str | None = None  # the wanted tier of a correction


@dataclass(frozen=True, slots=True)
class Refund:
    """The answer."""

    code: Code
    refund_fen: int
    citations: tuple[Citation, ...]


def refund(place: Place, benefit_year: int, wish: Wish, *, book: Book | None = None) -> Refund:
    """What is given back of a year's premium; a refunded year entitles on no day."""
    book = book or shipped()
    if wish.reason not in REASONS:
        raise InvalidInput(f"未知退费原因：{wish.reason[:32]}", reasons=list(REASONS))
    if wish.paid_fen < 0:
        raise InvalidInput("已缴金额不能为负", field="paid_fen")
    if wish.reason == "correction":
        return _correction(place, benefit_year, wish, book)
    if wish.reason == "recognised":
        return _recognised(place, benefit_year, wish, book)
    return _withdrawal(place, benefit_year, wish, book)


def _correction(place: Place, benefit_year: int, wish: Wish, book: Book) -> Refund:
    """A lower tier gives the difference back, a higher one that is paid in full again gives the first payment back."""
    answer = quote(place, benefit_year, Ask(wish.on, tier=wish.tier, paid_fen=wish.paid_fen), book=book)
    back = answer.refund_pending_fen
    return Refund("REFUND" if back else "NOTHING_TO_REFUND", back, answer.citations)


def _recognised(place: Place, benefit_year: int, wish: Wish, book: Book) -> Refund:
    """Assisted people pay first; recognised, they get back what exceeds the premium of their group."""
    on = date(benefit_year, 1, 1)
    first = book.look(place, "payment", "assisted_pay_first", max(on, wish.on))
    if first is None or not first.value:
        return Refund("NOT_PROVIDED", 0, ())
    return _whole("REFUND", wish.paid_fen, (first.citation,))


def _withdrawal(place: Place, benefit_year: int, wish: Wish, book: Book) -> Refund:
    """All of it before the benefit period begins, nothing from its first day on."""
    written = book.find(place, "benefit_period", "period", date(benefit_year, 1, 1))
    rule = book.find(place, "premium", "refund", date(benefit_year, 1, 1))
    sources = (rule.citation, written.citation)
    if rule.value != "before_period":
        return Refund("NOT_PROVIDED", 0, sources)
    if wish.on >= season_of(written.value, benefit_year).first:
        return Refund("PERIOD_BEGUN", 0, sources)
    return _whole("REFUND", wish.paid_fen, sources)


def _whole(code: Code, paid_fen: int, sources: tuple[Citation, ...]) -> Refund:
    """All that was paid, if anything was."""
    return Refund(code if paid_fen else "NOTHING_TO_REFUND", paid_fen, sources)
