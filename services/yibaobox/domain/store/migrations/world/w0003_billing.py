"""Bills, payment orders, payments, refunds, receipts, sessions of the tax channel.

Revision ID: w0003
Revises: w0002
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0003 as guards

revision = "w0003"
down_revision = "w0002"

_TABLES: Final = ("bills", "pay_orders", "payments", "refunds", "receipts", "tax_sessions")


def upgrade() -> None:
    """Create the tables and their triggers."""
    _bills()
    _pay_orders()
    _payments()
    _refunds()
    _receipts()
    _tax_sessions()
    guards.create()


def downgrade() -> None:
    """Drop the tables."""
    guards.drop()
    for table in reversed(_TABLES):
        op.drop_table(table)


def _bills() -> None:
    op.create_table(
        "bills",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("manner", sa.Text(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paid_before_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pay_by_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("txn_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("paid_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("period_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("posted_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "due_fen >= 1 AND paid_before_fen >= 0 AND total_fen = paid_before_fen + due_fen",
            name=op.f("ck_bills_amounts"),
        ),
        sa.CheckConstraint("(state IN ('PAID', 'POSTED')) = (channel IS NOT NULL)", name=op.f("ck_bills_channel")),
        sa.CheckConstraint("insutype IN ('310', '390')", name=op.f("ck_bills_insutype")),
        sa.CheckConstraint("manner IN ('normal', 'assessed')", name=op.f("ck_bills_manner")),
        sa.CheckConstraint("(state IN ('PAID', 'POSTED')) = (paid_us IS NOT NULL)", name=op.f("ck_bills_paid")),
        sa.CheckConstraint("(state = 'POSTED') = (period_id IS NOT NULL)", name=op.f("ck_bills_period")),
        sa.CheckConstraint("(state = 'POSTED') = (posted_us IS NOT NULL)", name=op.f("ck_bills_posted")),
        sa.CheckConstraint("(state IN ('PAID', 'POSTED')) = (txn_id IS NOT NULL)", name=op.f("ck_bills_premium")),
        sa.CheckConstraint("state IN ('UNPAID', 'PAYING', 'PAID', 'POSTED', 'VOID')", name=op.f("ck_bills_state")),
        sa.PrimaryKeyConstraint("psn_no", "bill_id", name=op.f("pk_bills")),
        sa.UniqueConstraint("bill_id", name=op.f("uq_bills_bill_id")),
        sa.UniqueConstraint("txn_id", name=op.f("uq_bills_txn_id")),
    )
    op.create_index(
        "uq_bills_open",
        "bills",
        ["psn_no", "region", "insutype", "year"],
        unique=True,
        sqlite_where=sa.text("state IN ('UNPAID', 'PAYING')"),
        postgresql_where=sa.text("state IN ('UNPAID', 'PAYING')"),
    )


def _pay_orders() -> None:
    op.create_table(
        "pay_orders",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prepay_id", sa.Text(), nullable=True),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount_fen >= 1", name=op.f("ck_pay_orders_amount")),
        sa.CheckConstraint(
            "state IN ('CREATED', 'PAYING', 'SUCCESS', 'CLOSED', 'FAILED', 'REFUNDING', 'PARTIAL', 'REFUNDED')",
            name=op.f("ck_pay_orders_state"),
        ),
        sa.PrimaryKeyConstraint("psn_no", "order_id", name=op.f("pk_pay_orders")),
        sa.UniqueConstraint("out_trade_no", name=op.f("uq_pay_orders_out_trade_no")),
    )
    op.create_index(
        "uq_pay_orders_open",
        "pay_orders",
        ["psn_no", "bill_id", "channel", "payer"],
        unique=True,
        sqlite_where=sa.text("state IN ('CREATED', 'PAYING')"),
        postgresql_where=sa.text("state IN ('CREATED', 'PAYING')"),
    )


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_txn", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("txn_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paid_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount_fen >= 1", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("disposition IN ('APPLIED', 'SUSPENSE')", name=op.f("ck_payments_disposition")),
        sa.CheckConstraint("(disposition = 'SUSPENSE') = (reason IS NOT NULL)", name=op.f("ck_payments_reason")),
        sa.PrimaryKeyConstraint("psn_no", "payment_id", name=op.f("pk_payments")),
        sa.UniqueConstraint("channel", "channel_txn", name=op.f("uq_payments_channel_channel_txn")),
        sa.UniqueConstraint("txn_id", name=op.f("uq_payments_txn_id")),
    )
    op.create_index(
        "uq_payments_applied",
        "payments",
        ["psn_no", "bill_id"],
        unique=True,
        sqlite_where=sa.text("disposition = 'APPLIED'"),
        postgresql_where=sa.text("disposition = 'APPLIED'"),
    )


def _refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("out_refund_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount_fen >= 1", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint("state IN ('DUE', 'PROCESSING', 'DONE', 'CLOSED')", name=op.f("ck_refunds_state")),
        sa.PrimaryKeyConstraint("psn_no", "refund_id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("out_refund_no", name=op.f("uq_refunds_out_refund_no")),
        sa.UniqueConstraint("txn_id", name=op.f("uq_refunds_txn_id")),
    )
    op.create_index("ix_refunds_payment", "refunds", ["psn_no", "payment_id"], unique=False)


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("amount_fen >= 1", name=op.f("ck_receipts_amount")),
        sa.CheckConstraint("state IN ('VALID', 'REPLACED', 'FLUSHED')", name=op.f("ck_receipts_state")),
        sa.PrimaryKeyConstraint("psn_no", "receipt_no", name=op.f("pk_receipts")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_receipts_receipt_no")),
    )
    op.create_index(
        "uq_receipts_valid",
        "receipts",
        ["psn_no", "region", "insutype", "year"],
        unique=True,
        sqlite_where=sa.text("state = 'VALID'"),
        postgresql_where=sa.text("state = 'VALID'"),
    )


def _tax_sessions() -> None:
    op.create_table(
        "tax_sessions",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_tax_sessions_hash")),
        sa.PrimaryKeyConstraint("psn_no", "token_hash", name=op.f("pk_tax_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tax_sessions_token_hash")),
    )
