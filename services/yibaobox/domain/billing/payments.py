"""Payments: money that came in by an order, and what is owed back of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.billing.orders import Order
    from yibaobox.domain.store.tx import Tx

APPLIED: Final = "APPLIED"
SUSPENSE: Final = "SUSPENSE"
_COLUMNS: Final = (
    "psn_no, payment_id, order_id, bill_id, channel, channel_txn, amount_fen, disposition, reason, txn_id, paid_us,"
    " received_us"
)
_READ: Final = f"SELECT {_COLUMNS} FROM payments"
_INSERT: Final = f"INSERT INTO payments ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REFUND: Final = "psn_no, refund_id, payment_id, out_refund_no, amount_fen, state, reason, txn_id, created_us"


@dataclass(frozen=True, slots=True)
class Success:
    """What a channel says of a payment: its own number, how much, when (sandbox clock)."""

    channel: str
    channel_txn: str
    amount_fen: int
    paid_us: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What a channel says of a refund that went back to the payer."""

    channel: str
    out_refund_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment, applied to its bill or in suspense for a reason."""

    psn_no: str
    payment_id: int
    order_id: int
    bill_id: int
    channel: str
    channel_txn: str
    amount_fen: int
    disposition: str
    reason: str | None
    txn_id: int
    paid_us: int
    received_us: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money to be returned."""

    psn_no: str
    refund_id: int
    payment_id: int
    out_refund_no: str
    amount_fen: int
    state: str
    reason: str
    txn_id: int
    created_us: int


def find(tx: Tx, channel: str, channel_txn: str) -> Payment | None:
    """Return the payment that a channel gave a number, if it came in before."""
    row = tx.one(f"{_READ} WHERE channel = ? AND channel_txn = ?", channel, channel_txn)
    return None if row is None else _payment(row)


def record(tx: Tx, order: Order, success: Success, txn_id: int, reason: str | None = None) -> Payment:
    """Write a payment: applied, or in suspense for a reason."""
    payment_id = tx.next_number("number")
    tx.run(
        _INSERT,
        *(order.psn_no, payment_id, order.order_id, order.bill_id, success.channel, success.channel_txn),
        *(success.amount_fen, SUSPENSE if reason else APPLIED, reason, txn_id, success.paid_us, tx.now_us),
    )
    made = find(tx, success.channel, success.channel_txn)
    assert made is not None, "what was just written is there"
    return made


def owe(tx: Tx, payment: Payment, txn_id: int, reason: str) -> Refund:
    """Write that a payment is to be returned in full."""
    refund_id = tx.next_number("number")
    tx.run(
        f"INSERT INTO refunds ({_REFUND}) VALUES (?, ?, ?, ?, ?, 'DUE', ?, ?, ?)",
        *(payment.psn_no, refund_id, payment.payment_id, f"SR{tx.now:%Y%m%d}{refund_id:012d}", payment.amount_fen),
        *(reason, txn_id, tx.now_us),
    )
    return next(one for one in refunds(tx, payment.psn_no) if one.refund_id == refund_id)


def of_person(tx: Tx, psn_no: str) -> list[Payment]:
    """Return what came in for a person, the newest first."""
    return [_payment(row) for row in tx.query(f"{_READ} WHERE psn_no = ? ORDER BY payment_id DESC", psn_no)]


def refund(tx: Tx, out_refund_no: str) -> Refund:
    """Return a refund by the name that channels know; NotFound when there is none."""
    row = tx.one(f"SELECT {_REFUND} FROM refunds WHERE out_refund_no = ?", out_refund_no)
    if row is None:
        raise NotFound("没有这个退款单")
    return Refund(*row)


def step(tx: Tx, owed: Refund, state: str) -> Refund:
    """Take a refund a step further: DUE → PROCESSING → DONE."""
    sql = "UPDATE refunds SET state = ? WHERE psn_no = ? AND refund_id = ? AND state = ?"
    changed = tx.run(sql, state, owed.psn_no, owed.refund_id, owed.state)
    assert changed == 1, "the person is locked"
    return replace(owed, state=state)


def refunds(tx: Tx, psn_no: str) -> list[Refund]:
    """Return what is owed back or was returned of a person's payments, the newest first."""
    rows = tx.query(f"SELECT {_REFUND} FROM refunds WHERE psn_no = ? ORDER BY refund_id DESC", psn_no)
    return [Refund(*row) for row in rows]


def _payment(row: tuple[Any, ...]) -> Payment:
    return Payment(*row)
