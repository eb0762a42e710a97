"""2403 住院信息变更."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing
from yibaobox.settlement.stays import described

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def change(case: Case) -> Answer:
    """Write what is known of a stay anew, its begin among it, as long as it is not settled for good."""
    facts, diagnoses = case.input["adminfo"], case.input["diseinfo"]
    described.check(case, facts, diagnoses)
    visit = held.visit(case, facts, visits.STAY)
    visits.change(case.tx, visit, facts, diagnoses)
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2403", change)
