"""2203 门诊就诊信息上传."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def upload_visit(case: Case) -> Answer:
    """Write what a visit was about; sent again, it replaces what was written."""
    facts, diagnoses = case.input["mdtrtinfo"], case.input["diseinfo"]
    numbers = [each["diag_srt_no"] for each in diagnoses]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput("诊断排序号重复", field="diag_srt_no")
    visit = held.visit(case, facts)
    visits.describe(case.tx, visit, facts, diagnoses)
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2203", upload_visit)
