"""2505 人员定点备案: the institution at which a person wants to be treated, for diseases or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import filings
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import insured
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def file_designated(case: Case) -> Answer:
    """File an institution of choice; for diseases (01, 23) only such institutions settle them afterwards."""
    asked = case.data
    psn_no = insured.person(case, asked["psn_no"])
    found = insured.standing(case, psn_no, case.tx.today)
    chosen = insured.institution(case, asked["fixmedins_code"], "fixmedins_code")
    if not (asked["fix_srt_no"].isascii() and asked["fix_srt_no"].isdigit()):
        raise InvalidInput("定点排序号须为数字", field="fix_srt_no")
    made = filings.file(
        case.tx,
        filings.NewFiling(
            psn_no=psn_no,
            kind=filings.DESIGNATED,
            type=asked["biz_appy_type"],
            region=found.region,
            from_day=insured.start(case, asked["begndate"]),
            until_day=asked["enddate"],
            source=case.institution.code,
            destination=chosen.region,
            institutions=(chosen.code,),
            detail={name: value for name, value in asked.items() if value is not None and name != "psn_no"},
        ),
    )
    return Answer({"result": {"trt_dcla_detl_sn": made.number}}, psn_no=psn_no)


TRANSACTION: Final = writing("2505", file_designated)
