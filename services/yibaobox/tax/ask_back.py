"""T8: somebody asks a premium back. What policy does not give back is refused here, before anybody reviews it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from yibaobox.domain import enrolment, jobs, policy
from yibaobox.domain.billing import bills, orders, requests
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.billing.requests import Request
from yibaobox.domain.errors import Conflicting, DeadlinePassed, DuplicateApplication, NotEligible, NothingDue
from yibaobox.domain.policy.refund import Wish
from yibaobox.domain.policy.refund import refund as judge
from yibaobox.domain.store import Tx
from yibaobox.tax import refund, sheet
from yibaobox.tax.declare import void

ACCEPT: Final = "tax.refund.accept"
REASONS: Final[Mapping[str, str]] = {
    "withdrawal": "待遇期开始前退保",
    "double": "重复参保缴费",
    "recognised": "资助对象认定",
    "death": "待遇期开始前死亡",
    "mistaken": "误缴",
}
_SCHOOLS: Final = {("500000", "resident_student"): "500000-cqmu"}
_CODES: Final = {
    "PERIOD_BEGUN": (DeadlinePassed, "待遇期已开始，不能退费"),
    "NOT_PROVIDED": (NotEligible, "该统筹区不办理此类退费"),
    "NOTHING_TO_REFUND": (NothingDue, "该缴费年度没有可退的保费"),
}


def apply(tx: Tx, psn_no: str, bill_id: int, reason: str, proof: str) -> Request:
    """Take a request for everything that was paid of a bill's premium; it is accepted by a job, then reviewed."""
    refund.lock_parties(tx, psn_no)
    bill = bills.get(tx, psn_no, bill_id)
    if requests.waits(tx, bill.premium):
        raise DuplicateApplication("该缴费年度的退费申请正在审核，请勿重复提交")
    paid_fen = bills.paid_fen(tx, bill.premium)
    refuse(tx, bill, reason, paid_fen)
    _clear(tx, bill)
    made = requests.write(tx, bill, reason, proof, paid_fen)
    payload = {"psn_no": psn_no, "request_id": made.request_id}
    jobs.enqueue(tx, ACCEPT, payload, key=f"{ACCEPT}:{made.request_id}")
    return made


def refuse(tx: Tx, bill: Bill, reason: str, paid_fen: int) -> None:
    """Refuse what policy does not give back on this day, for this reason."""
    if not bill.is_settled or not paid_fen:
        raise NothingDue("该账单没有可退的保费")
    kind = "recognised" if reason == "recognised" else "withdrawal"
    place = where(tx, bill)
    told = judge(place, bill.year, Wish(kind, paid_fen, tx.today))
    if told.code != "REFUND":
        refused, message = _CODES[told.code]
        raise refused(message)
    _CHECKS.get(reason, _nothing)(tx, bill)


def where(tx: Tx, bill: Bill) -> policy.Place:
    """Return where policy is asked for a bill: a student's by the rules of a school, where the region has some."""
    place = sheet.place_of(tx, bill.region, bill.capacity)
    return place._replace(region=_SCHOOLS.get((place.region, place.scheme), place.region))


def _clear(tx: Tx, bill: Bill) -> None:
    """Take back the bill that waits to be paid on top; an order that somebody may be paying stands in the way."""
    waiting = bills.find_open(tx, bill.premium)
    if waiting is None:
        return
    if orders.open_of(tx, waiting):
        raise Conflicting("该缴费年度还有未完成的缴费订单，请先关闭订单再申请退费")
    void(tx, waiting)


def _nothing(tx: Tx, bill: Bill) -> None:
    """Ask no more than policy does."""


def _double(tx: Tx, bill: Bill) -> None:
    """Refuse unless another insurance covers the same year."""
    others = [
        one
        for one in enrolment.periods(tx, bill.psn_no)
        if one.is_live and one.year == bill.year and (one.region, one.insutype) != (bill.region, bill.insutype)
    ]
    active = enrolment.active(tx, bill.psn_no)
    employed = active is not None and active.insutype != bill.insutype
    if not others and not employed:
        raise NotEligible("未查询到同一年度的其他基本医疗保险缴费，不属于重复缴费")


_CHECKS: Final[Mapping[str, Callable[[Tx, Bill], None]]] = {"double": _double}
