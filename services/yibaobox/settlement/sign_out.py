"""9002 签退."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


def sign_out(case: Case) -> Values:
    """Close a session; clients read the time at two places."""
    asked = case.input["signOut"]
    visits.sign_out(case.tx, case.institution.code, asked["sign_no"], asked["opter_no"])
    return {"sign_time": case.tx.now, "signoutoutb": {"sign_time": case.tx.now}}


TRANSACTION: Final = writing("9002", sign_out)
