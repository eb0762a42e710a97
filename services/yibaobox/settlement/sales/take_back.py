"""2103 药店结算撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import told
from yibaobox.settlement.case import writing
from yibaobox.settlement.undo import undo

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def take_back(case: Case) -> Answer:
    """Take a sale back whole; the reply has its amounts with a minus and a number of its own."""
    data, tx = case.data, case.tx
    visit = visits.seen(tx, data["psn_no"], data["mdtrt_id"], case.institution.code, visits.SALE)
    made = visits.of_visit(tx, visit, data["setl_id"])
    reversal = undo(case, visit, made, "2103")
    return Answer(told.of_reversal(case, made, reversal, "2103"), psn_no=visit.psn_no, txn_id=reversal.txn_id)


TRANSACTION: Final = writing("2103", take_back)
