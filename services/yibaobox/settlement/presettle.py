"""2206 门诊预结算."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.settlement import foresee, told
from yibaobox.settlement.bill import drawn_up
from yibaobox.settlement.case import query

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


def presettle(case: Case) -> Values:
    """Tell what a settlement would come to now; nothing is kept of it."""
    data = case.data
    visit = visits.find(case.tx, data["psn_no"], data["mdtrt_id"], case.institution.code)
    return told.of_trial(case, drawn_up(case, visit))


TRANSACTION: Final = query("2206", presettle, foresee=foresee.settling)
