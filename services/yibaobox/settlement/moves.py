"""What a settlement moves: the entries on the patient's book and on each giver's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import accumulators
from yibaobox.domain.ledger import Entry
from yibaobox.domain.people import capacities

if TYPE_CHECKING:
    from yibaobox.settlement.bill import Bill

CASH: Final = "CASH:counter"


def of(bill: Bill) -> list[Entry]:
    """Return the entries of a bill: funds, accounts and cash pay the institution; the accumulators count beside."""
    split, psn_no, standing = bill.split, bill.visit.psn_no, bill.standing
    major = "HIFOB" if standing.insutype == capacities.EMPLOYEE_INSURANCE else "HIFMI"
    pool_of = f"{standing.region}:{standing.insutype}"
    amounts = {
        f"POOL:{pool_of}": -split.pool_fen,
        f"{major}:{pool_of}": -split.major_fen,
        "ACCT": -split.own_fen,
        "FAMILY": -split.family_fen,
        CASH: -split.cash_fen,
        f"INST:{bill.visit.institution}": split.total_fen,
    }
    assert sum(amounts.values()) == 0, "every fen is paid once"
    entries = [Entry(psn_no, account, fen) for account, fen in amounts.items() if fen]
    entries += accumulators.entries(psn_no, bill.policy, bill.year, split.delta)
    for giver, paid in split.family:
        entries += [Entry(giver, "ACCT", -paid), Entry(giver, "FAMILY", paid)]
    return entries
