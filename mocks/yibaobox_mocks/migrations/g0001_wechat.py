"""WeChat: who is who, codes to log in with, orders.

Revision ID: g0001
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "g0001"
down_revision = None

_TABLES: Final = ("gw_wechat_users", "gw_wechat_codes", "gw_wechat_orders")


def upgrade() -> None:
    """Create the tables."""
    _gw_wechat_users()
    _gw_wechat_codes()
    _gw_wechat_orders()


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _gw_wechat_users() -> None:
    op.create_table(
        "gw_wechat_users",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("openid", name=op.f("pk_gw_wechat_users")),
        sa.UniqueConstraint("appid", "psn_no", name=op.f("uq_gw_wechat_users_appid_psn_no")),
    )


def _gw_wechat_codes() -> None:
    op.create_table(
        "gw_wechat_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_gw_wechat_codes")),
    )


def _gw_wechat_orders() -> None:
    op.create_table(
        "gw_wechat_orders",
        sa.Column("mchid", sa.Text(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("attach", sa.Text(), nullable=True),
        sa.Column("notify_url", sa.Text(), nullable=False),
        sa.Column("trade_type", sa.Text(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prepay_id", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=True),
        sa.Column("success_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("(state = 'SUCCESS') = (transaction_id IS NOT NULL)", name=op.f("ck_gw_wechat_orders_paid")),
        sa.CheckConstraint("state IN ('NOTPAY', 'SUCCESS', 'CLOSED')", name=op.f("ck_gw_wechat_orders_state")),
        sa.CheckConstraint("(state = 'SUCCESS') = (success_us IS NOT NULL)", name=op.f("ck_gw_wechat_orders_success")),
        sa.CheckConstraint("total_fen >= 1", name=op.f("ck_gw_wechat_orders_total")),
        sa.PrimaryKeyConstraint("mchid", "out_trade_no", name=op.f("pk_gw_wechat_orders")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_gw_wechat_orders_transaction_id")),
    )
