"""1201 医药机构信息获取."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.people import institutions
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.people.institutions import Institution
    from yibaobox.settlement.case import Case, Values


_TYPES: Final = {"hospital": "1", "pharmacy": "2"}  # fixmedins_type
_USCC: Final = "000000"  # begins no number that an authority gives


def institution(case: Case) -> Values:
    """Tell of an institution by its code or its whole name."""
    asked = case.input["medinsinfo"]
    found = _named(case, asked)
    if found is None or _TYPES[found.kind] != asked["fixmedins_type"]:
        raise NotFound("定点医药机构不存在")
    told = {
        "fixmedins_code": found.code,
        "fixmedins_name": found.name,
        "uscc": f"{_USCC}{found.code}",
        "fixmedins_type": _TYPES[found.kind],
        "hosp_lv": levels.HOSPITAL[found.level],
    }
    return {"medinsinfo": told}


def _named(case: Case, asked: Mapping[str, Any]) -> Institution | None:
    if asked["fixmedins_code"]:
        return institutions.find(case.tx, asked["fixmedins_code"])
    if not asked["fixmedins_name"]:
        raise InvalidInput("须给出定点医药机构编号或名称", field="fixmedins_code")
    return next((each for each in institutions.listed(case.tx) if each.name == asked["fixmedins_name"]), None)


TRANSACTION: Final = query("1201", institution)
