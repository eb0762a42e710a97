"""2201 门诊挂号."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import foresee, presented
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def register(case: Case) -> Answer:
    """Open a visit of a person who presents what is theirs; entitlement is judged when it is settled."""
    data = case.data
    person = presented.owner(case, data)
    visit = visits.register(
        case.tx,
        visits.NewVisit(
            psn_no=person.psn_no,
            institution=case.institution.code,
            insutype=data["insutype"],
            ipt_otp_no=data["ipt_otp_no"],
            begins=data["begntime"],
            facts=data,
        ),
    )
    told = {"mdtrt_id": visit.number, "psn_no": person.psn_no, "ipt_otp_no": visit.ipt_otp_no}
    return Answer({"data": told}, psn_no=person.psn_no)


TRANSACTION: Final = writing("2201", register, foresee=foresee.registering)
