"""Waivers (资助免缴): bills that somebody recognised for assistance need not pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from yibaobox.domain.billing.bills import Bill
    from yibaobox.domain.store.tx import Tx


class Waiver(NamedTuple):
    """Why a bill was waived, and the benefit period that it brought all the same."""

    reason: str
    period_id: int
    created_us: int


def write(tx: Tx, bill: Bill, reason: str, period_id: int) -> None:
    """Write that a bill is waived; it is void already."""
    tx.run(
        "INSERT INTO waivers (psn_no, bill_id, reason, period_id, created_us) VALUES (?, ?, ?, ?, ?)",
        *(bill.psn_no, bill.bill_id, reason, period_id, tx.now_us),
    )


def find(tx: Tx, bill: Bill) -> Waiver | None:
    """Return the waiver of a bill, if any."""
    sql = "SELECT reason, period_id, created_us FROM waivers WHERE psn_no = ? AND bill_id = ?"
    row = tx.one(sql, bill.psn_no, bill.bill_id)
    return None if row is None else Waiver(*row)
