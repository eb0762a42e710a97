"""2101 药店预结算."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.settlement import charged, presented, told
from yibaobox.settlement.case import query
from yibaobox.settlement.sales import bill

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


def quote(case: Case) -> Values:
    """Tell what a sale would come to now; nothing is kept of it, so that it has no number of its own yet."""
    bill.check_seller(case)
    person = presented.owner(case, case.data)
    visit = visits.imagined(case.tx, bill.wanted(case, person))
    wanted = charged.wanted(case.input["drugdetail"])
    fees = visits.valued(visit, wanted)
    output = told.of_trial(case, bill.drawn_up(case, visit, fees))
    return output | {"detlcutinfo": charged.told(fees, wanted, sale=True)}


TRANSACTION: Final = query("2101", quote)
