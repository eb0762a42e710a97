"""9001 签到."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


def sign_in(case: Case) -> Values:
    """Open a session of an operator."""
    asked = case.input["signIn"]
    operator = visits.Operator(asked["opter_no"], asked["mac"], asked["ip"])
    number = visits.sign_in(case.tx, case.institution.code, operator)
    return {"signinoutb": {"sign_time": case.tx.now, "sign_no": number}}


TRANSACTION: Final = writing("9001", sign_in)
