"""Money that is owed back: asked for at its channel by itself, and entered when the channel says that it went.

DUE → PROCESSING when the errand is put into the outbox, in one transaction; it is run until the channel takes it, under
one number, so that it is refunded once. PROCESSING → DONE when the channel says so, in its answer or by a signed
notification. A channel that cannot return it (ABNORMAL, CLOSED) leaves a refund CLOSED and the money owed under another
number, which waits for a repair: asked again, or paid out at the counter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.domain import jobs, ledger, outbox
from yibaobox.domain.billing import bills, orders, payments, receipts, requests
from yibaobox.domain.billing.payments import Payment, Refund, Returned
from yibaobox.domain.errors import AmountMismatch, Conflicting
from yibaobox.domain.ledger import Entry
from yibaobox.domain.store import Tx
from yibaobox.tax.channels import FAMILY, FINANCE

SEND: Final = "tax.refund"
TOPIC: Final = "tax-refund"
COUNTER: Final = "COUNTER"
# Seconds between attempts, on the sandbox clock: about nine days in all.
SCHEDULE: Final = (15, 60, 300, 900, 3600, 10800, 21600, *(86400,) * 8)


def lock_parties(tx: Tx, psn_no: str) -> None:
    """Lock a person and those whose family accounts paid for them, for money may go back to all of them."""
    ledger.lock(tx, [psn_no, *orders.givers(tx, psn_no)])


def give_back(tx: Tx, payment: Payment, fen: int, reason: str, request_id: int | None = None) -> Refund:
    """Owe some of an applied payment back; what came from a family account returns to it at once (F7)."""
    order = orders.get(tx, payment.psn_no, payment.order_id)
    bill = bills.get(tx, payment.psn_no, payment.bill_id)
    due = f"REFUND_DUE:{payment.channel}"
    note = {"order": order.out_trade_no, "reason": reason}
    moved = [Entry(payment.psn_no, bill.premium.account, -fen), Entry(payment.psn_no, due, fen)]
    txn_id = ledger.post(tx, "refund_due", moved, note=note)
    owed = payments.owe(tx, payment, txn_id, reason, amount_fen=fen, request_id=request_id)
    if payment.channel != FAMILY:
        ask(tx, owed)
        return owed
    home = [Entry(payment.psn_no, due, -fen), Entry(payment.psn_no, FAMILY.upper(), fen)]
    home += [Entry(order.payer, FAMILY.upper(), -fen), Entry(order.payer, "ACCT", fen)]
    ledger.post(tx, "refund_home", home, note={"refund": owed.out_refund_no})
    return payments.step(tx, payments.step(tx, owed, "PROCESSING"), "DONE")


def flush(tx: Tx, bill: bills.Bill, reason: str) -> None:
    """Take the receipt of a premium back, and write one over what is still paid of it, if anything is (F8)."""
    receipts.flush(tx, bill.premium, reason)
    receipts.issue(tx, bill, bills.paid_fen(tx, bill.premium))


def ask(tx: Tx, owed: Refund) -> None:
    """Have the channel asked for a refund, beside its cause; what a college's finance took goes back at the counter."""
    if payments.get(tx, owed.psn_no, owed.payment_id).channel == FINANCE:
        return
    payload = {"out_refund_no": owed.out_refund_no, "psn_no": owed.psn_no}
    jobs.enqueue(tx, SEND, payload, key=f"{SEND}:{owed.out_refund_no}")


def send(tx: Tx, payload: Mapping[str, Any]) -> None:
    """Put the errand into the outbox; done again, nothing changes. Its address is the tax channel's own."""
    ledger.lock(tx, [payload["psn_no"]])
    owed = payments.refund(tx, payload["out_refund_no"])
    if owed.state != "DUE":
        return
    payments.step(tx, owed, "PROCESSING")
    outbox.stage(
        tx,
        topic=f"{TOPIC}:{owed.out_refund_no}",
        cause=f"refund {owed.out_refund_no}",
        url=f"/tax/v1/refund-orders/{owed.out_refund_no}/send",
        headers={"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "yibaobox"},
        body="{}",
        schedule=SCHEDULE,
    )


def returned(tx: Tx, told: Returned) -> Refund:
    """Enter what a channel says of a refund; told again, nothing changes. Another amount than is owed has no effect."""
    owed = _locked(tx, told.out_refund_no)
    if told.amount_fen != owed.amount_fen:
        raise AmountMismatch("退款通知的金额与应退金额不一致")
    if owed.state in {"DONE", "CLOSED"}:
        return owed
    if owed.state == "DUE":
        owed = payments.step(tx, owed, "PROCESSING")
    return _went(tx, owed, told.channel) if told.outcome == "SUCCESS" else _failed(tx, owed, told.outcome)


def at_counter(tx: Tx, out_refund_no: str) -> Refund:
    """Pay out at the counter what a channel could not return."""
    owed = _locked(tx, out_refund_no)
    if owed.state != "DUE":
        raise Conflicting("该退款正在办理或已办结，不能再从柜面退付")
    return _went(tx, payments.step(tx, owed, "PROCESSING"), "counter", COUNTER)


def again(tx: Tx, out_refund_no: str) -> Refund:
    """Ask the channel again for what it could not return."""
    owed = _locked(tx, out_refund_no)
    if owed.state != "DUE":
        raise Conflicting("该退款正在办理或已办结，不能重新发起")
    if payments.get(tx, owed.psn_no, owed.payment_id).channel == FINANCE:
        raise Conflicting("学校代收的保费从柜面退付")
    ask(tx, owed)
    return owed


def _locked(tx: Tx, out_refund_no: str) -> Refund:
    """Return a refund, read again under the lock of its person."""
    ledger.lock(tx, [payments.refund(tx, out_refund_no).psn_no])
    return payments.refund(tx, out_refund_no)


def _went(tx: Tx, owed: Refund, through: str, outcome: str = "SUCCESS") -> Refund:
    channel = payments.get(tx, owed.psn_no, owed.payment_id).channel
    entries = [
        Entry(owed.psn_no, f"REFUND_DUE:{channel}", -owed.amount_fen),
        Entry(owed.psn_no, f"CASH:{through}", owed.amount_fen),
    ]
    ledger.post(tx, "refund_paid", entries, note={"refund": owed.out_refund_no})
    done = payments.step(tx, owed, "DONE", outcome)
    complete(tx, done)
    return done


def _failed(tx: Tx, owed: Refund, outcome: str) -> Refund:
    """Close a refund that the channel could not make, and owe the money anew; the request it answers goes on."""
    closed = payments.step(tx, owed, "CLOSED", outcome)
    mirror = {"refund": owed.out_refund_no, "outcome": outcome}
    ledger.reverse(tx, owed.txn_id, kind="refund_failed", note=mirror)
    payment = payments.get(tx, owed.psn_no, owed.payment_id)
    source = f"SUSP:{payment.channel}"
    if payment.disposition == payments.APPLIED:
        source = bills.get(tx, owed.psn_no, payment.bill_id).premium.account
    moved = [
        Entry(owed.psn_no, source, -owed.amount_fen),
        Entry(owed.psn_no, f"REFUND_DUE:{payment.channel}", owed.amount_fen),
    ]
    txn_id = ledger.post(tx, "refund_due", moved, note=mirror)
    payments.owe(tx, payment, txn_id, owed.reason, amount_fen=owed.amount_fen, request_id=owed.request_id)
    return closed


def complete(tx: Tx, done: Refund) -> None:
    """Close the request that a refund answers, when all of its money went back."""
    if done.request_id is None:
        return
    asked = requests.get(tx, done.psn_no, done.request_id)
    open_ = [one for one in payments.refunds(tx, done.psn_no) if one.request_id == asked.request_id]
    if asked.state == requests.REFUNDING and all(one.state in {"DONE", "CLOSED"} for one in open_):
        requests.step(tx, asked, requests.REFUNDED)
