"""Take a settlement back: mirror its transaction on every book it touched, and free its rows.

The settlements of one stay are taken back from the newest to the oldest, for each rests on those before it; the stay is
open again. A sale is gone with its settlement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yibaobox.domain import ledger, reconciliation, visits
from yibaobox.domain.errors import LaterSettlementExists
from yibaobox.domain.reconciliation import AlreadyCleared

if TYPE_CHECKING:
    from yibaobox.domain.visits import Reversal, Settlement, Visit
    from yibaobox.settlement.case import Case


def undo(case: Case, visit: Visit, made: Settlement, infno: str) -> Reversal:
    """Reverse a settlement exactly, accumulators of its own policy year included; AlreadyReversed, if it was."""
    tx = case.tx
    visits.refuse_reclaimed(tx, made)
    txn_id = ledger.reverse(tx, made.txn_id, note={"setl_id": made.number, "infno": infno})
    if case.switches["reversal_order"] == "lifo" and visits.later_than(tx, made):
        raise LaterSettlementExists("该年度还有更晚的结算，须先撤销更晚的结算")
    if case.switches["reversal_after_clearing"] == "refuse":
        reconciliation.hold(tx, case.institution.code)
        if reconciliation.is_cleared(tx, made.psn_no, made.setl_id):
            raise AlreadyCleared("该结算已申请清算，须先撤销清算申请")
    _check_last_of_stay(case, visit, made)
    reversal = visits.Reversal(
        psn_no=made.psn_no,
        setl_id=made.setl_id,
        reversal_id=tx.next_number("number"),
        institution=case.institution.code,
        infno=infno,
        msgid=case.msgid,
        txn_id=txn_id,
        reversed_us=tx.now_us,
    )
    visits.reverse(tx, made, reversal)
    _after(case, visit, made)
    return reversal


def _check_last_of_stay(case: Case, visit: Visit, made: Settlement) -> None:
    if visit.kind == visits.STAY and visits.standing_of(case.tx, visit)[-1].setl_id != made.setl_id:
        raise LaterSettlementExists("该次住院还有更晚的结算，须先撤销更晚的结算")


def _after(case: Case, visit: Visit, made: Settlement) -> None:
    if visit.kind == visits.STAY:
        visits.reopen(case.tx, visit, made.setl_id)
    if visit.kind == visits.SALE:
        visits.remove(case.tx, visit, visits.ALL_BATCHES)
        visits.cancel(case.tx, visit)
