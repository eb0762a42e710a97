"""2202 门诊挂号撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import NotFound
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def cancel_registration(case: Case) -> Answer:
    """Take a registration back, once fee rows and settlements are gone."""
    visit = held.visit(case, case.data)
    if visit.ipt_otp_no != case.data["ipt_otp_no"]:
        raise NotFound("就诊记录不存在")
    visits.cancel(case.tx, visit)
    return Answer(psn_no=visit.psn_no)


TRANSACTION: Final = writing("2202", cancel_registration)
