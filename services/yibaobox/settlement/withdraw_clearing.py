"""3204 清算申请撤销."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import reconciliation
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def withdraw(case: Case) -> None:
    """Take an application for clearing back; its lines wait for another."""
    reconciliation.withdraw(case.tx, case.institution.code, case.data["clr_appy_evt_id"])


TRANSACTION: Final = writing("3204", withdraw, brief=False)
