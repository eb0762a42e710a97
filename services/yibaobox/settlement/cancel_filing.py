"""2502, 2504, 2506: take back a transfer, a recognised disease, an institution of choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import filings
from yibaobox.domain.errors import NotFound
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import insured
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.edge.dispatch import Transaction
    from yibaobox.settlement.case import Case


def _cancelling(infno: str, kind: str) -> Transaction:
    def cancel(case: Case) -> Answer:
        asked = case.data
        psn_no = insured.person(case, asked["psn_no"])
        found = filings.find(case.tx, psn_no, asked["trt_dcla_detl_sn"], kind)
        if found.source != case.institution.code:
            raise NotFound("备案不存在")  # what somebody else filed looks like what does not exist
        filings.cancel(case.tx, found, asked["memo"] or "机构撤销")
        return Answer(psn_no=psn_no)

    return writing(infno, cancel)


TRANSFER: Final = _cancelling("2502", filings.TRANSFER)
CHRONIC: Final = _cancelling("2504", filings.CHRONIC)
DESIGNATED: Final = _cancelling("2506", filings.DESIGNATED)
