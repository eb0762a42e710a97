"""On SQLite a row of a bill, of the books or of the messages is written without tables beside it.

For a list of three or more SQLite makes a table each time that it looks for a value there, and a settlement writes
eight entries. Entries are found by their key alone, so they need no row numbers. PostgreSQL knows neither trouble.

Revision ID: w0021
Revises: w0020
"""

from __future__ import annotations

from typing import Final

from alembic import op

from yibaobox.domain.store.migrations import anew

revision = "w0021"
down_revision = "w0020"

_CHANGES: Final[anew.Changes] = {
    "entries": (
        ("account IN ('ACCT', 'FAMILY', 'OPEN') OR", "account = 'ACCT' OR account = 'FAMILY' OR account = 'OPEN' OR"),
        ("\n)", "\n) WITHOUT ROWID"),
    ),
    "messages": (
        (
            "outcome IN ('SETTLED', 'REFUSED', 'TOMBSTONED')",
            "outcome = 'SETTLED' OR outcome = 'REFUSED' OR outcome = 'TOMBSTONED'",
        ),
    ),
    "fees": (("grade IN ('A', 'B', 'C')", "grade = 'A' OR grade = 'B' OR grade = 'C'"),),
}


def upgrade() -> None:
    """Make the tables anew, with all their rows and triggers."""
    if op.get_bind().dialect.name == "sqlite":
        anew.change(_CHANGES)


def downgrade() -> None:
    """Make them as they were."""
    if op.get_bind().dialect.name == "sqlite":
        anew.restore(_CHANGES)
