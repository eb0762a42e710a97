"""2404 入院撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def cancel_admission(case: Case) -> Answer:
    """Take an admission back, once discharge, fee rows and settlements are gone."""
    visit = held.visit(case, case.data, visits.STAY)
    visits.undo_admission(case.tx, visit)
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2404", cancel_admission)
