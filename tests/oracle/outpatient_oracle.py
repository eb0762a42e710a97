"""A second opinion on outpatient settlement for employees of Panzhihua, written from the policy text with fractions.

Seed 004 L79: active: deductible 200; level 3 and pharmacies 50 %, level 2 and below 60 %; at most 1000 a year.
L80: retired: 150; 55 %, 65 %; 1500. L71: accounts pay the person's part inside policy. L135: the own account first,
relatives only when it stands at zero. Class B first pays its own share of each item, class C is outside, so is what
exceeds a ceiling.
Imports nothing of the product.
"""

from fractions import Fraction
from math import floor

DEDUCTIBLE = {"active": Fraction(200), "retired": Fraction(150)}
HIGH = {"active": Fraction(50, 100), "retired": Fraction(55, 100)}
LOW = {"active": Fraction(60, 100), "retired": Fraction(65, 100)}
CAP = {"active": Fraction(1000), "retired": Fraction(1500)}
HIGH_LEVELS = ("L3", "L3A", "L3B", "pharmacy")
DEFAULT_FIRST_PAY = Fraction(1, 10)


def to_fen(yuan):
    """Round yuan to the nearest fen, a half upwards, and give the result in yuan."""
    return Fraction(floor(yuan * 100 + Fraction(1, 2)), 100)


def item(amount, grade, first_pay, ceiling):
    """(inside policy and eligible, first pay, excluded) of one charged item, in yuan."""
    if grade == "C":
        return Fraction(0), Fraction(0), amount
    within = amount if ceiling is None else min(amount, ceiling)
    if first_pay is None:
        first_pay = DEFAULT_FIRST_PAY if grade == "B" else Fraction(0)
    first = to_fen(within * first_pay)
    return within - first, first, amount - within


def settle(person, level, items, used, own, relatives):
    """Who pays what of a bill, in yuan; `used` = (deductible used, fund paid) of the year so far."""
    parts = [item(*entry) for entry in items]
    eligible = sum((part[0] for part in parts), Fraction(0))
    first_pay = sum((part[1] for part in parts), Fraction(0))
    bill = sum((entry[0] for entry in items), Fraction(0))

    still_owed = DEDUCTIBLE[person] - used[0] if used[0] < DEDUCTIBLE[person] else Fraction(0)
    deductible = min(still_owed, eligible)
    ratio = HIGH[person] if level in HIGH_LEVELS else LOW[person]
    fund = to_fen((eligible - deductible) * ratio)
    left_this_year = CAP[person] - used[1] if used[1] < CAP[person] else Fraction(0)
    fund = min(fund, left_this_year)

    to_pay = eligible + first_pay - fund
    from_own = min(to_pay, own)
    to_pay -= from_own
    from_relatives = []
    for balance in relatives:
        part = min(to_pay, balance)
        from_relatives.append(part)
        to_pay -= part
    cash = bill - fund - from_own - sum(from_relatives, Fraction(0))
    return {
        "deductible": deductible,
        "fund": fund,
        "own": from_own,
        "relatives": from_relatives,
        "cash": cash,
        "eligible": eligible,
    }
