"""Subsidised groups: who is recognised before paying need not pay, unless the region has them pay first (T8)."""

from __future__ import annotations

from yibaobox.domain import ledger
from yibaobox.domain.billing import bills, orders, waivers
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.errors import AlreadyPaid, Conflicting, NotEligible
from yibaobox.domain.policy.resolve import shipped
from yibaobox.domain.store import Tx
from yibaobox.tax import ask_back, sheet
from yibaobox.tax.declare import void


def waive(tx: Tx, bill_id: int, reason: str) -> Bill:
    """Waive an open bill and grant its year; refuse where assisted people pay first and are refunded."""
    psn_no = bills.owner(tx, bill_id)
    ledger.lock(tx, [psn_no])
    bill = bills.get(tx, psn_no, bill_id)
    _refuse(tx, bill)
    void(tx, bill)
    period = sheet.grant(tx, bill, tx.today, f"waiver:{bill.bill_id}")
    waivers.write(tx, bill, reason, period.period_id)
    return bills.get(tx, bill.psn_no, bill_id)


def _refuse(tx: Tx, bill: Bill) -> None:
    if bill.is_settled:
        raise AlreadyPaid("该账单已缴费，资助对象认定后请申请退费")
    if bill.state == "VOID":
        raise Conflicting("该账单已作废")
    if orders.open_of(tx, bill):
        raise Conflicting("该账单还有未完成的缴费订单，请先关闭订单")
    first = shipped().look(ask_back.where(tx, bill), "payment", "assisted_pay_first", tx.today)
    if first is not None and first.value:
        raise NotEligible("该统筹区资助对象须先缴费，认定后退费")
