"""Receipts (缴费票据): one valid receipt per premium, over everything that was paid of it (F8)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.billing.bills import Bill, Premium
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


class RedReceipt(NamedTuple):
    """What took a receipt back: its number, why, when."""

    red_no: str
    reason: str
    issued_us: int


def issue(tx: Tx, bill: Bill, amount_fen: int, *, delay_us: int = 0) -> None:
    """Write the receipt over everything paid of a premium, in the room of the one before; it may be seen later.

    Nothing is written over nothing.
    """
    tx.run(_REPLACE, *bill.premium)
    if not amount_fen:
        return
    # SBX keeps the number from being taken for a real one (payments.md §6).
    receipt_no = f"SBX{bill.region}{tx.next_number('number'):012d}"
    known = (bill.psn_no, receipt_no, bill.bill_id, bill.region, bill.insutype, bill.year, amount_fen)
    tx.run(f"INSERT INTO receipts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, 'VALID', ?)", *known, tx.now_us + delay_us)


def flush(tx: Tx, premium: Premium, reason: str) -> str | None:
    """Take the valid receipt of a premium back by a red one (冲红), where there is one; return the red number."""
    where = "psn_no = ? AND region = ? AND insutype = ? AND year = ? AND state = 'VALID'"
    row = tx.one(f"SELECT receipt_no FROM receipts WHERE {where}", *premium)
    if row is None:
        return None
    tx.run(f"UPDATE receipts SET state = 'FLUSHED' WHERE {where}", *premium)
    red_no = f"SBXR{premium.region}{tx.next_number('number'):012d}"
    tx.run(
        "INSERT INTO red_receipts (psn_no, red_no, receipt_no, reason, issued_us) VALUES (?, ?, ?, ?, ?)",
        *(premium.psn_no, red_no, row[0], reason, tx.now_us),
    )
    return red_no


def red(tx: Tx, found: Receipt) -> RedReceipt | None:
    """Return what took a receipt back, if anything did."""
    row = tx.one(
        "SELECT red_no, reason, issued_us FROM red_receipts WHERE psn_no = ? AND receipt_no = ?",
        *(found.psn_no, found.receipt_no),
    )
    return None if row is None else RedReceipt(*row)


def check_code(found: Receipt) -> str:
    """Return what proves that somebody holds a receipt: it follows from facts that only the receipt brings together."""
    text = f"{found.psn_no}\n{found.receipt_no}\n{found.amount_fen}\n{found.issued_us}"
    return hashlib.sha256(text.encode()).hexdigest()[:20].upper()


def verified(tx: Tx, receipt_no: str, code: str) -> Receipt:
    """Return a receipt to whoever holds it; a wrong code is answered like a number that does not exist."""
    known = receipt_no.isprintable() and code.isascii()
    sql = f"SELECT {_COLUMNS} FROM receipts WHERE receipt_no = ? AND issued_us <= ?"
    row = tx.one(sql, receipt_no, tx.now_us) if known else None
    if row is None or not hmac.compare_digest(check_code(_receipt(row)), code.upper()):
        raise NotFound("缴费票据不存在或校验码不正确")
    return _receipt(row)


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
