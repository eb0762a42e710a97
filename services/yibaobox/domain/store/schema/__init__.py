"""The tables of a world and of the registry, as SQLAlchemy metadata, a module per subject.

Two rules run through them (architecture, "ready to be spread"): a table owned by a person leads its primary key with
`psn_no`, a message table with the institution; and no foreign key crosses persons. Money is integer fen, instants are
integer microseconds, days are text, JSON is text. Triggers that only SQL can word stand in the migrations.
"""

from typing import Final

from yibaobox.domain.store.schema import (
    billing,
    credential,
    enrolment,
    faults,
    filings,
    ground,
    reconciliation,
    settlement,
    worlds,
)
from yibaobox.domain.store.schema.columns import registry, world
from yibaobox.domain.store.schema.ground import balances, books, entries, postings

GENESIS: Final = "0" * 64  # the head of a book with no posting yet
SEQUENCES: Final = ("txn", "person", "job", "event", "request", "number")

__all__ = [
    "GENESIS",
    "SEQUENCES",
    "balances",
    "billing",
    "books",
    "credential",
    "enrolment",
    "entries",
    "faults",
    "filings",
    "ground",
    "postings",
    "reconciliation",
    "registry",
    "settlement",
    "world",
    "worlds",
]
