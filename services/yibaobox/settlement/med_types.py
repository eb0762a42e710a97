"""Kinds of treatment (医疗类别) that settle here: as a visit, a stay or a sale, in which setting of policy files.

`clearing` is the kind of clearing (清算类别) that a settlement of this kind falls under. What stands in no table below
is refused: no source says how it is paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple


class MedType(NamedTuple):
    """How one kind of treatment is settled and cleared."""

    setting: str
    clearing: str


VISITS: Final[Mapping[str, MedType]] = {
    "11": MedType("outpatient", "11"),  # 普通门诊
    "12": MedType("outpatient", "12"),  # 门诊挂号
    "13": MedType("emergency", "13"),  # 急诊
    "1301": MedType("emergency", "13"),  # 急诊抢救
    "14": MedType("chronic", "14"),  # 门诊慢特病
    "9901": MedType("two_diseases", "15"),  # 门诊两病
}
STAYS: Final[Mapping[str, MedType]] = {
    "21": MedType("inpatient", "21"),  # 住院
    "2101": MedType("inpatient", "21"),  # 普通住院
    "2102": MedType("inpatient", "27"),  # 单病种住院
    "2105": MedType("inpatient", "21"),  # 康复治疗住院
    "2109": MedType("inpatient", "21"),  # 新生儿抢救
    "21303": MedType("inpatient", "99928"),  # 精神病住院
}
SALES: Final[Mapping[str, MedType]] = {
    "11": MedType("pharmacy", "11"),
    "14": MedType("chronic", "14"),
    "9901": MedType("two_diseases", "15"),
    "41": MedType("pharmacy", "41"),  # 定点药店购药
}


@cache
def clearing(med_type: str) -> str:
    """Return 清算类别 of a kind of treatment that was settled."""
    return next(table[med_type].clearing for table in (VISITS, STAYS, SALES) if med_type in table)


def cleared_as(clr_type: str) -> tuple[str, ...]:
    """Return the kinds of treatment that fall under a 清算类别."""
    rows = (row for table in (VISITS, STAYS, SALES) for row in table.items())
    return tuple(dict.fromkeys(name for name, kind in rows if kind.clearing == clr_type))
