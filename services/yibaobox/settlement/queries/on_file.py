"""5301 人员慢特病备案查询, 5302 人员定点信息查询, 5304 转院信息查询."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, filings
from yibaobox.domain.people import institutions
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from yibaobox.domain.filings import Filing
    from yibaobox.domain.people import Person
    from yibaobox.settlement.case import Case, Listed, Values


_BY_HOSPITAL: Final = "01"  # dcla_souc 定点医药机构
_YES, _NO = "1", "0"


def chronic(case: Case) -> Values:
    """List the diseases for which a person is recognised, or was."""
    person = known.person(case, case.data["psn_no"])
    found = [one for one in filings.listed(case.tx, person.psn_no, filings.CHRONIC) if one.cancelled_us is None]
    return {"feedetail": [_disease(one) for one in found]}


def designated(case: Case) -> Values:
    """List the institutions that a person has chosen for a kind of business, by their order."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    found = [
        one
        for one in filings.listed(tx, person.psn_no, filings.DESIGNATED)
        if one.cancelled_us is None and one.type == data["biz_appy_type"]
    ]
    rows = [_choice(case, one, code) for one in found for code in one.institutions]
    return {"psnfixmedin": sorted(rows, key=lambda row: row["fix_srt_no"])}


def transfers(case: Case) -> Listed:
    """List the transfers of a person that begin within a time, the newest first."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    first, last = (clock.day_of(us) for us in known.span(data["begntime"], data["endtime"], tx.now))
    return [
        _transfer(case, person, one)
        for one in filings.listed(tx, person.psn_no, filings.TRANSFER)
        if one.cancelled_us is None and first <= one.from_day <= last
    ]


def _disease(one: Filing) -> dict[str, Any]:
    return {
        "opsp_dise_code": one.type,
        "opsp_dise_name": filings.diseases.get(one.type).name,
        "begndate": one.from_day,
        "enddate": one.until_day,
    }


def _choice(case: Case, one: Filing, code: str) -> dict[str, Any]:
    where = institutions.find(case.tx, code)
    return {
        "psn_no": one.psn_no,
        "fix_srt_no": str(one.detail.get("fix_srt_no") or "1"),
        "fixmedins_code": code,
        "fixmedins_name": code if where is None else where.name,
        "begndate": one.from_day,
        "enddate": one.until_day,
        **known.some(one.detail, ("memo",)),
    }


def _transfer(case: Case, person: Person, one: Filing) -> dict[str, Any]:
    detail, names = one.detail, ("tel", "addr", "diag_code", "diag_name", "dise_cond_dscr", "reflin_medins_no")
    about = known.about(person, case.tx.today)
    del about["age"]  # the table has no such column
    return about | {
        "insutype": detail.get("insutype") or "",
        "dcla_souc": _BY_HOSPITAL,
        "insu_optins": one.region,
        **known.some(detail, names),
        "reflin_medins_name": detail["reflin_medins_name"],
        "out_flag": _NO if one.destination == one.region else _YES,
        "refl_date": date.fromisoformat(detail["refl_date"]),
        "refl_rea": detail["refl_rea"],
        "begndate": one.from_day,
        "enddate": one.until_day,
        "hosp_agre_refl_flag": detail.get("hosp_agre_refl_flag") or _YES,
    }


CHRONIC: Final = query("5301", chronic)
DESIGNATED: Final = query("5302", designated)
TRANSFERS: Final = query("5304", transfers)
