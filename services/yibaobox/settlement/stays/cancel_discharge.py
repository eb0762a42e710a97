"""2405 出院撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def cancel_discharge(case: Case) -> Answer:
    """Take a discharge back, as long as the stay is not settled for good."""
    visit = held.visit(case, case.data, visits.STAY)
    visits.undo_discharge(case.tx, visit)
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2405", cancel_discharge)
