"""What a resident owes for a benefit year: tiers, the payment window, late payment, 提档补差. Pure.

Premiums are keyed by benefit year (缴费年度), windows by the day of payment; the window is judged first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.policy.model import Citation, Found
from yibaobox.domain.policy.resolve import Book, Place, cited, gap, shipped
from yibaobox.domain.policy.season import Days, season_of

Code = Literal["DUE", "NOTHING_DUE", "TIER_BELOW_PAID", "WINDOW_CLOSED", "CORRECTION_LIMIT"]


@dataclass(frozen=True, slots=True)
class Tier:
    """One amount on offer for a benefit year."""

    number: str
    total_fen: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Offer:
    """What a region offers for one benefit year, whatever anybody has paid."""

    benefit_year: int
    tiers: tuple[Tier, ...]  # one tier numbered "" where the region has a single amount
    closed_list: bool  # whether other totals than the tiers' are refused
    window: Days
    late: str  # "refused" | "allowed" | "surcharge" (the person also pays the public part)
    correction: str  # to a higher tier: "top_up" | "repay_full"
    correction_down: str  # to a lower tier: "none" | "refund_difference"
    corrections_max: int | None
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to pay: a tier by number, or the total of the wanted tier, or neither (the only tier)."""

    day: date | None = None  # None: a quotation, no window is judged
    tier: str | None = None
    total_fen: int | None = None
    paid_fen: int = 0
    corrections: int = 0  # tier changes made before


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer: what is due now, and what stays to be returned of an earlier payment."""

    code: Code
    due_fen: int
    total_fen: int
    refund_pending_fen: int
    window: Days
    late: bool
    citations: tuple[Citation, ...]

    @property
    def assumed(self) -> tuple[str, ...]:
        """Paths of the figures that are ours rather than a source's."""
        return tuple(citation.path for citation in self.citations if citation.assumed or citation.carried)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reply must say about figures that are no real policy, in Chinese."""
        return tuple(f"{c.path}为示例或沿用数值，并非真实政策" for c in self.citations if c.doubtful)


def offer(place: Place, benefit_year: int, population: str = "normal", *, book: Book | None = None) -> Offer:
    """The tiers and the window of a benefit year; PolicyGap where the region has no amount."""
    book = book or shipped()
    on, dims = date(benefit_year, 1, 1), {"population": population}
    tiers = book.look(place, "premium", "tiers", on, dims)
    personal = None if tiers else book.find(place, "premium", "personal", on, dims)
    window = book.find(place, "premium", "window", on, dims)
    late, correction, down, most = (
        book.look(place, "premium", name, _rule_day(on, window))
        for name in ("late", "correction", "correction_down", "corrections_max")
    )
    amount = tiers or personal
    assert amount is not None, "find() refuses where there is no amount"
    numbered: Mapping[str, int] = amount.value if tiers else {"": amount.value}
    founds = [amount, window, *(found for found in (late, correction, down, most) if found)]
    return Offer(
        benefit_year,
        tuple(Tier(number, total, amount.citation) for number, total in numbered.items()),
        tiers is not None,
        season_of(window.value, benefit_year),
        late.value if late else "refused",
        correction.value if correction else "top_up",
        down.value if down else "none",
        most.value if most else None,
        tuple(cited(found.citation for found in founds)),
    )


def quote(place: Place, benefit_year: int, ask: Ask, *, population: str = "normal", book: Book | None = None) -> Quote:
    """What is due now for a benefit year; codes DUE, NOTHING_DUE, TIER_BELOW_PAID, WINDOW_CLOSED, CORRECTION_LIMIT.

    Whoever pays nothing by the rules (a freshman of the first year) owes nothing on any day, inside the window or not.
    """
    book = book or shipped()
    offered = offer(place, benefit_year, population, book=book)
    if not any(tier.total_fen for tier in offered.tiers):
        return _answer("NOTHING_DUE", offered)
    outside = ask.day is not None and ask.day not in offered.window
    early = ask.day is not None and ask.day < offered.window.first
    if outside and (early or offered.late == "refused"):
        return _answer("WINDOW_CLOSED", offered)
    surcharge = _surcharge(place, offered, book) if outside and offered.late == "surcharge" else None
    wanted = _wanted(offered, ask)
    total = wanted + (surcharge.value if surcharge else 0)
    if wanted <= ask.paid_fen < total:  # paid in time: only who pays late bears the public part
        return _answer("NOTHING_DUE", offered, total=wanted, late=outside)
    extra = (surcharge.citation,) if surcharge else ()
    named = ask.total_fen is not None or ask.tier is not None
    if named and total < ask.paid_fen:
        back = ask.paid_fen - total if offered.correction_down == "refund_difference" else 0
        return _answer("TIER_BELOW_PAID", offered, total=total, back=back, late=outside)
    if total <= ask.paid_fen:
        return _answer("NOTHING_DUE", offered, total=total, late=outside)
    changes = ask.corrections if ask.paid_fen else -1
    if offered.corrections_max is not None and changes >= offered.corrections_max:
        return _answer("CORRECTION_LIMIT", offered, total=total, late=outside)
    again = ask.paid_fen > 0 and offered.correction == "repay_full"
    due, back = (total, ask.paid_fen) if again else (total - ask.paid_fen, 0)
    return _answer("DUE", offered, due=due, total=total, back=back, late=outside, extra=extra)


def _wanted(offered: Offer, ask: Ask) -> int:
    """The total of the wanted tier; a total that no tier has is refused where the region has a list."""
    totals = {tier.number: tier.total_fen for tier in offered.tiers}
    if ask.total_fen is not None:
        listed = ask.total_fen in totals.values() or ask.total_fen < ask.paid_fen
        if offered.closed_list and not listed:
            raise InvalidInput(
                "应缴费额须为缴费档次对应的总金额", tiers=sorted(totals.values()), total_fen=ask.total_fen
            )
        return ask.total_fen
    number = ask.tier if ask.tier is not None else min(totals)
    if number not in totals:
        raise InvalidInput(f"没有缴费档次{number[:8]}", tiers=sorted(totals))
    return totals[number]


def _surcharge(place: Place, offered: Offer, book: Book) -> Found:
    """The public part that a late payer bears."""
    found = book.look(place, "premium", "subsidy", date(offered.benefit_year, 1, 1))
    if found is None:
        raise gap(place, date(offered.benefit_year, 1, 1), ("premium.subsidy",))
    return found


def _rule_day(on: date, window: Found) -> date:
    """Rules of payment are looked up on the last day of the window or the first of the benefit year, the later."""
    return max(on, season_of(window.value, on.year).last)


def _answer(  # noqa: PLR0913 - six figures, all named where they are given
    code: Code,
    offered: Offer,
    *,
    due: int = 0,
    total: int = 0,
    back: int = 0,
    late: bool = False,
    extra: tuple[Citation, ...] = (),
) -> Quote:
    """Put the answer together."""
    return Quote(code, due, total, back, offered.window, late, (*offered.citations, *extra))
