"""Subsidised groups: who is recognised before paying need not pay, unless the region has them pay first (T8)."""

from __future__ import annotations

from yibaobox.domain import clock, enrolment, ledger
from yibaobox.domain.billing import bills, orders, waivers
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.errors import AlreadyPaid, Conflicting, NotEligible, NotFound
from yibaobox.domain.people import capacities
from yibaobox.domain.policy.resolve import shipped
from yibaobox.domain.policy.standing import benefit_period
from yibaobox.domain.store import Tx
from yibaobox.tax import ask_back, sheet
from yibaobox.tax.declare import void


def waive(tx: Tx, bill_id: int, reason: str) -> Bill:
    """Waive an open bill and grant its year; refuse where assisted people pay first and are refunded."""
    row = tx.one("SELECT psn_no FROM bills WHERE bill_id = ?", bill_id)
    if row is None:
        raise NotFound("应缴账单不存在")
    ledger.lock(tx, [row[0]])
    bill = bills.get(tx, row[0], bill_id)
    _refuse(tx, bill)
    void(tx, bill)
    place = sheet.place_of(tx, bill.region, capacities.get(bill.capacity).scheme)
    days = benefit_period(place, bill.year, sheet.payment(tx, bill.psn_no, bill.year, clock.day_of(tx.now_us)))
    period = enrolment.grant_period(
        tx,
        *(bill.psn_no, bill.region, bill.insutype, bill.year, days.entitled_from, days.entitled_until),
        f"waiver:{bill.bill_id}",
    )
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
