"""Templates: when each was used last, on the wall's clock, so that those longest unused can make room.

Revision ID: r0002
Revises: r0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("templates", sa.Column("used_us", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("templates", "used_us")
