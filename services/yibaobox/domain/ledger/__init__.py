"""The books: append-only double entry in whole fen, one hash chain per person.

A *transaction* has a number that only rises within its world. It writes one *posting* per person it concerns, and the
money entries of each posting sum to zero by themselves, so that a person's book can be checked, chained and stored
alone. Memo entries, the yearly accumulators, count beside the money. A correction is another posting; nothing is
updated or deleted.

Accounts are text. `ACCT` is the person's own account and `ACCM:{region}:{scheme}:{year}:{bucket}` an accumulator;
both have a balance that never falls below zero. Funds (`POOL:`, `CIVIL:`, `HIFES:`, `HIFMI:`, `HIFOB:`, `MAF:`,
`OTH:`), `INST:`, `CASH:`, `PREM:`, `SUSP:`, `REFUND_DUE:` and `OPEN` are the other side; their totals are sums over
entries. `FAMILY` clears between the giver and the patient of one transaction and is zero over the whole of it.
"""

from yibaobox.domain.ledger.accounts import accumulator, is_fund, is_memo, is_personal
from yibaobox.domain.ledger.chain import digest
from yibaobox.domain.ledger.post import Entry, lock, locked, locking, locking_unless, post, reverse
from yibaobox.domain.ledger.read import balance, balances, entries, lines, reading, total

__all__ = [
    "Entry",
    "accumulator",
    "balance",
    "balances",
    "digest",
    "entries",
    "is_fund",
    "is_memo",
    "is_personal",
    "lines",
    "lock",
    "locked",
    "locking",
    "locking_unless",
    "post",
    "reading",
    "reverse",
    "total",
]
