"""2302 住院费用明细撤销."""

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


def cancel_charges(case: Case) -> Answer:
    """Remove an unsettled row of a stay, or all of them (0000)."""
    number = case.data["feedetl_sn"]
    visit = held.visit(case, case.data, visits.STAY)
    visits.still_open(case.tx, visit)
    whole = number == visits.ALL_BATCHES
    removed = (
        visits.remove(case.tx, visit, visits.ALL_BATCHES)
        if whole
        else visits.remove_with_returns(case.tx, visit, number)
    )
    if not removed:
        settled = any(row.setl_id for row in visits.fees_of(case.tx, visit) if whole or row.feedetl_sn == number)
        raise AlreadySettled("该费用明细已结算，不能撤销") if settled else NotFound("没有可撤销的费用明细")
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2302", cancel_charges)
