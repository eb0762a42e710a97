"""Sessions of the tax channel know who is logged in at Alipay.

Revision ID: w0015
Revises: w0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0015"
down_revision = "w0014"


def upgrade() -> None:
    """Add the column."""
    op.add_column("tax_sessions", sa.Column("buyer_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("tax_sessions", "buyer_id")
