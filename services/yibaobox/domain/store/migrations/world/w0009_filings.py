"""Filings, and the nonces that gateways have seen.

Revision ID: w0009
Revises: w0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0009 as guards

revision = "w0009"
down_revision = "w0008"


def upgrade() -> None:
    """Create the tables and the triggers that keep them."""
    op.create_table(
        "filings",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("filing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("institutions", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("until_day", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("filed_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cancelled_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('away', 'transfer', 'chronic', 'designated', 'hold')", name=op.f("ck_filings_kind")
        ),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_filings_days")),
        sa.CheckConstraint("(cancelled_us IS NULL) = (cancel_reason IS NULL)", name=op.f("ck_filings_cancelled")),
        sa.PrimaryKeyConstraint("psn_no", "filing_id", name=op.f("pk_filings")),
        sa.UniqueConstraint("filing_id", name=op.f("uq_filings_filing_id")),
    )
    op.create_table(
        "gateway_nonces",
        sa.Column("paasid", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("paasid", "nonce", name=op.f("pk_gateway_nonces")),
    )
    op.create_index("ix_gateway_nonces_seen_us", "gateway_nonces", ["seen_us"], unique=False)
    guards.create()


def downgrade() -> None:
    """Drop everything again."""
    guards.drop()
    op.drop_index("ix_gateway_nonces_seen_us", table_name="gateway_nonces")
    op.drop_table("gateway_nonces")
    op.drop_table("filings")
