"""Rules of faults: how many matches they let pass, until when they hold, where they come from.

Revision ID: w0007
Revises: w0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0007"
down_revision = "w0006"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("faults", sa.Column("pass_first", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("faults", sa.Column("expires_us", sa.BigInteger(), nullable=True))
    op.add_column("faults", sa.Column("origin", sa.Text(), server_default="rule", nullable=False))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("origin", "expires_us", "pass_first"):
        op.drop_column("faults", name)
