"""On SQLite a row of a bill, of the books or of the messages is written without tables beside it.

For a list of three or more SQLite makes a table each time that it looks for a value there, and a settlement writes
eight entries. Entries are found by their key alone, so they need no row numbers. PostgreSQL knows neither trouble.

Revision ID: w0021
Revises: w0020
"""

from __future__ import annotations

import re
from typing import NamedTuple

from alembic import op

revision = "w0021"
down_revision = "w0020"


class _Change(NamedTuple):
    table: str
    before: str
    after: str
    tail: str = ""


_CHANGES = (
    _Change(
        "entries",
        "account IN ('ACCT', 'FAMILY', 'OPEN') OR",
        "account = 'ACCT' OR account = 'FAMILY' OR account = 'OPEN' OR",
        " WITHOUT ROWID",
    ),
    _Change(
        "messages",
        "outcome IN ('SETTLED', 'REFUSED', 'TOMBSTONED')",
        "outcome = 'SETTLED' OR outcome = 'REFUSED' OR outcome = 'TOMBSTONED'",
    ),
    _Change("fees", "grade IN ('A', 'B', 'C')", "grade = 'A' OR grade = 'B' OR grade = 'C'"),
)


def upgrade() -> None:
    """Make the tables anew, with all their rows and triggers."""
    for change in _CHANGES if op.get_bind().dialect.name == "sqlite" else ():
        words = _words(change.table)
        assert words.count(change.before) == 1, f"{change.table} is as the last revision made it"
        _remake(change.table, words.replace(change.before, change.after) + change.tail)


def downgrade() -> None:
    """Make them as they were."""
    for change in _CHANGES if op.get_bind().dialect.name == "sqlite" else ():
        words = _words(change.table).removesuffix(change.tail)
        _remake(change.table, words.replace(change.after, change.before))


def _words(table: str) -> str:
    """Return the words that made a table."""
    asked = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    return str(op.get_bind().exec_driver_sql(asked, (table,)).scalar())


def _remake(table: str, words: str) -> None:
    """Make a table by other words under its old name and take its rows over."""
    run = op.get_bind().exec_driver_sql
    asked = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    asked += " AND (type = 'index' AND tbl_name = ? OR type = 'trigger' AND (tbl_name = ? OR sql LIKE ?))"
    kept = run(asked, (table, table, f"% {table} %")).all()
    for kind, name, _ in kept:
        run(f"DROP {kind} {name}")
    run(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", words, count=1))
    run(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    run(f"DROP TABLE {table}")
    run(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for _, _, made in kept:
        run(made)
