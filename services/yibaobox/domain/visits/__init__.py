"""Visits (就诊): who was treated where, the diagnoses, the fee rows, and the settlements made of them.

Everything here belongs to one person, and whoever changes it holds the lock on that person's book. Fee rows are fixed
once uploaded: they are removed while unsettled, or settled. A settlement is never changed; its reversal is another row.
"""

from yibaobox.domain.visits.fees import ALL_BATCHES, Fee, NewFee, remove, unsettled, upload
from yibaobox.domain.visits.identity import Operator, identified, presented, sign_in, sign_out
from yibaobox.domain.visits.settlements import (
    Reversal,
    Settlement,
    later_than,
    of_txn,
    of_visit,
    record,
    reverse,
    shown,
)
from yibaobox.domain.visits.visits import NewVisit, Visit, cancel, describe, find, register

__all__ = [
    "ALL_BATCHES",
    "Fee",
    "NewFee",
    "NewVisit",
    "Operator",
    "Reversal",
    "Settlement",
    "Visit",
    "cancel",
    "describe",
    "find",
    "identified",
    "later_than",
    "of_txn",
    "of_visit",
    "presented",
    "record",
    "register",
    "remove",
    "reverse",
    "shown",
    "sign_in",
    "sign_out",
    "unsettled",
    "upload",
]
