"""2208 门诊结算撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import told
from yibaobox.settlement.case import writing
from yibaobox.settlement.undo import undo

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def reverse(case: Case) -> Answer:
    """Take a settlement back; the reply has its amounts with a minus and a number of its own."""
    data, tx = case.data, case.tx
    visit = visits.find(tx, data["psn_no"], data["mdtrt_id"], case.institution.code)
    made = visits.of_visit(tx, visit, data["setl_id"])
    reversal = undo(case, visit, made, "2208")
    output = told.of_reversal(case, made, reversal, "2208")
    setlinfo = output["setlinfo"]
    setlinfo["pdn_cash_pay"] = setlinfo["psn_cash_pay"]  # the national text misspells it; clients of either exist
    return Answer(output, psn_no=visit.psn_no, txn_id=reversal.txn_id)


TRANSACTION: Final = writing("2208", reverse)
