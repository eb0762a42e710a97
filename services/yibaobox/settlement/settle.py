"""2207 门诊结算: split the bill and move the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.settlement import commit, foresee, held
from yibaobox.settlement.bill import drawn_up
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.edge.dispatch import Answer
    from yibaobox.settlement.case import Case


def settle(case: Case) -> Answer:
    """Settle a batch: own account, then family, then cash; at most once, for the rows are bound to it."""
    visit, givers = held.visit_and_payers(case, case.data)
    answer, _ = commit.settled(case, drawn_up(case, visit, givers))
    return answer


TRANSACTION: Final = writing("2207", settle, foresee=foresee.settling)
