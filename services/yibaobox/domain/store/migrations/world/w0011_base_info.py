"""From when a participation entitles, where that is later than its first day, and what people say of themselves.

Revision ID: w0011
Revises: w0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0011"
down_revision = "w0010"


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
