"""Sessions of the tax channel know who is logged in at Alipay.

Revision ID: w0016
Revises: w0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0016"
down_revision = "w0015"


def upgrade() -> None:
    """Add the column."""
    op.add_column("tax_sessions", sa.Column("buyer_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("tax_sessions", "buyer_id")
