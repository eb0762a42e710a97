"""A settlement writes fewer pages, and on SQLite checks and triggers compare where they asked a function.

Few postings reverse another, so only these stand in the index that keeps it to once. A transaction makes one
settlement at the most: by its number alone the index grows at its end. On SQLite `LIKE` is a function and blind to
case: ranges are neither, and no trigger has to look at the case again. Books and balances are found by their keys
alone, and for a list of three SQLite makes a table each time.

Revision ID: w0022
Revises: w0021
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import anew, guards_0001, triggers

revision = "w0022"
down_revision = "w0021"

_REVERSING: Final = sa.text("reverses IS NOT NULL")
_LIKE: Final = re.compile(r"([\w.]*account) (NOT )?LIKE '(\w+):%'")
_RANGE: Final = re.compile(r"(NOT )?\(([\w.]*account) >= '(\w+):' AND [\w.]*account < '\w+;'\)")
_REWORDED: Final = ("entries_balance", "postings_balanced")
_PLACE: Final = "CONSTRAINT uq_postings_psn_no_place UNIQUE (psn_no, place)"
_LINE: Final = "CONSTRAINT ck_entries_line CHECK (line >= 1)"
_CHANGES: Final[anew.Changes] = {
    "postings": ((f"{_PLACE}, \n\tCONSTRAINT uq_postings_psn_no_reverses UNIQUE (psn_no, reverses)", _PLACE),),
    "settlements": (
        (
            "CONSTRAINT uq_settlements_psn_no_txn_id UNIQUE (psn_no, txn_id)",
            "CONSTRAINT uq_settlements_txn_id UNIQUE (txn_id)",
        ),
        ("account_use IN ('0', '1', '2')", "account_use = '0' OR account_use = '1' OR account_use = '2'"),
    ),
    "books": (("\n)", "\n) WITHOUT ROWID"),),
    "balances": (("\n)", "\n) WITHOUT ROWID"),),
    "entries": ((_LINE, f"{_LINE}, \n\tCONSTRAINT ck_entries_whole CHECK (typeof(amount_fen) = 'integer')"),),
}


def upgrade() -> None:
    """Change what is written with each settlement."""
    if _sqlite():
        triggers.unrefuse(dict.fromkeys(guards_0001.SQLITE_REFUSALS, "entries"))
        anew.change(_CHANGES, _in_ranges)
        _reword(_in_ranges)
    else:
        op.drop_constraint("uq_postings_psn_no_reverses", "postings")
        op.drop_constraint("uq_settlements_psn_no_txn_id", "settlements")
        op.create_unique_constraint("uq_settlements_txn_id", "settlements", ["txn_id"])
    op.create_index(
        "uq_postings_reverses",
        "postings",
        ["psn_no", "reverses"],
        unique=True,
        sqlite_where=_REVERSING,
        postgresql_where=_REVERSING,
    )


def downgrade() -> None:
    """Have all of it as it was."""
    op.drop_index("uq_postings_reverses", table_name="postings")
    if not _sqlite():
        op.drop_constraint("uq_settlements_txn_id", "settlements")
        op.create_unique_constraint("uq_settlements_psn_no_txn_id", "settlements", ["psn_no", "txn_id"])
        op.create_unique_constraint("uq_postings_psn_no_reverses", "postings", ["psn_no", "reverses"])
        return
    _reword(_in_likes)
    anew.restore(_CHANGES, _in_likes)
    triggers.refuse(guards_0001.SQLITE_REFUSALS)


def _in_ranges(words: str) -> str:
    return _LIKE.sub(r"\2(\1 >= '\3:' AND \1 < '\3;')", words)


def _in_likes(words: str) -> str:
    return _RANGE.sub(r"\2 \1LIKE '\3:%'", words)


def _reword(change: Callable[[str], str]) -> None:
    """Word the triggers anew that look for memo accounts."""
    run = op.get_bind().exec_driver_sql
    for name in _REWORDED:
        words = run("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).scalar_one()
        run(f"DROP TRIGGER {name}")
        run(change(words))


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
