"""From when a participation entitles, where that is later than its first day, and what people say of themselves.

Revision ID: w0013
Revises: w0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0013"
down_revision = "w0012"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("participations", sa.Column("entitled_from", sa.Text(), nullable=True))
    op.create_table(
        "base_infos",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("psn_no", name=op.f("pk_base_infos")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("base_infos")
    op.drop_column("participations", "entitled_from")
