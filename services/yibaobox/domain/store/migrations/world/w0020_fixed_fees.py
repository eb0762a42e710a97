"""A fee row is compared with itself no more when it is settled: its trigger looks at what a statement names.

Revision ID: w0020
Revises: w0019
"""

from __future__ import annotations

from yibaobox.domain.store.migrations import guards_0005, triggers

revision = "w0020"
down_revision = "w0019"


def upgrade() -> None:
    """Refuse each statement that names a fact of a row, whatever it would make of it."""
    triggers.unrefuse({"fees_fixed": "fees"})
    triggers.refuse(guards_0005.FEES_NAMED)


def downgrade() -> None:
    """Compare each row again."""
    triggers.unrefuse({"fees_fixed": "fees"})
    triggers.refuse({"fees_fixed": guards_0005.FEES_FIXED})
