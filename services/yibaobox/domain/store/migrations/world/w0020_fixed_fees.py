"""A fee row is compared with itself no more when it is settled: its trigger looks at what a statement names.

Revision ID: w0020
Revises: w0019
"""

from __future__ import annotations

from yibaobox.domain.store.migrations import guards_0005, triggers

revision = "w0020"
down_revision = "w0019"

_FACTS = (
    *("psn_no", "visit_id", "feedetl_sn", "batch", "place", "item", "grade", "count_e4", "price_e6", "amount_fen"),
    *("first_pay_ppm", "ceiling_fen", "out_fen", "over_fen", "first_pay_fen", "eligible_fen", "detail"),
    *("charged_on", "returns"),
)


def upgrade() -> None:
    """Refuse each statement that names a fact of a row, whatever it would make of it."""
    triggers.unrefuse({"fees_fixed": "fees"})
    table, _, _, message = guards_0005.FEES_FIXED
    triggers.refuse({"fees_fixed": (table, f"UPDATE OF {', '.join(_FACTS)}", "1 = 1", message)})


def downgrade() -> None:
    """Compare each row again."""
    triggers.unrefuse({"fees_fixed": "fees"})
    triggers.refuse({"fees_fixed": guards_0005.FEES_FIXED})
