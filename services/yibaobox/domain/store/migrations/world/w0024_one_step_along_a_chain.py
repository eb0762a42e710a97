"""Postings stand in the order of their transactions; the head of a book moves in one step, or the posting is refused.

They were written to a table and three indexes, in places all over them. By transaction first they are written where the
last ones were, and on SQLite need nothing beside that but the index of reversals. What looks at the head of a book and
moves it at once keeps two postings from one place without an index (nothing else writes that row, and the audit looks
at the places), a person's later entries tell that numbers do not rise, and what institutions got is added up from a
day's postings. On SQLite a request's number is that of its row, which was found through an index before.

Revision ID: w0024
Revises: w0023
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import anew, guards_0001, triggers

revision = "w0024"
down_revision = "w0023"

_BEHIND: Final = "EXISTS (SELECT 1 FROM entries e WHERE e.psn_no = NEW.psn_no AND e.txn_id > NEW.txn_id)"
_ORDERED: Final = {"postings_ordered": ("postings", "INSERT", _BEHIND, "transaction numbers rise along a chain")}
_MOVED: Final = (
    "UPDATE books SET length = NEW.place, head = NEW.hash"
    " WHERE psn_no = NEW.psn_no AND length = NEW.place - 1 AND head = NEW.prev_hash"
)
_ASTRAY: Final = "the posting does not follow the head of the book"
_REFERRING: Final = ("entries", "settlements", "setl_reversals")
_BOTH: Final = ["psn_no", "txn_id"]
_INSTITUTION: Final = sa.text("account LIKE 'INST:%'")
_PLACE: Final = ", \n\tCONSTRAINT uq_postings_psn_no_place UNIQUE (psn_no, place)\n)"
_CHANGES: Final[anew.Changes] = {
    "postings": (("PRIMARY KEY (psn_no, txn_id)", "PRIMARY KEY (txn_id, psn_no)"), (_PLACE, "\n) WITHOUT ROWID")),
    "requests": (("request_id BIGINT", "request_id INTEGER"),),
}


def upgrade() -> None:
    """Put postings in order; look and move at once."""
    triggers.unrefuse(dict.fromkeys(("postings_chained", "postings_head", "postings_ordered"), "postings"))
    op.drop_index("ix_entries_institution", table_name="entries")
    op.drop_index("ix_postings_txn_id", table_name="postings")
    if _sqlite():
        anew.change(_CHANGES)
        otherwise = f"SELECT RAISE(ABORT, '{_ASTRAY}') WHERE changes() = 0"
    else:
        op.drop_constraint("uq_postings_psn_no_place", "postings")
        _key(["txn_id", "psn_no"])
        otherwise = f"IF NOT FOUND THEN RAISE EXCEPTION '{_ASTRAY}' USING ERRCODE = '23514'; END IF"
    triggers.refuse(_ORDERED)
    triggers.follow({"postings_chained": ("postings", "1 = 1", (_MOVED, otherwise))})


def downgrade() -> None:
    """Have all of it as it was."""
    triggers.unrefuse(dict.fromkeys(("postings_chained", "postings_ordered"), "postings"))
    if _sqlite():
        anew.restore(_CHANGES)
    else:
        _key(_BOTH)
        op.create_unique_constraint("uq_postings_psn_no_place", "postings", ["psn_no", "place"])
    op.create_index("ix_postings_txn_id", "postings", ["txn_id"])
    op.create_index(
        "ix_entries_institution", "entries", ["account"], sqlite_where=_INSTITUTION, postgresql_where=_INSTITUTION
    )
    triggers.refuse({name: guards_0001.REFUSALS[name] for name in ("postings_ordered", "postings_chained")})
    triggers.follow({"postings_head": guards_0001.EFFECTS["postings_head"]})


def _key(columns: Sequence[str]) -> None:
    """Give postings another primary key on PostgreSQL, which those who refer to them hold on to."""
    for table in _REFERRING:
        op.drop_constraint(f"fk_{table}_postings", table)
    op.drop_constraint("pk_postings", "postings")
    op.create_primary_key("pk_postings", "postings", [*columns])
    for table in _REFERRING:
        op.create_foreign_key(
            f"fk_{table}_postings", table, "postings", _BOTH, _BOTH, deferrable=True, initially="DEFERRED"
        )


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
