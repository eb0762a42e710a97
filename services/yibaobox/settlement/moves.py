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
    fen, psn_no, standing = bill.fen, bill.visit.psn_no, bill.grounds.standing
    major = "HIFOB" if standing.insutype == capacities.EMPLOYEE_INSURANCE else "HIFMI"
    pool_of = f"{standing.region}:{standing.insutype}"
    amounts = {
        f"POOL:{pool_of}": -fen["pool_fen"],
        f"{major}:{pool_of}": bill.aid_fen - fen["major_fen"],
        f"MAF:{pool_of}": -bill.aid_fen,
        "ACCT": -fen["own_fen"],
        "FAMILY": -fen["family_fen"],
        CASH: -fen["cash_fen"],
        f"INST:{bill.visit.institution}": fen["total_fen"],
    }
    assert sum(amounts.values()) == 0, "every fen is paid once"
    entries = [Entry(psn_no, account, amount) for account, amount in amounts.items() if amount]
    disease = bill.grounds.who.disease
    for part in bill.parts:
        entries += accumulators.entries(psn_no, part.policy, part.year, part.split.delta, disease)
    for giver, paid in bill.paid:
        entries += [Entry(giver, "ACCT", -paid), Entry(giver, "FAMILY", paid)]
    return entries
