"""Split millions of claims at once: the sums of `split` over columns of int64, to the same fen.

`Rules` turns the terms of many kinds of visits into columns; each claim names a row of it. `Lines` are the charged
items of all claims, one claim after the other. `settle_batch` reads accumulators claim by claim, or carries them on
from claim to claim in the book (a person's policy year) that each claim names. Nothing here is a float.

Needs numpy (the extra `bulk`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import PPM
from yibaobox.domain.policy.claim import ROLES, Accumulators
from yibaobox.domain.policy.columns import GRADES, NO_LIMIT, Claims, Column, Lines, Splits, check, summed
from yibaobox.domain.policy.terms import Terms

__all__ = ["Claims", "Lines", "Rules", "Splits", "settle_batch"]

_SHARED, _OUTSIDE = GRADES.index("B"), GRADES.index("C")
_HALF: Final = PPM // 2
_WORD: Final = 16
_CHUNK: Final = 1 << 14  # claims at a time: temporaries stay in the cache of the processor


_SELDOM: Final = frozenset({"major_fen", "aid_deductible_fen", "aid_fen"})  # written only where a rule has them
_AMOUNTS: Final = tuple(field.name for field in fields(Splits))[:-1]


class Rules:
    """Terms as columns: figures by row, and the bucket in which each role of an accumulator is kept."""

    def __init__(self, entries: Sequence[tuple[Terms, Sequence[str]]]) -> None:
        """Take the terms of each row with its buckets in the order of ROLES."""
        terms = [entry[0] for entry in entries]
        if not terms:
            raise InvalidInput("没有可用的结算规则")
        self.buckets: tuple[str, ...] = tuple(dict.fromkeys(name for _, names in entries for name in names))
        places = {name: place for place, name in enumerate(self.buckets)}
        self.slots = _matrix([[places[name] for name in names] for _, names in entries]).T.copy()
        self.shared = {role for role, row in zip(ROLES, self.slots, strict=True) if (row == row[0]).all()}
        self.deductible = _padded([list(one.deductible_fen) for one in terms]).T.copy()
        self.per_admission = _column([one.per_admission for one in terms])
        self.ratio = _column([one.ratio_ppm for one in terms])
        self.factor = _column([one.factor_ppm for one in terms])
        self.away = _column([one.away_first_pay_ppm for one in terms])
        self.cap = _column([_limit(one.cap_fen) for one in terms])
        self.first_pay = _column([one.class_b_first_pay_ppm for one in terms])
        self.pays_all = _column([one.account_pays == "personal_all" for one in terms])
        width = max(len(one.bands) for one in terms)
        self.bands = [_band(terms, place) for place in range(width)]
        self.has_bands = _column([bool(one.bands) for one in terms])
        self.major_cap = _column([_limit(one.major_cap_fen) for one in terms])
        aids = [one.aid or (0, 0, 0) for one in terms]
        self.aid = tuple(_column([_limit(aid[place]) for aid in aids]) for place in range(3))
        self.knows = {
            "admissions": bool(self.per_admission.any()),
            "factor": bool((self.factor != PPM).any()),
            "away": bool(self.away.any()),
            "aid": any(one.aid is not None for one in terms),
            "pays_all": bool(self.pays_all.any()),
        }

    def __len__(self) -> int:
        return len(self.ratio)

    def book(self, used: Accumulators, rule: int) -> Column:
        """Accumulators as a row of books, in the buckets of a rule."""
        row = np.zeros(len(self.buckets), np.int64)
        row[self.slots[:, rule]] = used.figures
        return row


def settle_batch(rules: Rules, claims: Claims, books: Column | None = None, book: Column | None = None) -> Splits:
    """Split all claims. `books` holds accumulators [book, bucket]; `book` names the book of each claim.

    Claims of one book are settled in the order in which they stand, each after the ones before. Without `book`, claim i
    reads row i and nothing is carried on; without `books` nothing was used up before. The columns given are not
    changed; `books` of the result is a new one.
    """
    check((len(rules), len(rules.buckets)), claims, books, book)
    count = len(claims.rule)
    kept = np.zeros((len(rules.buckets), 0), np.int64) if books is None else books.T.copy()  # bucket by bucket
    amounts = {name: np.zeros(count, np.int64) if name in _SELDOM else np.empty(count, np.int64) for name in _AMOUNTS}
    result = Splits(**amounts, books=kept)
    barred = None if claims.lines.barred is None else np.empty(count, np.int64)
    pieces = [slice(begin, min(begin + _CHUNK, count)) for begin in range(0, count, _CHUNK)]
    for piece in pieces:
        _value(rules, claims, result, barred, piece)
        if book is None:
            own = None if books is None else np.arange(piece.start, piece.stop, dtype=np.int64)
            _fund(rules, claims.rule, result, piece, own)
            _pay(rules, claims, result, barred, piece)
    if book is not None:
        for rows, named in _turns(book):
            _fund(rules, claims.rule, result, rows, named)
        for piece in pieces:
            _pay(rules, claims, result, barred, piece)
    return replace(result, books=kept.T.copy())


def _value(rules: Rules, claims: Claims, result: Splits, barred: Column | None, piece: slice) -> None:
    """The catalogue split: total, outside, over the ceiling, first pay, eligible, and what is barred from accounts."""
    lines, rule = claims.lines, claims.rule[piece]
    begin, end = int(lines.starts[piece.start]), int(lines.starts[piece.stop])
    counts = np.diff(lines.starts[piece.start : piece.stop + 1])
    single = bool((counts == 1).all())
    of = rule if single else np.repeat(rule, counts)
    amount, grade = lines.amount_fen[begin:end], lines.grade[begin:end]
    inside = np.where(grade == _OUTSIDE, 0, amount)
    within = inside
    if lines.ceiling_fen is not None:
        ceiling = lines.ceiling_fen[begin:end]
        within = np.where(ceiling >= 0, np.minimum(inside, ceiling), inside)
    share = np.where(grade == _SHARED, rules.first_pay.take(of), 0)
    if lines.first_pay_ppm is not None:
        own = lines.first_pay_ppm[begin:end]
        share = np.where(own >= 0, own, share)
    first = _divided(within * share)
    columns = [amount, amount - inside, inside - within, first, within - first]
    if lines.barred is not None:
        columns.append(within * lines.barred[begin:end])
    sums = columns if single else [summed(column, counts) for column in columns]
    if rules.knows["away"]:
        taken = _divided(sums[4] * rules.away.take(rule))
        sums[3], sums[4] = sums[3] + taken, sums[4] - taken
    if barred is not None:
        barred[piece] = sums.pop()
    for name, column in zip(_AMOUNTS, sums, strict=False):
        getattr(result, name)[piece] = column


def _pay(rules: Rules, claims: Claims, result: Splits, barred: Column | None, piece: slice) -> None:
    """What is left for accounts and cash when the funds have paid."""
    total, eligible, rule = result.total_fen[piece], result.eligible_fen[piece], claims.rule[piece]
    base = eligible - result.deductible_fen[piece]
    paid = result.pool_fen[piece] + result.major_fen[piece] + result.aid_fen[piece]
    closed = paid if barred is None else paid + barred[piece]
    payable = np.maximum(eligible + result.first_pay_fen[piece] - closed, 0)
    limit = np.maximum(payable, (total - closed) * rules.pays_all.take(rule)) if rules.knows["pays_all"] else payable
    nothing = np.zeros_like(total)
    own = nothing if claims.own_fen is None else np.minimum(claims.own_fen[piece], limit)
    rest = np.maximum(payable - own, 0)
    family = nothing if claims.family_fen is None else np.minimum(claims.family_fen[piece], rest)
    result.pool_base_fen[piece], result.line_fen[piece] = base, _line(rules, rule, base)
    result.payable_fen[piece], result.own_fen[piece], result.family_fen[piece] = payable, own, family
    result.cash_fen[piece] = total - paid - own - family


def _fund(rules: Rules, rule_of: Column, result: Splits, rows: Any, book: Column | None) -> None:
    """What the funds pay for some claims, of which no two are of one book; what they add is written into the books."""
    rule, eligible = rule_of[rows], result.eligible_fen[rows]
    used = _Used(rules, rule, result.books, book)
    owed = np.minimum(_owed(rules, rule, used), eligible)
    line = _line(rules, rule, eligible - owed)
    pool = np.minimum(line, np.maximum(rules.cap.take(rule) - used.read("fund"), 0))
    result.deductible_fen[rows], result.pool_fen[rows] = owed, pool
    used.add("deductible", owed)
    used.add("fund", pool)
    if rules.knows["admissions"]:
        used.add("admissions", rules.per_admission.take(rule))
    major = _major(rules, rule, eligible - pool, used) if rules.bands else 0
    if rules.bands:
        result.major_fen[rows] = major
    if rules.knows["aid"]:
        threshold, aid = _aid(rules, rule, eligible - pool - major, used)
        result.aid_deductible_fen[rows], result.aid_fen[rows] = threshold, aid


class _Used:
    """The accumulators of some claims in the books; without books nothing was used up, and nothing is kept."""

    def __init__(self, rules: Rules, rule: Column, books: Column, book: Column | None) -> None:
        self._rules, self._rule = rules, rule
        self._flat = books.reshape(-1)
        self._book, self._count = book, books.shape[1]
        self._known: dict[str, tuple[Column, Column]] = {}  # role → where it is kept, what was there

    def read(self, role: str) -> Any:
        """What was used up in a role."""
        if self._book is None:
            return 0
        begins = self._rules.slots[ROLES.index(role)] * self._count
        at = self._book + (begins[0] if role in self._rules.shared else begins.take(self._rule))
        known = self._known[role] = (at, self._flat.take(at))
        return known[1]

    def add(self, role: str, figures: Column) -> None:
        """Add what these claims use up in a role that was read before."""
        if self._book is not None:
            at, before = self._known[role]
            self._flat[at] = before + figures


def _owed(rules: Rules, rule: Column, used: _Used) -> Column:
    """What is still owed of the deductible: of the year, or of this admission."""
    yearly: Column = np.maximum(rules.deductible[0].take(rule) - used.read("deductible"), 0)
    if not rules.knows["admissions"]:
        return yearly
    turn = np.minimum(used.read("admissions"), len(rules.deductible) - 1)
    return np.where(rules.per_admission.take(rule) != 0, rules.deductible[turn, rule], yearly)


def _line(rules: Rules, rule: Column, base: Column) -> Column:
    """Base × ratio × factor, half up once; the factor is multiplied in two steps, since the product leaves int64."""
    product = base * rules.ratio.take(rule)
    if not rules.knows["factor"]:
        return _divided(product)
    factor = rules.factor.take(rule)
    high, low = product // PPM, product % PPM
    return _divided(high * factor + (low * factor) // PPM)


def _divided(product: Column) -> Column:
    """A product with parts per million, half up."""
    quotient: Column = (product + _HALF) // PPM
    return quotient


def _major(rules: Rules, rule: Column, left: Column, used: _Used) -> Column:
    """What the bands pay of the in-policy part that the person has borne this year."""
    borne = left * rules.has_bands.take(rule)
    before = used.read("base")
    after, paid = before + borne, np.zeros_like(borne)
    for over, top, ppm in rules.bands:
        low, high = np.maximum(before, over.take(rule)), np.minimum(after, top.take(rule))
        paid += np.maximum(high - low, 0) * ppm.take(rule)
    major: Column = np.minimum(_divided(paid), np.maximum(rules.major_cap.take(rule) - used.read("major"), 0))
    used.add("base", borne)
    used.add("major", major)
    return major


def _aid(rules: Rules, rule: Column, left: Column, used: _Used) -> tuple[Column, Column]:
    """What of the yearly threshold is used, and what medical aid pays of the rest."""
    deductible, ratio, cap = (column.take(rule) for column in rules.aid)
    threshold = np.minimum(left, np.maximum(deductible - used.read("aid_deductible"), 0))
    aid = np.minimum(_divided((left - threshold) * ratio), np.maximum(cap - used.read("aid"), 0))
    used.add("aid_deductible", threshold)
    used.add("aid", aid)
    return threshold, aid


def _turns(book: Column) -> Iterator[tuple[Column, Column]]:
    """Claims and their books in rounds: the first of each book, then the second of each …: no round has one twice."""
    if not len(book):
        return
    order = _ordered(book)
    ordered = book[order]
    starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    rank = np.arange(len(book), dtype=np.int64)
    rank -= np.repeat(starts, np.diff(starts, append=len(book)))
    by_rank = _ordered(rank)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(rank))]).tolist()
    for low, high in pairwise(bounds):
        for begin in range(low, high, _CHUNK):
            some = by_rank[begin : min(begin + _CHUNK, high)]
            yield order[some], ordered[some]


def _ordered(column: Column) -> Column:
    """The stable order of a column of small whole numbers, sixteen bits at a time: numpy sorts those by radix."""
    order = np.argsort(column.astype(np.uint16), kind="stable")
    high = column >> _WORD
    while high.any():
        order = order[np.argsort(high[order].astype(np.uint16), kind="stable")]
        high = high >> _WORD
    return order


def _limit(amount: int | None) -> int:
    """A limit; none is one that nothing reaches."""
    return NO_LIMIT if amount is None else amount


def _column(values: Sequence[int]) -> Column:
    """A column of whole numbers."""
    return np.array(values, dtype=np.int64)


def _matrix(rows: Sequence[Sequence[int]]) -> Column:
    """Rows of whole numbers."""
    return np.array(rows, dtype=np.int64)


def _padded(rows: Sequence[Sequence[int]]) -> Column:
    """Rows made equally long by repeating the last figure."""
    width = max(len(row) for row in rows)
    return _matrix([[*row, *[row[-1]] * (width - len(row))] for row in rows])


def _band(terms: Sequence[Terms], place: int) -> tuple[Column, Column, Column]:
    """The band at one place of every row: from, up to, share; rows with fewer bands have an empty one."""
    bands = [one.bands[place] if place < len(one.bands) else (0, 0, 0) for one in terms]
    overs, tops, shares = zip(*bands, strict=True)
    return _column(overs), _column([_limit(top) for top in tops]), _column(shares)
