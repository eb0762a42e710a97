"""2303 住院预结算."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.settlement import told
from yibaobox.settlement.case import query
from yibaobox.settlement.stays import bill

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


def presettle(case: Case) -> Values:
    """Tell what a settlement of the stay would come to now, also before its end; nothing is kept of it."""
    data = case.data
    visit = visits.find(case.tx, data["psn_no"], data["mdtrt_id"], case.institution.code, visits.STAY)
    return told.of_trial(case, bill.drawn_up(case, visit, visits.still_open(case.tx, visit)))


TRANSACTION: Final = query("2303", presettle)
