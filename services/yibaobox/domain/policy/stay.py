"""Stays in hospital: by which day's tables, and in which policy year, a stay is settled.

`year_rule` of the inpatient table: by the day of admission, by the day of discharge, or divided where the policy year
ends (`year_end_split`). A divided stay is settled part by part with the tables and accumulators of each year; it owes
the deductible once, or in each part, as `split_deductible` says, and so does one of which some was settled already. A
stay shorter than `min_days` is none. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from yibaobox.domain.errors import InvalidInput, NotEligible
from yibaobox.domain.policy.claim import Accounts, Accumulators, Claim, Line, Standing
from yibaobox.domain.policy.resolve import Book, Place, shipped
from yibaobox.domain.policy.split import Split, settle
from yibaobox.domain.policy.terms import Policy, policy_for

_DEFAULT_RULE: Final = "discharge"


class Charge(NamedTuple):
    """A line and the day on which it was charged."""

    day: date
    line: Line


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay, both days inclusive; its charges lie between them."""

    admitted: date
    discharged: date
    charges: tuple[Charge, ...]

    @property
    def days(self) -> int:
        """How long it was: nights, and one day for a stay without a night."""
        return max(1, (self.discharged - self.admitted).days)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a stay is settled in one policy year, by the tables of `policy`."""

    policy: Policy
    year: int
    lines: tuple[Line, ...]


class Borne(NamedTuple):
    """What an earlier settlement of a stay took of the deductible, and what it owed."""

    year: int
    standard_fen: int
    borne_fen: int


@dataclass(frozen=True, slots=True)
class SettledPart:
    """A part as it was settled; `given` is what stood in place of the tables where some was settled before."""

    part: Part
    split: Split
    given: Mapping[str, Any]


def parts(place: Place, setting: str, stay: Stay, *, book: Book | None = None) -> tuple[Part, ...]:
    """The parts of a stay, oldest first: one, unless the region divides stays at the end of its policy year."""
    if stay.discharged < stay.admitted or any(not stay.admitted <= c.day <= stay.discharged for c in stay.charges):
        raise InvalidInput("住院费用日期应在入院与出院日期之间", field="charges")
    begun, ended = (_policy(place, setting, day, book) for day in (stay.admitted, stay.discharged))
    least = (book or shipped()).look(place, ended.benefit, "min_days", ended.on)
    if least is not None and stay.days < least.value:
        raise NotEligible(f"住院不满{least.value}天，不按住院结算", reason="STAY_TOO_SHORT", days=stay.days)
    found = (book or shipped()).look(place, ended.benefit, "year_rule", ended.on)
    rule = found.value if found else _DEFAULT_RULE
    by_day = begun if rule == "admission" else ended
    if rule != "year_end_split" or begun.year(begun.on) == ended.year(ended.on):
        return (Part(by_day, by_day.year(by_day.on), tuple(charge.line for charge in stay.charges)),)
    return tuple(_divided(place, setting, stay, ended, book))


def settle_stay(
    divided: Iterable[Part],
    standing: Standing,
    used: Mapping[int, Accumulators],
    accounts: Accounts,
    earlier: Iterable[Borne] = (),
) -> list[SettledPart]:
    """Settle the parts of a stay one after the other, after the `earlier` settlements of it; accounts are carried on.

    `used` are the accumulators by policy year.
    """
    settled, borne = list[SettledPart](), list(earlier)
    for part in divided:
        before = used.get(part.year, Accumulators())
        given = _continuing(part, before, borne)
        policy = part.policy.with_given(given) if given else part.policy
        done = settle(policy, Claim(part.lines, standing), before, accounts)
        accounts = left(accounts, done)
        borne.append(Borne(part.year, done.terms.standard_fen(before.admissions), done.deductible_fen))
        settled.append(SettledPart(replace(part, policy=policy), done, given))
    return settled


def left(accounts: Accounts, done: Split) -> Accounts:
    """The balances after a split."""
    paid = dict(done.family)
    family = tuple((giver, balance - paid.get(giver, 0)) for giver, balance in accounts.family)
    return Accounts(accounts.own_fen - done.own_fen, family)


def _divided(place: Place, setting: str, stay: Stay, ended: Policy, book: Book | None) -> Iterable[Part]:
    """The charges by policy year, each with the tables of its last day of the stay."""
    years: dict[int, list[Charge]] = {}
    for charge in sorted(stay.charges, key=lambda charge: charge.day):
        years.setdefault(ended.year(charge.day), []).append(charge)
    for year, charges in years.items():
        day = min(stay.discharged, ended.last_day(year))
        yield Part(_policy(place, setting, day, book), year, tuple(charge.line for charge in charges))


def _continuing(part: Part, used: Accumulators, borne: Iterable[Borne]) -> dict[str, Any]:
    """What stands in place of the tables once some of a stay was settled.

    It is no further admission and owes what is left of its deductible; where each year asks for one, of that year's.
    """
    policy = part.policy
    if policy.figure("deductible_basis", "year") != "admission":
        return {}
    once = policy.figure("split_deductible", "once") == "once"
    counted = [one for one in borne if once or one.year == part.year]
    if not counted:
        return {}
    owed = max(0, counted[0].standard_fen - sum(one.borne_fen for one in counted))
    return {"deductible": used.deductible_fen + owed, "deductible_basis": "year"}


def _policy(place: Place, setting: str, day: date, book: Book | None) -> Policy:
    if book is not None:
        return Policy(place, setting, day, book=book)
    return policy_for(place.region, place.scheme, setting, day, place.profile)
