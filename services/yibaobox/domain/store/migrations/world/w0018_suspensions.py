"""When a participation was suspended, among the numbers of the books: what was settled before stays rightly settled.

Revision ID: w0018
Revises: w0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0018"
down_revision = "w0017"


def upgrade() -> None:
    """Add the column."""
    op.add_column("participations", sa.Column("suspended_seq", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("participations", "suspended_seq")
