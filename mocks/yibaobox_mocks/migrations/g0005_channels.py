"""Channels that debit at once: accounts, debits, refunds.

Revision ID: g0005
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "g0005"
down_revision = "g0004"

_TABLES: Final = ("gw_channel_accounts", "gw_channel_debits", "gw_channel_refunds")


def upgrade() -> None:
    """Create the tables."""
    _gw_channel_accounts()
    _gw_channel_debits()
    _gw_channel_refunds()


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _gw_channel_accounts() -> None:
    table = "gw_channel_accounts"
    op.create_table(
        table,
        _text("channel"),
        _text("account_no"),
        _text("psn_no", null=True),
        _text("holder"),
        _text("password"),
        _big("balance_fen"),
        _big("frozen"),
        _check(table, "balance", "balance_fen >= 0"),
        _check(table, "frozen", "frozen IN (0, 1)"),
        sa.PrimaryKeyConstraint("channel", "account_no", name=op.f(f"pk_{table}")),
    )


def _gw_channel_debits() -> None:
    table = "gw_channel_debits"
    op.create_table(
        table,
        _text("channel"),
        _text("tax_org_code"),
        _text("entrust_date"),
        _text("tra_no"),
        _text("account_no"),
        _big("amount_fen"),
        _text("summary"),
        _text("terminal", null=True),
        _text("state"),
        _text("reason", null=True),
        _text("channel_txn"),
        _big("created_us"),
        _big("done_us", null=True),
        _text("fingerprint"),
        _check(table, "state", "state IN ('RECEIVED', 'SUCCESS', 'FAILED', 'REVERSED')"),
        _check(table, "done", "(state = 'RECEIVED') = (done_us IS NULL)"),
        _check(table, "reason", "(state = 'FAILED') <= (reason IS NOT NULL)"),
        _check(table, "amount", "amount_fen >= 0"),
        sa.PrimaryKeyConstraint("channel", "tax_org_code", "entrust_date", "tra_no", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("channel", "channel_txn", name=op.f(f"uq_{table}_channel_channel_txn")),
    )
    op.create_index("ix_gw_channel_debits_day", table, ["channel", "entrust_date"])


def _gw_channel_refunds() -> None:
    table = "gw_channel_refunds"
    op.create_table(
        table,
        _text("channel"),
        _text("refund_no"),
        _text("channel_txn"),
        _big("amount_fen"),
        _text("entrust_date"),
        _big("done_us"),
        _text("fingerprint"),
        _check(table, "amount", "amount_fen >= 1"),
        sa.PrimaryKeyConstraint("channel", "refund_no", name=op.f(f"pk_{table}")),
    )
    op.create_index("ix_gw_channel_refunds_day", table, ["channel", "entrust_date"])
    op.create_index("ix_gw_channel_refunds_debit", table, ["channel", "channel_txn"])
