"""2401 入院办理."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import ledger, visits
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import presented
from yibaobox.settlement.case import writing
from yibaobox.settlement.stays import described

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def admit(case: Case) -> Answer:
    """Admit a person who presents what is theirs; entitlement is judged when the stay is settled."""
    facts, diagnoses = case.input["mdtrtinfo"], case.input["diseinfo"]
    described.check(case, facts, diagnoses)
    shown = {**facts, "psn_cert_type": facts.get("cert_type")}
    person = presented.owner(case, shown)
    ledger.lock(case.tx, [person.psn_no])
    wanted = visits.NewVisit(
        psn_no=person.psn_no,
        institution=case.institution.code,
        insutype=facts["insutype"],
        ipt_otp_no=facts["ipt_no"],
        begins=facts["begntime"],
        facts=facts,
        kind=visits.STAY,
    )
    visit, number = visits.admit(case.tx, wanted, diagnoses)
    return Answer({"result": {"mdtrt_id": visit.number}}, psn_no=person.psn_no, txn_id=number)


TRANSACTION: Final = writing("2401", admit)
