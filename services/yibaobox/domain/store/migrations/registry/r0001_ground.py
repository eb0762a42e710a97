"""The registry of worlds, snapshots and keys.

Revision ID: r0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "templates",
        sa.Column("place", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_templates")),
    )
    op.create_table(
        "credentials",
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("world", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_credentials")),
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "snapshots",
        sa.Column("world", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("world", "name", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("place", name=op.f("uq_snapshots_place")),
    )
    op.create_table(
        "worlds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worlds")),
        sa.UniqueConstraint("place", name=op.f("uq_worlds_place")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("templates")
    op.drop_table("worlds")
    op.drop_table("snapshots")
    op.drop_table("installation")
    op.drop_table("credentials")
