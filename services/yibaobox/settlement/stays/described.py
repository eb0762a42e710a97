"""What the window says of a stay: checked when it is admitted and when it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement import med_types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from yibaobox.settlement.case import Case


def check(case: Case, facts: Mapping[str, Any], diagnoses: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a kind of treatment that is no stay, an institution without beds, and diagnoses numbered twice."""
    if case.institution.kind != "hospital":
        raise InvalidInput("只有定点医疗机构可以办理住院", field="fixmedins_code")
    if facts["med_type"] not in med_types.STAYS:
        raise InvalidInput(f"不支持以医疗类别 {facts['med_type']} 办理住院", field="med_type")
    check_diagnoses(diagnoses)


def check_diagnoses(diagnoses: Sequence[Mapping[str, Any]]) -> None:
    """Refuse diagnoses numbered twice."""
    numbers = [each["diag_srt_no"] for each in diagnoses]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput("诊断排序号重复", field="diag_srt_no")
