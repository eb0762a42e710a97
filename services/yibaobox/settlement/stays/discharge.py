"""2402 出院办理."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing
from yibaobox.settlement.stays import described

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def discharge(case: Case) -> Answer:
    """End a stay: no charge lies behind its end."""
    facts, diagnoses = case.input["dscginfo"], case.input["diseinfo"]
    described.check_diagnoses(diagnoses)
    visit = held.visit(case, facts, visits.STAY)
    visits.discharge(case.tx, visit, facts["endtime"], {**facts, "diseinfo": diagnoses})
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2402", discharge)
