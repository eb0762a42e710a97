"""2206 门诊预结算."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import ledger, visits
from yibaobox.settlement import quotes
from yibaobox.settlement.bill import drawn_up
from yibaobox.settlement.case import query
from yibaobox.settlement.setlinfo import Told

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


def presettle(case: Case) -> Values:
    """Tell what a settlement would come to now; nothing is kept of it."""
    data, tx = case.data, case.tx
    visit = visits.find(tx, data["psn_no"], data["mdtrt_id"], case.institution.code)
    bill = drawn_up(case, visit)
    told = Told.of_bill(bill)
    setlinfo = told.setlinfo(bill.person, tx.now) | {
        "mdtrt_id": visit.number,
        "medins_setl_id": case.msgid,
        "balc": ledger.balance(tx, visit.psn_no) - bill.split.own_fen,
        "exp_content": quotes.written(bill),
    }
    return {"setlinfo": setlinfo, "setldetail": told.setldetail()}


TRANSACTION: Final = query("2206", presettle)
