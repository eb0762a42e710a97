"""Faults that are armed and the log of those that fired.

Revision ID: w0006
Revises: w0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0006"
down_revision = "w0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "fault_log",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fault_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("biz_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rec_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_fault_log")),
    )
    op.create_table(
        "faults",
        sa.Column("fault_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("probability_ppm", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fired", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("probability_ppm BETWEEN 0 AND 1000000", name=op.f("ck_faults_probability")),
        sa.CheckConstraint("times >= 0", name=op.f("ck_faults_times")),
        sa.PrimaryKeyConstraint("fault_id", name=op.f("pk_faults")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("faults")
    op.drop_table("fault_log")
