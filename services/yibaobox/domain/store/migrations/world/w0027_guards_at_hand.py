"""Guards look no further than they have to.

What the money entries of a posting come to was asked in two queries, and is in one. On PostgreSQL the guards of
reversals and of settled uploads ran a query for every posting and every upload, though what is no reversal, or not yet
settled, is told by the row itself.

Revision ID: w0027
Revises: w0026
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import guards_0001, triggers

revision = "w0027"
down_revision = "w0026"

_BALANCED: Final = "postings_balanced"
_UNBALANCED: Final = (
    "(SELECT count(*) < 2 OR sum(e.amount_fen) <> 0 FROM entries e"
    " WHERE e.psn_no = NEW.psn_no AND e.txn_id = NEW.txn_id AND e.account NOT LIKE 'ACCM:%')"
)
_REFUSALS: Final[triggers.Refusals] = {
    _BALANCED: ("postings", "INSERT", _UNBALANCED, guards_0001.REFUSALS[_BALANCED][3])
}
_NARROWED: Final = {
    "postings_mirrored": ("postings", "INSERT", "NEW.reverses IS NOT NULL"),
    "fee_uploads_settled": ("fee_uploads", "UPDATE", "OLD.setl_id IS NOT NULL"),
}


def upgrade() -> None:
    """Ask once, and only where there is something to ask."""
    triggers.unrefuse({_BALANCED: "postings"})
    triggers.refuse(_REFUSALS)
    triggers.narrow(_NARROWED)


def downgrade() -> None:
    """Have the guards as they were."""
    triggers.unrefuse({_BALANCED: "postings"})
    triggers.refuse({_BALANCED: guards_0001.REFUSALS[_BALANCED]})
    triggers.narrow({name: (table, moment, "") for name, (table, moment, _) in _NARROWED.items()})
