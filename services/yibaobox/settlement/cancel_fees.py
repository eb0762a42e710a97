"""2205 门诊费用明细信息撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import NotFound
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing
from yibaobox.settlement.refusals import AlreadySettled

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def cancel_fees(case: Case) -> Answer:
    """Remove the unsettled rows of a batch, or of all batches (0000)."""
    batch = case.data["chrg_bchno"]
    visit = held.visit(case, case.data)
    if not visits.remove(case.tx, visit, batch):
        _, settled = visits.unsettled(case.tx, visit, batch)
        raise AlreadySettled("该收费批次已结算，不能撤销") if settled else NotFound("没有可撤销的费用明细")
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2205", cancel_fees)
