"""The head of a book moves in one step, from where the posting says it stood, or the posting is refused.

What looks at the head and moves it at once needs no index to keep two postings from one place: a posting writes a page
less. On SQLite a request's number is that of its row, which was found through an index before.

Revision ID: w0024
Revises: w0023
"""

from __future__ import annotations

from typing import Final

from alembic import op

from yibaobox.domain.store.migrations import anew, guards_0001, triggers

revision = "w0024"
down_revision = "w0023"

_MOVED: Final = (
    "UPDATE books SET length = NEW.place, head = NEW.hash"
    " WHERE psn_no = NEW.psn_no AND length = NEW.place - 1 AND head = NEW.prev_hash"
)
_MESSAGE: Final = "the posting does not follow the head of the book"
_PLACE: Final = ", \n\tCONSTRAINT uq_postings_psn_no_place UNIQUE (psn_no, place)"
_BEFORE: Final = "CONSTRAINT ck_postings_reverses CHECK (reverses < txn_id)"


def upgrade() -> None:
    """Look and move at once."""
    triggers.unrefuse({"postings_chained": "postings", "postings_head": "postings"})
    if _sqlite():
        anew.remake("postings", anew.replaced(_PLACE, ""))
        anew.remake("requests", anew.replaced("request_id BIGINT", "request_id INTEGER"))
        otherwise = f"SELECT RAISE(ABORT, '{_MESSAGE}') WHERE changes() = 0"
    else:
        op.drop_constraint("uq_postings_psn_no_place", "postings")
        otherwise = f"IF NOT FOUND THEN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = '23514'; END IF"
    triggers.follow({"postings_chained": ("postings", "1 = 1", (_MOVED, otherwise))})


def downgrade() -> None:
    """Look before and move after."""
    triggers.unrefuse({"postings_chained": "postings"})
    if _sqlite():
        anew.remake("postings", anew.replaced(_BEFORE, f"{_BEFORE}{_PLACE}"))
        anew.remake("requests", anew.replaced("request_id INTEGER", "request_id BIGINT"))
    else:
        op.create_unique_constraint("uq_postings_psn_no_place", "postings", ["psn_no", "place"])
    triggers.refuse({"postings_chained": guards_0001.REFUSALS["postings_chained"]})
    triggers.follow({"postings_head": guards_0001.EFFECTS["postings_head"]})


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
