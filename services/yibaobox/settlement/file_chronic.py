"""2503 人员慢特病备案: a hospital reports the disease that it has confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import filings
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.filing_rules import chronic_until
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import insured
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def file_chronic(case: Case) -> Answer:
    """File a recognised disease; from its first day visits for it are settled by its own tables."""
    asked = case.data
    psn_no = insured.person(case, asked["psn_no"])
    disease = filings.diseases.get(asked["opsp_dise_code"])
    found = insured.standing(case, psn_no, case.tx.today)
    insured.agree(found, insutype=asked["insutype"], region=asked["insu_optins"])
    confirming = insured.institution(case, asked["ide_fixmedins_no"], "ide_fixmedins_no")
    if confirming.kind != "hospital":
        raise InvalidInput("鉴定机构须为定点医疗机构", field="ide_fixmedins_no")
    start = insured.start(case, asked["begndate"])
    if asked["hosp_ide_date"] > case.tx.today:
        raise InvalidInput("医院鉴定日期晚于沙箱当前日期", field="hosp_ide_date")
    made = filings.file(
        case.tx,
        filings.NewFiling(
            psn_no=psn_no,
            kind=filings.CHRONIC,
            type=disease.code,
            region=found.region,
            from_day=start,
            until_day=asked["enddate"] or chronic_until(Place(found.region, found.scheme), disease.key, start),
            source=case.institution.code,
            detail={name: value for name, value in asked.items() if value is not None and name != "psn_no"},
        ),
    )
    return Answer({"result": {"trt_dcla_detl_sn": made.number}}, psn_no=psn_no)


TRANSACTION: Final = writing("2503", file_chronic)
