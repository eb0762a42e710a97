"""Split a bill between the funds, the accounts and cash: pure, whole fen, one rounding for each fund line.

Order: catalogue (class C, over the ceiling, first pay of class B) → out of area → deductible → ratio → half up → cap →
major-illness bands → half up → own account → family accounts → cash. Reliability rules S1–S4, S6 and S8 are asserted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import FEN_MAX, PPM, half_up
from yibaobox.domain.policy.terms import Policy, Standing, Terms


class Line(NamedTuple):
    """One charged item. `ceiling_fen` is the ceiling for the whole line (unit ceiling times quantity)."""

    amount_fen: int
    grade: str  # "A" | "B" | "C"
    first_pay_ppm: int | None = None  # None: class B takes the region's default, class A none
    ceiling_fen: int | None = None
    account_ok: bool = True  # False: public health, fitness, wellness; never from an account
    code: str = ""


class LineSplit(NamedTuple):
    """What the catalogue makes of one line; the four parts add up to the amount."""

    out_of_catalogue_fen: int
    over_limit_fen: int
    first_pay_fen: int
    eligible_fen: int


@dataclass(frozen=True, slots=True)
class Accumulators:
    """What a person has used up in a policy year, or (in a Split) what a visit adds to it."""

    deductible_fen: int = 0
    fund_fen: int = 0
    major_base_fen: int = 0
    major_fen: int = 0
    admissions: int = 0

    @classmethod
    def of(cls, policy: Policy, balances: Mapping[str, int]) -> Accumulators:
        """Read the accumulators of a policy from balances keyed by bucket."""
        names = policy.buckets
        keys = ("deductible", "fund", "base", "major", "admissions")
        return cls(*(balances.get(names[key], 0) for key in keys))

    def by_bucket(self, policy: Policy) -> dict[str, int]:
        """These figures keyed by bucket, zeros left out."""
        names = policy.buckets
        figures = {
            names["deductible"]: self.deductible_fen,
            names["fund"]: self.fund_fen,
            names["base"]: self.major_base_fen,
            names["major"]: self.major_fen,
            names["admissions"]: self.admissions,
        }
        return {bucket: figure for bucket, figure in figures.items() if figure}

    def __neg__(self) -> Accumulators:
        return Accumulators(
            -self.deductible_fen, -self.fund_fen, -self.major_base_fen, -self.major_fen, -self.admissions
        )

    def __add__(self, other: Accumulators) -> Accumulators:
        return Accumulators(
            self.deductible_fen + other.deductible_fen,
            self.fund_fen + other.fund_fen,
            self.major_base_fen + other.major_base_fen,
            self.major_fen + other.major_fen,
            self.admissions + other.admissions,
        )


@dataclass(frozen=True, slots=True)
class Accounts:
    """Account money at hand: the patient's own, then relatives' in the order in which they are to pay."""

    own_fen: int = 0
    family: tuple[tuple[str, int], ...] = ()  # (giver, balance_fen)


class Step(NamedTuple):
    """One line of the trace: what came out, and the figures it came from."""

    code: str
    amount_fen: int
    operands: tuple[int | None, ...] = ()
    figure: str = ""  # name of the cited parameter


@dataclass(slots=True)
class Split:
    """Who pays what. total = pool + major + own + family + cash, to the fen."""

    total_fen: int
    out_of_catalogue_fen: int
    over_limit_fen: int
    first_pay_fen: int
    eligible_fen: int
    deductible_fen: int
    pool_base_fen: int
    pool_fen: int
    major_fen: int
    own_fen: int
    family: tuple[tuple[str, int], ...]  # (giver, paid_fen), givers that pay nothing left out
    cash_fen: int
    delta: Accumulators
    lines: tuple[LineSplit, ...]
    line_fen: int  # what the ratio gives before the cap
    payable_fen: int  # the most that accounts may pay under `pays`
    used: Accumulators  # as they were before this visit
    terms: Terms

    @property
    def fund_fen(self) -> int:
        """All funds together."""
        return self.pool_fen + self.major_fen

    @property
    def family_fen(self) -> int:
        """All relatives' accounts together."""
        return sum(paid for _, paid in self.family)

    @property
    def account_fen(self) -> int:
        """Own and relatives' accounts together."""
        return self.own_fen + self.family_fen

    @property
    def personal_fen(self) -> int:
        """What no fund pays."""
        return self.total_fen - self.fund_fen

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reply must say about illustrative figures."""
        return self.terms.warnings

    @property
    def trace(self) -> tuple[Step, ...]:
        """How the figures came about, step by step; made when asked for, from what the split keeps."""
        terms, used = self.terms, self.used
        costs = (self.total_fen, self.out_of_catalogue_fen, self.over_limit_fen, self.first_pay_fen)
        borne = self.eligible_fen - self.pool_fen
        standard = terms.standard_fen(used.admissions)
        steps = [
            Step("total", self.total_fen),
            Step("out_of_catalogue", self.out_of_catalogue_fen),
            Step("over_limit", self.over_limit_fen),
            Step("first_pay", self.first_pay_fen, (terms.class_b_first_pay_ppm, terms.away_first_pay_ppm), "first_pay"),
            Step("eligible", self.eligible_fen, costs),
            Step(
                "deductible",
                self.deductible_fen,
                (standard, used.deductible_fen),
                "deductible",
            ),
            Step("pool_base", self.pool_base_fen, (self.eligible_fen, self.deductible_fen)),
            Step("pool_line", self.line_fen, (self.pool_base_fen, terms.ratio_ppm, terms.factor_ppm), "ratio"),
            Step("pool", self.pool_fen, (self.line_fen, terms.cap_fen, used.fund_fen), "cap"),
            Step("major", self.major_fen, (borne, used.major_base_fen), "bands"),
            Step("payable", self.payable_fen, (), "pays"),
            Step("own", self.own_fen),
            Step("family", self.family_fen),
            Step("cash", self.cash_fen),
        ]
        return tuple(step for step in steps if terms.bands or step.code != "major")


class _Catalogue(NamedTuple):
    """The sums of the catalogue split."""

    total_fen: int
    out_of_catalogue_fen: int
    over_limit_fen: int
    first_pay_fen: int
    eligible_fen: int
    barred_fen: int  # in the catalogue but never from an account


def split(policy: Policy, bill: tuple[Line, ...], standing: Standing, used: Accumulators, accounts: Accounts) -> Split:
    """Split a bill under a policy; pure. Refuses PolicyGap, and InvalidInput for an impossible line."""
    terms = policy.terms(standing)
    lines = tuple([_line(line, terms) for line in bill])
    sums = _catalogue(bill, lines, terms)
    deductible, base, line_fen, pool = _pool(sums.eligible_fen, terms, used)
    borne = sums.eligible_fen - pool
    major = _major(borne, terms, used)
    payable = max(0, sums.eligible_fen + sums.first_pay_fen - pool - major - sums.barred_fen)
    opened = sums.total_fen - pool - major - sums.barred_fen if terms.account_pays == "personal_all" else payable
    own = min(accounts.own_fen, max(payable, opened))
    family = _family(accounts.family, max(0, payable - own))
    cash = sums.total_fen - pool - major - own - sum(paid for _, paid in family)
    delta = Accumulators(deductible, pool, borne if terms.bands else 0, major, 1 if terms.per_admission else 0)
    result = Split(
        *(sums.total_fen, sums.out_of_catalogue_fen, sums.over_limit_fen, sums.first_pay_fen, sums.eligible_fen),
        *(deductible, base, pool, major, own),
        family=family,
        cash_fen=cash,
        delta=delta,
        lines=lines,
        line_fen=line_fen,
        payable_fen=payable,
        used=used,
        terms=terms,
    )
    _check(result, used, accounts)
    return result


def _line(line: Line, terms: Terms) -> LineSplit:
    """Divide one line into what the catalogue excludes, the first pay and the eligible rest."""
    amount, grade, first_pay, ceiling = line.amount_fen, line.grade, line.first_pay_ppm, line.ceiling_fen
    if type(amount) is not int or not 0 <= amount <= FEN_MAX:
        raise InvalidInput("费用金额必须为非负整数分", code=line.code, amount_fen=str(amount))
    if grade == "C":
        return LineSplit(amount, 0, 0, 0)
    if grade not in {"A", "B"}:
        raise InvalidInput(f"未知目录等级：{grade}", code=line.code, grade=grade)
    if first_pay is None:
        first_pay = terms.class_b_first_pay_ppm if grade == "B" else 0
    if not 0 <= first_pay <= PPM or (ceiling is not None and ceiling < 0):
        raise InvalidInput("先行自付比例或限价超出范围", code=line.code)
    over = 0 if ceiling is None or amount <= ceiling else amount - ceiling
    first = half_up((amount - over) * first_pay, PPM) if first_pay else 0
    return LineSplit(0, over, first, amount - over - first)


def _catalogue(bill: tuple[Line, ...], lines: tuple[LineSplit, ...], terms: Terms) -> _Catalogue:
    """Add up the lines, and take the first pay of treatment out of area."""
    total = out = over = first = eligible = barred = 0
    for line, part in zip(bill, lines, strict=True):
        total += line.amount_fen
        out += part[0]
        over += part[1]
        first += part[2]
        eligible += part[3]
        if not line.account_ok:
            barred += part[2] + part[3]
    away = half_up(eligible * terms.away_first_pay_ppm, PPM) if terms.away_first_pay_ppm else 0
    return _Catalogue(total, out, over, first + away, eligible - away, barred)


def _pool(eligible: int, terms: Terms, used: Accumulators) -> tuple[int, int, int, int]:
    """Deductible, base, the line before the cap, and what the pooled fund pays."""
    owed = terms.standard_fen(used.admissions)
    if not terms.per_admission:
        owed = max(0, owed - used.deductible_fen)
    deductible = min(owed, eligible)
    base = eligible - deductible
    line = half_up(base * terms.ratio_ppm * terms.factor_ppm, PPM * PPM)
    room = line if terms.cap_fen is None else max(0, terms.cap_fen - used.fund_fen)
    return deductible, base, line, min(line, room)


def _major(borne: int, terms: Terms, used: Accumulators) -> int:
    """What major-illness insurance pays of the in-policy part that the person has borne so far this year."""
    if not terms.bands:
        return 0
    before, after = used.major_base_fen, used.major_base_fen + borne
    paid = 0
    for over, top, ppm in terms.bands:
        low, high = max(before, over), after if top is None else min(after, top)
        paid += max(0, high - low) * ppm
    line = half_up(paid, PPM)
    room = line if terms.major_cap_fen is None else max(0, terms.major_cap_fen - used.major_fen)
    return min(line, room)


def _family(givers: tuple[tuple[str, int], ...], owed: int) -> tuple[tuple[str, int], ...]:
    """Drain the relatives' accounts in their order."""
    paid: list[tuple[str, int]] = []
    for giver, balance in givers:
        part = min(balance, owed)
        if part > 0:
            paid.append((giver, part))
            owed -= part
    return tuple(paid)


def _check(result: Split, used: Accumulators, accounts: Accounts) -> None:
    """Assert what must hold of every split (reliability S1–S4, S6, S8)."""
    r, terms = result, result.terms
    parts = (r.out_of_catalogue_fen, r.over_limit_fen, r.first_pay_fen, r.eligible_fen)
    assert sum(parts) == r.total_fen, "S4: the four kinds of cost add up to the bill"
    assert r.pool_fen + r.major_fen + r.own_fen + r.family_fen + r.cash_fen == r.total_fen, (
        "S1, S2: every fen is paid once"
    )
    assert min(*parts, r.deductible_fen, r.pool_fen, r.major_fen, r.own_fen, r.cash_fen) >= 0, "S4: nothing is negative"
    assert r.pool_fen + r.major_fen <= r.eligible_fen, "S4: funds pay eligible costs only"
    assert terms.cap_fen is None or r.pool_fen <= max(0, terms.cap_fen - used.fund_fen), "S6: the cap holds"
    owed = max(0, terms.deductible_fen[0] - used.deductible_fen)
    assert terms.per_admission or r.pool_fen == 0 or r.deductible_fen == owed, "S6: the fund pays after the deductible"
    assert r.own_fen <= accounts.own_fen, "no account pays what it has not"
    assert not r.family or r.own_fen == accounts.own_fen, "S8: relatives pay when the own account is empty"
