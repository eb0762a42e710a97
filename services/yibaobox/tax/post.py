"""Posting (入账): insurance learns of a payment some time after the tax channel took it, and grants the year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.domain import clock, ledger
from yibaobox.domain.billing import bills
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.store import Tx
from yibaobox.tax import sheet

KIND: Final = "tax.post"


def post(tx: Tx, payload: Mapping[str, Any]) -> Bill:
    """Grant the benefit period of a paid bill and mark the bill posted; done again, nothing changes."""
    ledger.lock(tx, [payload["psn_no"]])
    bill = bills.get(tx, payload["psn_no"], payload["bill_id"])
    if bill.state == "POSTED" or not bills.paid_fen(tx, bill.premium):
        return bill  # known already, or all of it went back before insurance ever learned of it
    assert bill.paid_us is not None, "only a paid bill is posted"
    period = sheet.grant(tx, bill, clock.day_of(bill.paid_us), f"bill:{bill.bill_id}")
    return bills.mark_posted(tx, bill, period.period_id)
