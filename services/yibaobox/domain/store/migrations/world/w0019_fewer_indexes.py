"""Fewer indexes under a settlement: rows are found by their visit, entries of funds are added up without one.

Revision ID: w0019
Revises: w0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0019"
down_revision = "w0018"

_INSTITUTION = sa.text("account LIKE 'INST:%'")


def upgrade() -> None:
    """Drop two indexes and add one over the entries of institutions."""
    op.drop_index("ix_fees_setl_id", table_name="fees")
    op.drop_index("ix_entries_account", table_name="entries")
    op.create_index(
        "ix_entries_institution", "entries", ["account"], sqlite_where=_INSTITUTION, postgresql_where=_INSTITUTION
    )


def downgrade() -> None:
    """Have the two again."""
    op.drop_index("ix_entries_institution", table_name="entries")
    op.create_index("ix_entries_account", "entries", ["account"], unique=False)
    op.create_index("ix_fees_setl_id", "fees", ["setl_id"], unique=False)
