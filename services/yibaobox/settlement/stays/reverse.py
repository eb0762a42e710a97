"""2305 住院结算撤销."""

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
    """Take the newest settlement of a stay back; its charges wait to be settled again."""
    data, tx = case.data, case.tx
    visit = visits.find(tx, data["psn_no"], data["mdtrt_id"], case.institution.code, visits.STAY)
    made = visits.of_visit(tx, visit, data["setl_id"])
    reversal = undo(case, visit, made, "2305")
    return Answer(told.of_reversal(case, made, reversal, "2305"), psn_no=visit.psn_no, txn_id=reversal.txn_id)


TRANSACTION: Final = writing("2305", reverse)
