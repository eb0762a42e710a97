"""Split a bill between the funds, the accounts and cash: pure, whole fen, one rounding for each fund line.

Order: catalogue (class C, over the ceiling, first pay of class B) → out of area → deductible → ratio → half up → cap →
major-illness bands → half up → cap → medical aid → half up → cap → own account → family accounts → cash. Reliability
rules S1–S4, S6 and S8 are asserted. `figures` is what `batch` does with columns; a test holds the two together.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import FEN_MAX, PPM
from yibaobox.domain.policy.claim import Accounts, Accumulators, Claim, Line, LineSplit, Standing, Step
from yibaobox.domain.policy.terms import Policy, Terms

_HALF: Final = PPM // 2
_PPM2: Final = PPM * PPM
_COVERED: Final = frozenset("AB")
_HALF2: Final = _PPM2 // 2


class Funds(NamedTuple):
    """What the funds make of the eligible part of a bill."""

    deductible_fen: int
    pool_base_fen: int
    line_fen: int  # what the ratio gives before the cap
    pool_fen: int
    major_fen: int
    aid_deductible_fen: int
    aid_fen: int


class _Figures(NamedTuple):
    """All amounts of a split, in the order in which they are found, and what they were found from."""

    total_fen: int
    out_of_catalogue_fen: int
    over_limit_fen: int
    first_pay_fen: int
    eligible_fen: int
    deductible_fen: int
    pool_base_fen: int
    line_fen: int
    pool_fen: int
    major_fen: int
    aid_deductible_fen: int
    aid_fen: int
    payable_fen: int  # the most that accounts may pay under `pays`
    own_fen: int
    family: tuple[tuple[str, int], ...]  # (giver, paid_fen), givers that pay nothing left out
    cash_fen: int
    used: Accumulators  # as they were before this visit
    terms: Terms
    claim: Claim


class Split(_Figures):
    """Who pays what. total = pool + major + aid + own + family + cash, to the fen."""

    __slots__ = ()

    @property
    def fund_fen(self) -> int:
        """All funds together."""
        return self.pool_fen + self.major_fen + self.aid_fen

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
    def delta(self) -> Accumulators:
        """What this visit adds to the accumulators."""
        borne = self.eligible_fen - self.pool_fen if self.terms.bands else 0
        admissions = 1 if self.terms.per_admission else 0
        pool = (self.deductible_fen, self.pool_fen, borne, self.major_fen, admissions)
        return Accumulators(*pool, self.aid_deductible_fen, self.aid_fen)

    @property
    def lines(self) -> tuple[LineSplit, ...]:
        """What the catalogue makes of each line."""
        return tuple(line_split(line, self.terms) for line in self.claim.lines)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reply must say about illustrative figures."""
        return self.terms.warnings

    @property
    def trace(self) -> tuple[Step, ...]:
        """How the figures came about, step by step."""
        return tuple(Step(*step) for step in steps_of(self))


_Trace = list[tuple[str, int, tuple[int | None, ...], str]]


def settle(
    policy: Policy, claim: Claim, accumulators: Accumulators, accounts: Accounts, trace: _Trace | None = None
) -> Split:
    """Split a claim under a policy; pure. What happened is appended to `trace`, step by step, in the shape of Step.

    Refuses PolicyGap where the tables have no figure, and InvalidInput for an impossible line.
    """
    terms = policy.terms(claim.standing)
    total, out, over, first, eligible, barred = _catalogue(claim.lines, terms)
    funds = fund(terms, eligible, accumulators)
    paid = funds[3] + funds[4] + funds[6]
    payable = eligible + first - paid - barred
    payable = max(payable, 0)
    opened = total - paid - barred if terms.account_pays == "personal_all" else payable
    own = accounts.own_fen
    if own > opened:
        own = max(payable, opened)
    family, given = _family(accounts.family, payable - own) if accounts.family else ((), 0)
    cash = total - paid - own - given
    costs = (total, out, over, first, eligible)
    split = Split._make((*costs, *funds, payable, own, family, cash, accumulators, terms, claim))
    _check(split, accounts)
    if trace is not None:
        trace += steps_of(split)
    return split


def split(policy: Policy, bill: tuple[Line, ...], standing: Standing, used: Accumulators, accounts: Accounts) -> Split:
    """Split a bill; `settle` with the claim taken apart."""
    return settle(policy, Claim(bill, standing), used, accounts)


def line_split(line: Line, terms: Terms) -> LineSplit:
    """Divide one line into what the catalogue excludes, the first pay and the eligible rest."""
    _, out, over, first, eligible, _ = _catalogue((line,), terms, away=False)
    return LineSplit(out, over, first, eligible)


def _catalogue(bill: tuple[Line, ...], terms: Terms, *, away: bool = True) -> tuple[int, int, int, int, int, int]:
    """Add up the lines: total, outside, over the ceiling, first pay, eligible, and what is barred from accounts."""
    total = out = over = first = barred = 0
    default, uses_forbidden = terms.class_b_first_pay_ppm, terms.uses_forbidden
    for amount, grade, share, ceiling, code, account_ok, use in bill:
        if type(amount) is not int or not 0 <= amount <= FEN_MAX:
            raise InvalidInput("费用金额必须为非负整数分", item=code, amount_fen=str(amount))
        total += amount
        if grade == "C":
            out += amount
            continue
        within = amount
        if ceiling is not None and amount > ceiling:
            within = ceiling
            over += amount - ceiling
        if grade != "A" or share or within is not amount:
            ppm = (default if grade == "B" else 0) if share is None else share
            if (
                grade not in _COVERED
                or type(ppm) is not int
                or type(within) is not int
                or not 0 <= ppm <= PPM
                or within < 0
            ):
                raise InvalidInput("目录等级、先行自付比例或限价无效", item=code, grade=grade)
            first += (within * ppm + _HALF) // PPM
        if not account_ok or use in uses_forbidden:
            barred += within
    eligible = total - out - over - first
    taken = (eligible * terms.away_first_pay_ppm + _HALF) // PPM if away else 0
    return total, out, over, first + taken, eligible - taken, barred


def fund(terms: Terms, eligible: int, used: Accumulators) -> Funds:
    """Deductible, base, the line before the cap, the pooled fund, major illness and medical aid."""
    if terms.per_admission:
        owed = terms.standard_fen(used.admissions)
    else:
        owed = terms.deductible_fen[0] - used.deductible_fen
        owed = max(owed, 0)
    owed = min(owed, eligible)
    base = eligible - owed
    line = pool = (base * terms.ratio_ppm * terms.factor_ppm + _HALF2) // _PPM2
    if terms.cap_fen is not None:
        pool = min(line, max(0, terms.cap_fen - used.fund_fen))
    major = _major(eligible - pool, terms, used) if terms.bands else 0
    threshold, aid = _aid(eligible - pool - major, terms, used) if terms.aid is not None else (0, 0)
    return Funds._make((owed, base, line, pool, major, threshold, aid))


def _major(borne: int, terms: Terms, used: Accumulators) -> int:
    """What major-illness insurance pays of the in-policy part that the person has borne so far this year."""
    before, after = used.major_base_fen, used.major_base_fen + borne
    paid = 0
    for over, top, ppm in terms.bands:
        low, high = max(before, over), after if top is None else min(after, top)
        paid += max(0, high - low) * ppm
    line = (paid + _HALF) // PPM
    return line if terms.major_cap_fen is None else min(line, max(0, terms.major_cap_fen - used.major_fen))


def _aid(left: int, terms: Terms, used: Accumulators) -> tuple[int, int]:
    """What of the yearly threshold of medical aid this visit uses, and what aid pays of the rest inside policy."""
    assert terms.aid is not None, "asked only where there is aid"
    deductible, ratio, cap = terms.aid
    owed = min(left, max(0, deductible - used.aid_deductible_fen))
    line = ((left - owed) * ratio + _HALF) // PPM
    return owed, line if cap is None else min(line, max(0, cap - used.aid_fen))


def _family(givers: tuple[tuple[str, int], ...], owed: int) -> tuple[tuple[tuple[str, int], ...], int]:
    """Drain the relatives' accounts in their order; who paid what, and the sum."""
    paid: list[tuple[str, int]] = []
    left = max(0, owed)
    for giver, balance in givers:
        part = min(balance, left)
        if part > 0:
            paid.append((giver, part))
            left -= part
    return tuple(paid), max(0, owed) - left


def _check(result: Split, accounts: Accounts) -> None:
    """Assert what must hold of every split (reliability S1–S4, S6, S8)."""
    total, out, over, first, eligible, owed, _, _, pool, major, threshold, aid, _, own, family, cash, used, terms, _ = (
        result
    )
    given = sum([paid for _, paid in family]) if family else 0
    assert out + over + first + eligible == total, "S4: the four kinds of cost add up to the bill"
    assert pool + major + aid + own + given + cash == total, "S1, S2: every fen is paid once"
    assert min(out, over, first, owed, pool, major, threshold, aid, own, cash) >= 0, "S4: nothing is negative"
    assert pool + major + aid <= eligible, "S4: funds pay eligible costs only"
    assert terms.cap_fen is None or pool <= terms.cap_fen - used.fund_fen or pool == 0, "S6: the cap holds"
    still = terms.deductible_fen[0] - used.deductible_fen
    assert pool == 0 or terms.per_admission or owed == still or owed == 0 >= still, "S6: pays after the deductible"
    assert own <= accounts.own_fen, "no account pays what it has not"
    assert not family or own == accounts.own_fen, "S8: relatives pay when the own account is empty"


def steps_of(split: Split) -> _Trace:
    """How the figures came about, step by step, in the shape of Step."""
    (total, out, over, first, eligible, owed, base, line, pool, major, threshold, aid, payable, own, family, cash) = (
        split[:16]
    )
    used, terms = split[16], split[17]
    before = None if terms.per_admission else used.deductible_fen  # each stay owes its own
    found: _Trace = [
        ("total", total, (), ""),
        ("out_of_catalogue", out, (), ""),
        ("over_limit", over, (), ""),
        ("first_pay", first, (terms.class_b_first_pay_ppm, terms.away_first_pay_ppm), "first_pay"),
        ("eligible", eligible, (total, out, over, first), ""),
        ("deductible", owed, (terms.standard_fen(used.admissions), before), "deductible"),
        ("pool_base", base, (eligible, owed), ""),
        ("pool_line", line, (base, terms.ratio_ppm, terms.factor_ppm), "ratio"),
        ("pool", pool, (line, terms.cap_fen, used.fund_fen), "cap"),
    ]
    if terms.bands:
        found.append(("major", major, (eligible - pool, used.major_base_fen), "bands"))
    if terms.aid is not None:
        left = eligible - pool - major
        found.append(("aid", aid, (left, threshold, *terms.aid, used.aid_fen), "medical_aid.ratio"))
    found += (
        ("payable", payable, (), "pays"),
        ("own", own, (), ""),
        ("family", sum([paid for _, paid in family]), (), ""),
        ("cash", cash, (), ""),
    )
    return found
