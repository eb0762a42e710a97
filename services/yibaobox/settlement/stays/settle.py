"""2304 住院结算: for a time (中途结算) or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.settlement import commit, held
from yibaobox.settlement.case import writing
from yibaobox.settlement.refusals import NotDischarged
from yibaobox.settlement.stays import bill

if TYPE_CHECKING:
    from yibaobox.edge.dispatch import Answer
    from yibaobox.settlement.case import Case


def settle(case: Case) -> Answer:
    """Settle the charges of a stay that are not settled yet; unless it is for a time, that ends the matter."""
    tx = case.tx
    visit, givers = held.visit_and_payers(case, case.data, visits.STAY)
    stay = visits.still_open(tx, visit)
    if not bill.is_interim(case) and stay.end_us is None and case.switches["discharge_before_settlement"] == "on":
        raise NotDischarged("尚未办理出院，不能出院结算；在院期间可办理中途结算")
    drawn = bill.drawn_up(case, visit, stay, givers)
    answer, made = commit.settled(case, drawn)
    if not bill.is_interim(case):
        visits.close(tx, visit, made.setl_id)
    return answer


TRANSACTION: Final = writing("2304", settle)
