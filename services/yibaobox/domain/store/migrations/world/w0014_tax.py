"""The tax channel: corrections of the tier, refund requests, waivers, red receipts, hand-overs, what hangs.

Revision ID: w0014
Revises: w0013
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0014 as guards

revision = "w0014"
down_revision = "w0013"

_TABLES: Final = ("tier_corrections", "refund_requests", "waivers", "red_receipts", "hand_overs", "recon_hangs")


def upgrade() -> None:
    """Create the tables and their triggers, and say of a refund whose request it answers and how it failed."""
    op.add_column("bills", sa.Column("corrects_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("refunds", sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("refunds", sa.Column("outcome", sa.Text(), nullable=True))
    _tier_corrections()
    _refund_requests()
    _waivers()
    _red_receipts()
    _hand_overs()
    _recon_hangs()
    guards.create()


def downgrade() -> None:
    """Drop them."""
    guards.drop()
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_column("refunds", "outcome")
    op.drop_column("refunds", "request_id")
    op.drop_column("bills", "corrects_fen")


def _tier_corrections() -> None:
    op.create_table(
        "tier_corrections",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("correction_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("from_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "(direction = 'up' AND to_fen > from_fen) OR (direction = 'down' AND to_fen < from_fen)",
            name=op.f("ck_tier_corrections_direction"),
        ),
        sa.CheckConstraint("(state = 'DONE') = (direction = 'up')", name=op.f("ck_tier_corrections_done")),
        sa.CheckConstraint("state IN ('DONE', 'NOTED', 'RETURNED')", name=op.f("ck_tier_corrections_state")),
        sa.PrimaryKeyConstraint("psn_no", "correction_id", name=op.f("pk_tier_corrections")),
        sa.UniqueConstraint(
            *("psn_no", "region", "insutype", "year"), name=op.f("uq_tier_corrections_psn_no_region_insutype_year")
        ),
    )


def _refund_requests() -> None:
    op.create_table(
        "refund_requests",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("applied_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changed_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount_fen >= 1", name=op.f("ck_refund_requests_amount")),
        sa.CheckConstraint(
            "(state = 'REFUND_REJECTED') = (refusal IS NOT NULL)", name=op.f("ck_refund_requests_refusal")
        ),
        sa.CheckConstraint(
            "state IN ('REFUND_APPLIED', 'REFUND_MED_REVIEW', 'REFUND_TAX_REVIEW', 'REFUNDING', 'REFUNDED',"
            " 'REFUND_REJECTED')",
            name=op.f("ck_refund_requests_state"),
        ),
        sa.PrimaryKeyConstraint("psn_no", "request_id", name=op.f("pk_refund_requests")),
        sa.UniqueConstraint("request_id", name=op.f("uq_refund_requests_request_id")),
    )
    waits = sa.text("state IN ('REFUND_APPLIED', 'REFUND_MED_REVIEW', 'REFUND_TAX_REVIEW')")
    op.create_index(
        "uq_refund_requests_waiting",
        "refund_requests",
        ["psn_no", "region", "insutype", "year"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )


def _waivers() -> None:
    op.create_table(
        "waivers",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("psn_no", "bill_id", name=op.f("pk_waivers")),
    )


def _red_receipts() -> None:
    op.create_table(
        "red_receipts",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("red_no", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issued_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("psn_no", "red_no", name=op.f("pk_red_receipts")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_red_receipts_receipt_no")),
        sa.UniqueConstraint("red_no", name=op.f("uq_red_receipts_red_no")),
    )


def _hand_overs() -> None:
    op.create_table(
        "hand_overs",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("hand_over_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("came_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("returned_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("psn_no", "hand_over_id", name=op.f("pk_hand_overs")),
        sa.UniqueConstraint("partner", "nonce", name=op.f("uq_hand_overs_partner_nonce")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_hand_overs_token_hash")),
    )


def _recon_hangs() -> None:
    op.create_table(
        "recon_hangs",
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("ours_fen", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("theirs_fen", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("hung_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("kind BETWEEN 1 AND 7", name=op.f("ck_recon_hangs_kind")),
        sa.PrimaryKeyConstraint("party", "name", "kind", name=op.f("pk_recon_hangs")),
    )
