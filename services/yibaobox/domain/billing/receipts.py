"""Receipts (缴费票据): one valid receipt per premium, over everything that was paid of it (F8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.billing.bills import Bill
    from yibaobox.domain.store.tx import Tx

_COLUMNS: Final = "psn_no, receipt_no, bill_id, region, insutype, year, amount_fen, state, issued_us"
_READ: Final = f"SELECT {_COLUMNS} FROM receipts WHERE psn_no = ?"
_REPLACE: Final = (
    "UPDATE receipts SET state = 'REPLACED'"
    " WHERE psn_no = ? AND region = ? AND insutype = ? AND year = ? AND state = 'VALID'"
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: VALID, REPLACED by one over a higher sum, or FLUSHED after a refund (冲红)."""

    psn_no: str
    receipt_no: str
    bill_id: int
    region: str
    insutype: str
    year: int
    amount_fen: int
    state: str
    issued_us: int


def issue(tx: Tx, bill: Bill, amount_fen: int, *, delay_us: int = 0) -> None:
    """Write the receipt over everything paid of a premium, in the room of the one before; it may be seen later."""
    tx.run(_REPLACE, *bill.premium)
    # SBX keeps the number from being taken for a real one (payments.md §6).
    receipt_no = f"SBX{bill.region}{tx.next_number('number'):012d}"
    known = (bill.psn_no, receipt_no, bill.bill_id, bill.region, bill.insutype, bill.year, amount_fen)
    tx.run(f"INSERT INTO receipts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, 'VALID', ?)", *known, tx.now_us + delay_us)


def get(tx: Tx, psn_no: str, receipt_no: str) -> Receipt:
    """Return a receipt of a person; refuse a number that is not theirs."""
    known = receipt_no.isprintable()
    row = tx.one(f"{_READ} AND receipt_no = ? AND issued_us <= ?", psn_no, receipt_no, tx.now_us) if known else None
    if row is None:
        raise NotFound("缴费票据不存在")
    return _receipt(row)


def of_person(tx: Tx, psn_no: str) -> list[Receipt]:
    """Return a person's receipts, the newest first."""
    sql = f"{_READ} AND issued_us <= ? ORDER BY issued_us DESC, receipt_no DESC"
    return [_receipt(row) for row in tx.query(sql, psn_no, tx.now_us)]


def valid(tx: Tx, bill: Bill) -> Receipt | None:
    """Return the valid receipt of the premium that a bill is a part of, if any."""
    sql = f"{_READ} AND region = ? AND insutype = ? AND year = ? AND state = 'VALID'"
    row = tx.one(f"{sql} AND issued_us <= ?", *bill.premium, tx.now_us)
    return None if row is None else _receipt(row)


def _receipt(row: tuple[Any, ...]) -> Receipt:
    return Receipt(*row)
