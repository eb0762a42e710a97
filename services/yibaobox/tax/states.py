"""The state of a bill as its payer sees it: where the bill stands, with what became of its money since."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.billing import payments, requests, waivers
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.store import Tx
from yibaobox.tax import sheet

EXPIRED: Final = "EXPIRED"
WAIVED: Final = "WAIVED"
ARREARS: Final = "ARREARS_STD"


def state_of(tx: Tx, bill: Bill) -> str:
    """Return the state of a bill; a rejected request leaves it paid."""
    if bill.is_settled:
        return _paid(tx, bill)
    if bill.state == "VOID":
        return WAIVED if waivers.find(tx, bill) else bill.state
    if bill.pay_by_us is not None and tx.now_us >= bill.pay_by_us:
        return EXPIRED
    return ARREARS if bill.state == "UNPAID" and _is_late(tx, bill) else bill.state


def kept_fen(tx: Tx, bill: Bill) -> int:
    """Return what is left of a paid bill after what was returned of it."""
    return sum(left for payment, left in payments.kept(tx, bill.premium) if payment.bill_id == bill.bill_id)


def _paid(tx: Tx, bill: Bill) -> str:
    asked = requests.of_premium(tx, bill.premium)
    if kept_fen(tx, bill):
        return asked.state if asked is not None and asked.state in requests.WAITING else bill.state
    under_way = {"DUE", "PROCESSING"}
    mine = {one.payment_id for one in payments.of_person(tx, bill.psn_no) if one.bill_id == bill.bill_id}
    owed = any(one.payment_id in mine and one.state in under_way for one in payments.refunds(tx, bill.psn_no))
    return requests.REFUNDING if owed else requests.REFUNDED


def _is_late(tx: Tx, bill: Bill) -> bool:
    """Tell whether a bill asks for the public part as well, as those pay who come after the window."""
    try:
        offered = sheet.offered(tx, bill.region, bill.capacity, bill.year)
    except PolicyGap:
        return False
    highest = max(tier.total_fen for tier in offered.tiers)
    return offered.late == "surcharge" and bill.total_fen > highest
