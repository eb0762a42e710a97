"""Claims as columns of int64, and what makes them impossible. Needs numpy (the extra `bulk`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import PPM

Column: TypeAlias = npt.NDArray[np.int64]
GRADES: Final = "ABC"  # a line's grade is its place in here
AMOUNT_MAX: Final = 9 * 10**12  # fen of a claim; above, a product with parts per million leaves int64
NO_LIMIT: Final = 2**62


@dataclass(frozen=True, slots=True)
class Lines:
    """The items of all claims: those of claim i stand at starts[i] … starts[i + 1] − 1."""

    starts: Column
    amount_fen: Column
    grade: Column  # place in GRADES
    first_pay_ppm: Column | None = None  # −1: class B takes the region's default, class A none
    ceiling_fen: Column | None = None  # −1: none
    barred: Column | None = None  # 1: never from an account


@dataclass(frozen=True, slots=True)
class Claims:
    """What is settled: a row of the rules for each claim, its items, the account money at hand."""

    rule: Column
    lines: Lines
    own_fen: Column | None = None
    family_fen: Column | None = None  # of all relatives together


@dataclass(frozen=True, slots=True)
class Splits:
    """Who pays what, a column for each amount; the names are those of `Split`."""

    total_fen: Column
    out_of_catalogue_fen: Column
    over_limit_fen: Column
    first_pay_fen: Column
    eligible_fen: Column
    deductible_fen: Column
    pool_base_fen: Column
    line_fen: Column
    pool_fen: Column
    major_fen: Column
    aid_deductible_fen: Column
    aid_fen: Column
    payable_fen: Column
    own_fen: Column
    family_fen: Column
    cash_fen: Column
    books: Column  # accumulators afterwards, [book, bucket]


def check(size: tuple[int, int], claims: Claims, books: Column | None, book: Column | None) -> None:
    """Refuse columns that are no whole numbers, do not fit together, or would leave int64; `size` is of the rules."""
    lines, count = claims.lines, len(claims.rule)
    per_line = (lines.amount_fen, lines.grade, lines.first_pay_ppm, lines.ceiling_fen, lines.barred)
    per_claim = (claims.rule, claims.own_fen, claims.family_fen, book)
    for column in (*per_line, *per_claim, lines.starts, books):
        if column is not None and column.dtype != np.int64:
            raise InvalidInput("批量结算只接受int64列", dtype=str(column.dtype))
    lengths = {len(column) for column in per_line if column is not None}
    if lengths != {len(lines.amount_fen)} or any(c is not None and len(c) != count for c in per_claim):
        raise InvalidInput("各列长度不一致")
    _check_starts(lines, count)
    _check_books(size[1], count, books, book)
    _between(claims.rule, 0, size[0] - 1, "rule")
    _between(lines.grade, 0, len(GRADES) - 1, "grade")
    _between(lines.first_pay_ppm, -1, PPM, "first_pay_ppm")
    _between(lines.ceiling_fen, -1, NO_LIMIT, "ceiling_fen")
    _between(lines.barred, 0, 1, "barred")
    _between(claims.own_fen, 0, NO_LIMIT, "own_fen")
    _between(claims.family_fen, 0, NO_LIMIT, "family_fen")


def _check_starts(lines: Lines, count: int) -> None:
    """The lines are divided among the claims, and no claim is too large."""
    starts, amounts = lines.starts, lines.amount_fen
    aligned = len(starts) == count + 1 and starts[0] == 0 and starts[-1] == len(amounts)
    if not aligned or (starts[1:] < starts[:-1]).any():
        raise InvalidInput("费用明细与结算单不对应", field="starts")
    _between(amounts, 0, AMOUNT_MAX, "amount_fen")
    if len(amounts) != count:
        _between(summed(amounts, np.diff(starts)), 0, AMOUNT_MAX, "amount_fen")


def _check_books(buckets: int, count: int, books: Column | None, book: Column | None) -> None:
    """The books have a column for each bucket, and a row for each claim or the rows that claims name."""
    if books is None:
        if book is not None:
            raise InvalidInput("缺少累计数", field="books")
        return
    if books.shape != (len(books), buckets) or (book is None and len(books) != count):
        raise InvalidInput("累计数的行列与规则不符", field="books")
    _between(books, 0, AMOUNT_MAX, "books")
    _between(book, 0, len(books) - 1, "book")


def _between(column: Column | None, low: int, high: int, name: str) -> None:
    """Refuse a column with a value outside its bounds, naming the first."""
    if column is None or not column.size or (column.min() >= low and column.max() <= high):
        return
    wrong = column.reshape(-1)[((column < low) | (column > high)).reshape(-1).argmax()]
    raise InvalidInput(f"{name}超出范围：{wrong}", field=name, value=int(wrong))


def summed(column: Column, counts: Column) -> Column:
    """Add up a column claim by claim; a claim without lines is zero."""
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(column)])
    ends = np.cumsum(counts)
    sums: Column = running[ends] - running[ends - counts]
    return sums
