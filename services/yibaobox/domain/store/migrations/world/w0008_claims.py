"""Notifications that somebody is sending: until when, on the wall's clock.

Revision ID: w0008
Revises: w0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0008"
down_revision = "w0007"


def upgrade() -> None:
    """Add the column."""
    op.add_column("outbox", sa.Column("claimed_until_us", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("outbox", "claimed_until_us")
