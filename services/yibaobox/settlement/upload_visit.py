"""2203 门诊就诊信息上传, 2203A 定点零售药店门诊就诊信息上传."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import foresee, held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.settlement.case import Case


def upload_visit(case: Case) -> Answer:
    """Write what a visit was about; sent again, it replaces what was written."""
    return _written(case, case.input["mdtrtinfo"])


def upload_pharmacy_visit(case: Case) -> Answer:
    """Write what a visit to a pharmacy was about, with the prescription's facts; its file is not kept."""
    if case.institution.kind != "pharmacy":
        raise InvalidInput("2203A 仅限定点零售药店", field="fixmedins_code")
    return _written(case, {name: value for name, value in case.input["mdtrtinfo"].items() if name != _FILE})


def _written(case: Case, facts: Mapping[str, Any]) -> Answer:
    diagnoses = case.input["diseinfo"]
    numbers = [each["diag_srt_no"] for each in diagnoses]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput("诊断排序号重复", field="diag_srt_no")
    visit = held.visit(case, facts)
    visits.describe(case.tx, visit, facts, diagnoses)
    return Answer(psn_no=visit.psn_no)


_FILE: Final = "rxIn"
TRANSACTION: Final = writing("2203", upload_visit, foresee=foresee.describing)
AT_PHARMACIES: Final = writing("2203A", upload_pharmacy_visit)
