"""Returns: rows of a stay with a negative count, that take back part of an earlier row.

What is left of a row is valued as if it had been charged alone, and a return is the difference that it makes. So the
rows of a stay add up to what is left, to the fen, whatever was rounded on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from yibaobox.domain.errors import AmountMismatch, Conflicting, InvalidInput, NotFound
from yibaobox.domain.money import format_yuan, row_fen
from yibaobox.domain.visits.fees import Fee, NewFee, fees_of, next_place, parts_of, remove_rows, valued_row, write

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx
    from yibaobox.domain.visits.visits import Visit


def upload_with_returns(tx: Tx, visit: Visit, rows: Sequence[NewFee]) -> list[Fee]:
    """Write rows of a stay, returns among them, and return them as the catalogue values them."""
    first, fees, uploads = next_place(tx, visit), list[Fee](), dict[str, int]()
    known = fees_of(tx, visit) if any(row.returns is not None for row in rows) else []
    for place, row in enumerate(rows, first):
        earlier = [*known, *fees]
        at = place, uploads.setdefault(row.batch, place)
        fees.append(valued_row(visit, row, *at) if row.returns is None else valued_return(visit, row, *at, earlier))
    return write(tx, visit, rows, fees)


def remove_with_returns(tx: Tx, visit: Visit, feedetl_sn: str) -> int:
    """Remove one unsettled row and return how many there were; what was returned of it goes first, the newest first."""
    rows = fees_of(tx, visit)
    gone = next((row for row in rows if row.feedetl_sn == feedetl_sn), None)
    if gone is None or gone.setl_id is not None:
        return 0
    about = gone.returns or gone.feedetl_sn
    if any(row.returns == about and row.place > gone.place for row in rows):
        raise Conflicting("该费用明细之后还有退费，请先撤销退费明细")
    return remove_rows(tx, visit, [gone], rows)


def netted(fees: Sequence[Fee]) -> list[Fee]:
    """Return what is left of each row once returns are taken off, rows that are wholly returned left out."""
    left = {fee.feedetl_sn: fee for fee in fees if fee.returns is None}
    for fee in fees:
        if fee.returns is not None:
            left[fee.returns] = _with(left[fee.returns], fee)
    return [fee for fee in left.values() if fee.amount_fen]


def valued_return(visit: Visit, row: NewFee, place: int, upload: int, earlier: Sequence[Fee]) -> Fee:
    """Value a return by what is left of its row before and after it."""
    original = _original(row, earlier)
    _check(row, original)
    before = original
    for fee in earlier:
        before = _with(before, fee) if fee.returns == original.feedetl_sn else before
    count, amount = before.count_e4 + row.count_e4, before.amount_fen + row.amount_fen
    if count < 0 or amount < 0:
        raise InvalidInput(f"费用明细 {row.feedetl_sn} 的退费超过原费用 {original.feedetl_sn} 的余量", field="cnt")
    price = row.item.ceiling_price
    ceiling = None if price is None else row_fen(count, price)
    parts = parts_of(amount, original.grade, original.first_pay_ppm, ceiling)
    out, over, first, eligible = (after - was for after, was in zip(parts, before.parts, strict=True))
    return Fee(
        *(visit.psn_no, visit.visit_id, row.feedetl_sn, upload, place, original.item, original.grade),
        *(row.count_e4, row.price_e6, row.amount_fen, original.first_pay_ppm),
        None if ceiling is None else ceiling - (before.ceiling_fen or 0),
        *(out, over, first, eligible),
        charged_on=row.charged_on,
        returns=original.feedetl_sn,
        batch=row.batch,
    )


def _original(row: NewFee, earlier: Sequence[Fee]) -> Fee:
    found = next((fee for fee in earlier if fee.feedetl_sn == row.returns and fee.returns is None), None)
    if found is None:
        raise NotFound(f"退费明细 {row.feedetl_sn} 所指的原费用 {row.returns} 不存在")
    if found.setl_id is not None:
        raise Conflicting(f"原费用 {row.returns} 已结算，须先撤销结算再退费")
    return found


def _check(row: NewFee, original: Fee) -> None:
    """Refuse a return of another item, at another price, or whose amount is not count times price."""
    if (row.item.code, row.price_e6) != (original.item, original.price_e6):
        raise InvalidInput(f"退费明细 {row.feedetl_sn} 的项目、单价须与原费用一致", field="med_list_codg")
    expected = row_fen(row.count_e4, row.price_e6)
    if row.amount_fen != expected:
        raise AmountMismatch(
            f"费用明细 {row.feedetl_sn} 的总额 {format_yuan(row.amount_fen)} 与数量×单价 {format_yuan(expected)} 不符",
            feedetl_sn=row.feedetl_sn,
        )


def _with(left: Fee, taken: Fee) -> Fee:
    """Return a row together with what a return changes about it."""
    ceiling = None if left.ceiling_fen is None else left.ceiling_fen + (taken.ceiling_fen or 0)
    return left._replace(
        count_e4=left.count_e4 + taken.count_e4,
        amount_fen=left.amount_fen + taken.amount_fen,
        ceiling_fen=ceiling,
        out_fen=left.out_fen + taken.out_fen,
        over_fen=left.over_fen + taken.over_fen,
        first_pay_fen=left.first_pay_fen + taken.first_pay_fen,
        eligible_fen=left.eligible_fen + taken.eligible_fen,
    )
