"""Payments: money that came in by an order, and what is owed back of it."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.billing.bills import Premium
    from yibaobox.domain.billing.orders import Order
    from yibaobox.domain.store.tx import Tx

APPLIED: Final = "APPLIED"
SUSPENSE: Final = "SUSPENSE"
_COLUMNS: Final = (
    "psn_no, payment_id, order_id, bill_id, channel, channel_txn, amount_fen, disposition, reason, txn_id, paid_us,"
    " received_us"
)
_AMOUNT: Final = _COLUMNS.split(", ").index("amount_fen")
_READ: Final = f"SELECT {_COLUMNS} FROM payments"
_INSERT: Final = f"INSERT INTO payments ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REFUND: Final = (
    "psn_no, refund_id, payment_id, out_refund_no, amount_fen, state, reason, txn_id, created_us, request_id, outcome"
)


@dataclass(frozen=True, slots=True)
class Success:
    """What a channel says of a payment: its own number, how much, when (sandbox clock)."""

    channel: str
    channel_txn: str
    amount_fen: int
    paid_us: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What a channel says of a refund: SUCCESS, the money went back to the payer; else it could not."""

    channel: str
    out_refund_no: str
    amount_fen: int
    outcome: str = "SUCCESS"


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
    request_id: int | None
    outcome: str | None


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


def owe(
    tx: Tx, payment: Payment, txn_id: int, reason: str, *, amount_fen: int | None = None, request_id: int | None = None
) -> Refund:
    """Write that a payment is to be returned, in full unless an amount is named; perhaps because somebody asked."""
    refund_id = tx.next_number("number")
    fen = payment.amount_fen if amount_fen is None else amount_fen
    out_refund_no = f"SR{tx.now:%Y%m%d}{refund_id:012d}"
    told = (payment.psn_no, refund_id, payment.payment_id, out_refund_no, fen, "DUE", reason)
    made = Refund(*told, txn_id, tx.now_us, request_id, None)
    tx.run(f"INSERT INTO refunds ({_REFUND}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *astuple(made))
    return made


def get(tx: Tx, psn_no: str, payment_id: int) -> Payment:
    """Return a payment of a person."""
    row = tx.one(f"{_READ} WHERE psn_no = ? AND payment_id = ?", psn_no, payment_id)
    assert row is not None, "the number of a payment comes from the books"
    return _payment(row)


def kept(tx: Tx, premium: Premium) -> list[tuple[Payment, int]]:
    """Return the payments that were applied to a premium, the oldest first, each with what was not returned of it."""
    rows = tx.query(
        f"SELECT {', '.join(f'p.{name}' for name in _COLUMNS.split(', '))},"
        " (SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r"
        " WHERE r.psn_no = p.psn_no AND r.payment_id = p.payment_id AND r.state <> 'CLOSED')"
        " FROM payments p JOIN bills b ON b.psn_no = p.psn_no AND b.bill_id = p.bill_id"
        " WHERE b.psn_no = ? AND b.region = ? AND b.insutype = ? AND b.year = ? AND p.disposition = 'APPLIED'"
        " ORDER BY p.payment_id",
        *premium,
    )
    return [(_payment(row[:-1]), row[_AMOUNT] - int(row[-1])) for row in rows if row[_AMOUNT] > row[-1]]


def of_person(tx: Tx, psn_no: str) -> list[Payment]:
    """Return what came in for a person, the newest first."""
    return [_payment(row) for row in tx.query(f"{_READ} WHERE psn_no = ? ORDER BY payment_id DESC", psn_no)]


def refund(tx: Tx, out_refund_no: str) -> Refund:
    """Return a refund by the name that channels know; NotFound when there is none."""
    known = out_refund_no.isprintable()
    row = tx.one(f"SELECT {_REFUND} FROM refunds WHERE out_refund_no = ?", out_refund_no) if known else None
    if row is None:
        raise NotFound("没有这个退款单")
    return Refund(*row)


def step(tx: Tx, owed: Refund, state: str, outcome: str | None = None) -> Refund:
    """Take a refund a step further: DUE → PROCESSING → DONE, or CLOSED with what the channel said."""
    sql = "UPDATE refunds SET state = ?, outcome = ? WHERE psn_no = ? AND refund_id = ? AND state = ?"
    changed = tx.run(sql, state, outcome, owed.psn_no, owed.refund_id, owed.state)
    assert changed == 1, "the person is locked"
    return replace(owed, state=state, outcome=outcome)


def refunds(tx: Tx, psn_no: str) -> list[Refund]:
    """Return what is owed back or was returned of a person's payments, the newest first."""
    rows = tx.query(f"SELECT {_REFUND} FROM refunds WHERE psn_no = ? ORDER BY refund_id DESC", psn_no)
    return [Refund(*row) for row in rows]


def all_refunds(tx: Tx, state: str | None = None, limit: int = 100) -> list[tuple[Refund, str]]:
    """Return everybody's refunds in a state (None: all that are not over) with their channels, the newest first."""
    wanted = ("DUE", "PROCESSING") if state is None else (state, state)
    rows = tx.query(
        f"SELECT {', '.join(f'r.{name}' for name in _REFUND.split(', '))}, p.channel FROM refunds r"
        " JOIN payments p ON p.psn_no = r.psn_no AND p.payment_id = r.payment_id WHERE r.state IN (?, ?)"
        " ORDER BY r.refund_id DESC LIMIT ?",
        *(*wanted, limit),
    )
    return [(Refund(*row[:-1]), str(row[-1])) for row in rows]


def _payment(row: tuple[Any, ...]) -> Payment:
    return Payment(*row)
