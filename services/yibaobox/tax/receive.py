"""Money came in: it pays its bill, or lies in suspense and is owed back. One transaction, and once (F1 to F5)."""

from __future__ import annotations

from dataclasses import dataclass

from yibaobox.domain import clock, jobs, ledger
from yibaobox.domain.billing import bills, corrections, orders, payments, receipts, requests
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.billing.payments import Payment, Success
from yibaobox.domain.errors import AmountMismatch
from yibaobox.domain.faults import striking
from yibaobox.domain.ledger import Entry
from yibaobox.domain.store import Tx
from yibaobox.tax import post, refund


@dataclass(frozen=True, slots=True)
class Received:
    """The payment, and orders of other payers that were closed here and are still to be closed at the channel."""

    payment: Payment
    closed: tuple[Order, ...] = ()


def receive(tx: Tx, out_trade_no: str, success: Success, post_after: str) -> Received:
    """Take note of a payment; told again, nothing changes. Another amount or channel than the order's has no effect.

    What cannot pay its bill is owed back.
    """
    refund.lock_parties(tx, orders.by_trade_no(tx, out_trade_no).psn_no)
    known = payments.find(tx, success.channel, success.channel_txn)
    if known is not None:
        return Received(known)
    order = orders.by_trade_no(tx, out_trade_no)
    if (success.channel, success.amount_fen) != (order.channel, order.amount_fen):
        raise AmountMismatch("支付通知的渠道或金额与订单不一致")
    bill = bills.get(tx, order.psn_no, order.bill_id)
    reason = _why_not(tx, order, bill, success)
    if reason is not None:
        return Received(_suspend(tx, order, success, reason))
    cash = Entry(order.psn_no, f"CASH:{success.channel}", -success.amount_fen)
    return apply(tx, order, success, [cash], post_after)


def apply(tx: Tx, order: Order, success: Success, source: list[Entry], post_after: str) -> Received:
    """Pay a bill from a source; the premium is entered, the bill paid and the receipt written together (F7, F8)."""
    bill = bills.get(tx, order.psn_no, order.bill_id)
    entries = [*source, Entry(order.psn_no, bill.premium.account, success.amount_fen)]
    note = {"bill": bill.bill_id, "order": order.out_trade_no}
    txn_id = ledger.post(tx, "premium", entries, note=note)
    payment = payments.record(tx, order, success, txn_id)
    orders.finish(tx, order, "SUCCESS")
    paid = bills.mark_paid(tx, bill, success.channel, txn_id, success.paid_us)
    others = tuple(orders.finish(tx, other, "CLOSED") for other in orders.open_of(tx, paid))
    _correct(tx, paid, payment)
    paid_fen = bills.paid_fen(tx, paid.premium)
    receipts.issue(tx, paid, paid_fen, delay_us=_later("receipt.delay"))
    due_us = clock.to_us(clock.later(tx.now, post_after)) + _later("paid_not_active")
    jobs.enqueue(
        tx,
        post.KIND,
        {"psn_no": paid.psn_no, "bill_id": paid.bill_id},
        due_us=due_us,
        key=f"{post.KIND}:{paid.bill_id}",
    )
    assert payment.amount_fen == paid.due_fen, "a bill is paid as a whole"
    return Received(payment, others)


def _correct(tx: Tx, paid: Bill, payment: Payment) -> None:
    """Return what was paid of a lower tier, where the higher one was paid in full again (T7): the one correction."""
    if not paid.corrects_fen:
        return
    earlier = [pair for pair in payments.kept(tx, paid.premium) if pair[0].payment_id != payment.payment_id]
    corrections.write(tx, paid.premium, paid.corrects_fen, paid.total_fen)
    if earlier:
        receipts.flush(tx, paid.premium, "CORRECTION")
    for before, left_fen in earlier:
        refund.give_back(tx, before, left_fen, "CORRECTION")


def _later(fault: str) -> int:
    """Return by how much a fault puts something off, in microseconds of sandbox time."""
    struck = striking.at(fault)
    return 0 if struck is None else int(struck["s"]) * 1_000_000


def _why_not(tx: Tx, order: Order, bill: Bill, success: Success) -> str | None:
    """Say why a payment cannot pay its bill, or nothing."""
    if bill.is_settled:
        return "BILL_PAID"
    if bill.state == "VOID":
        return "BILL_VOID"
    if not order.is_open:
        return "ORDER_CLOSED"
    if bill.pay_by_us is not None and success.paid_us >= bill.pay_by_us:
        return "WINDOW_CLOSED"
    if requests.waits(tx, bill.premium):
        return "REFUND_UNDER_WAY"
    return None


def _suspend(tx: Tx, order: Order, success: Success, reason: str) -> Payment:
    """Keep the money apart and owe it back in full; a closed order stays closed (F4)."""
    psn_no, channel, fen = order.psn_no, success.channel, success.amount_fen
    note = {"order": order.out_trade_no, "reason": reason}
    came = [Entry(psn_no, f"CASH:{channel}", -fen), Entry(psn_no, f"SUSP:{channel}", fen)]
    payment = payments.record(tx, order, success, ledger.post(tx, "premium_suspense", came, note=note), reason)
    if order.is_open:
        orders.finish(tx, order, "SUCCESS")
        release(tx, bills.get(tx, psn_no, order.bill_id))
    owed = [Entry(psn_no, f"SUSP:{channel}", -fen), Entry(psn_no, f"REFUND_DUE:{channel}", fen)]
    refund.ask(tx, payments.owe(tx, payment, ledger.post(tx, "refund_due", owed, note=note), reason))
    return payment


def release(tx: Tx, bill: Bill) -> Bill:
    """Set a bill back to unpaid when nobody is asked to pay it any more."""
    if bill.state == "PAYING" and not orders.open_of(tx, bill):
        return bills.step(tx, bill, "UNPAID")
    return bill
