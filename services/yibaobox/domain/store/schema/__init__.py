"""The tables of a world and of the registry, as SQLAlchemy metadata, a module per subject.

Two rules run through them (architecture, "ready to be spread"): a table owned by a person leads its primary key with
`psn_no` (postings with `txn_id`, in whose order they are written), a message table with the institution; and no foreign
key crosses persons. Money is integer fen, instants are integer microseconds, days are text, JSON is text. Triggers that
only SQL can word stand in the migrations.

They serve migrations, exchange and comparison. A start that finds everything in order needs none of them, nor does it
need SQLAlchemy on SQLite: both are loaded where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

    from yibaobox.domain.store.migrate import Annex

__all__ = [
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
    "tables",
    "world",
    "worlds",
]


def tables(annexes: Iterable[Annex]) -> list[Table]:
    """Return every table of a world's database, those that others refer to first."""
    return [table for metadata in (world, *(one.metadata() for one in annexes)) for table in metadata.sorted_tables]
