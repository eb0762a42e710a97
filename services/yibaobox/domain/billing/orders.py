"""Orders: one payer asked for the amount of one bill through one channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.billing.bills import Bill
    from yibaobox.domain.store.tx import Tx

OPEN: Final = ("CREATED", "PAYING")
_COLUMNS: Final = (
    "psn_no, order_id, bill_id, channel, out_trade_no, payer, amount_fen, state, prepay_id, expires_us, created_us"
)
_READ: Final = f"SELECT {_COLUMNS} FROM pay_orders"
_INSERT: Final = f"INSERT INTO pay_orders ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, 'CREATED', NULL, ?, ?)"
_STEP: Final = "UPDATE pay_orders SET state = ? WHERE psn_no = ? AND order_id = ? AND state = ?"
_PREPAY: Final = "UPDATE pay_orders SET state = 'PAYING', prepay_id = ? WHERE psn_no = ? AND order_id = ?"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """Who is asked, how, and until when: `payer` is an openid, or the psn_no of the giver of a family account."""

    channel: str
    payer: str
    expires_us: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order: CREATED → PAYING → SUCCESS | CLOSED | FAILED (F4). `out_trade_no` names it at the channel."""

    psn_no: str
    order_id: int
    bill_id: int
    channel: str
    out_trade_no: str
    payer: str
    amount_fen: int
    state: str
    prepay_id: str | None
    expires_us: int
    created_us: int

    @property
    def is_open(self) -> bool:
        """Whether it can still be paid."""
        return self.state in OPEN


def create(tx: Tx, bill: Bill, new: NewOrder) -> Order:
    """Write an order over the whole amount of a bill."""
    order_id = tx.next_number("number")
    out_trade_no = f"SB{tx.now:%Y%m%d}{order_id:012d}"
    known = (bill.psn_no, order_id, bill.bill_id, new.channel, out_trade_no, new.payer, bill.due_fen)
    tx.run(_INSERT, *known, new.expires_us, tx.now_us)
    return get(tx, bill.psn_no, order_id)


def get(tx: Tx, psn_no: str, order_id: int) -> Order:
    """Return an order of a person."""
    row = tx.one(f"{_READ} WHERE psn_no = ? AND order_id = ?", psn_no, order_id)
    assert row is not None, "an order number comes from the books"
    return _order(row)


def by_trade_no(tx: Tx, out_trade_no: str, psn_no: str | None = None) -> Order:
    """Return an order by its name at the channel; refuse one that is not there, or not this person's."""
    row = tx.one(f"{_READ} WHERE out_trade_no = ?", out_trade_no) if out_trade_no.isprintable() else None
    if row is None or psn_no not in (None, row[0]):
        raise NotFound("缴费订单不存在")
    return _order(row)


def find_open(tx: Tx, bill: Bill, channel: str, payer: str) -> Order | None:
    """Return the open order of a payer for a bill, if any."""
    row = tx.one(
        f"{_READ} WHERE psn_no = ? AND bill_id = ? AND channel = ? AND payer = ? AND state IN ('CREATED', 'PAYING')",
        *(bill.psn_no, bill.bill_id, channel, payer),
    )
    return None if row is None else _order(row)


def open_of(tx: Tx, bill: Bill) -> list[Order]:
    """Return the open orders of a bill, whoever was asked."""
    where = "WHERE psn_no = ? AND bill_id = ? AND state IN ('CREATED', 'PAYING') ORDER BY order_id"
    return [_order(row) for row in tx.query(f"{_READ} {where}", bill.psn_no, bill.bill_id)]


def of_bill(tx: Tx, bill: Bill) -> list[Order]:
    """Return the orders of a bill, the newest first."""
    where = "WHERE psn_no = ? AND bill_id = ? ORDER BY order_id DESC"
    return [_order(row) for row in tx.query(f"{_READ} {where}", bill.psn_no, bill.bill_id)]


def givers(tx: Tx, psn_no: str) -> list[str]:
    """Return whose family accounts paid for a person."""
    return [row[0] for row in tx.query("SELECT payer FROM pay_orders WHERE psn_no = ? AND channel = 'family'", psn_no)]


def take_prepay(tx: Tx, order: Order, prepay_id: str) -> Order:
    """Note the channel's own name of a payment to come; asked again, the channel may give another one."""
    assert order.is_open, "an order that is over asks nobody"
    touched = tx.run(_PREPAY, prepay_id, order.psn_no, order.order_id)
    assert touched == 1, "the order is there"
    return get(tx, order.psn_no, order.order_id)


def finish(tx: Tx, order: Order, state: str) -> Order:
    """Take an open order to its end, by way of PAYING (F4)."""
    if order.state == "CREATED":
        _step(tx, order, "CREATED", "PAYING")
    _step(tx, order, "PAYING", state)
    return get(tx, order.psn_no, order.order_id)


def _step(tx: Tx, order: Order, before: str, after: str) -> None:
    touched = tx.run(_STEP, after, order.psn_no, order.order_id, before)
    assert touched == 1, "the person was locked, so nobody else moved the order"


def _order(row: tuple[Any, ...]) -> Order:
    return Order(*row)
