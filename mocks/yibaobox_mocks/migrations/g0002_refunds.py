"""WeChat Pay: refunds, names of prepayments that stay good for a while, nonces, orders that anybody may pay.

Revision ID: g0002
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "g0002"
down_revision = "g0001"

_TABLES: Final = ("gw_wechat_prepays", "gw_wechat_refunds", "gw_wechat_nonces")
_LIFE_US: Final = 7200 * 1_000_000
_ORDER_CHECKS: Final = (
    ("ck_gw_wechat_orders_state", "state IN ('NOTPAY', 'SUCCESS', 'CLOSED')"),
    ("ck_gw_wechat_orders_paid", "(state = 'SUCCESS') = (transaction_id IS NOT NULL)"),
    ("ck_gw_wechat_orders_success", "(state = 'SUCCESS') = (success_us IS NOT NULL)"),
    ("ck_gw_wechat_orders_total", "total_fen >= 1"),
)


def upgrade() -> None:
    """Create the tables; what was prepaid keeps its name."""
    _gw_wechat_prepays()
    _gw_wechat_refunds()
    _gw_wechat_nonces()
    op.execute(
        "INSERT INTO gw_wechat_prepays (prepay_id, mchid, out_trade_no, until_us)"
        f" SELECT prepay_id, mchid, out_trade_no, created_us + {_LIFE_US} FROM gw_wechat_orders"
    )
    with op.batch_alter_table("gw_wechat_orders", table_args=_checks()) as orders:
        orders.alter_column("openid", existing_type=sa.Text(), nullable=True)
        orders.drop_column("prepay_id")


def downgrade() -> None:
    """Drop the tables; the prepayments' names are lost, and who paid where nobody was asked to."""
    with op.batch_alter_table("gw_wechat_orders", table_args=_checks()) as orders:
        orders.add_column(sa.Column("prepay_id", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE gw_wechat_orders SET openid = '' WHERE openid IS NULL")
    with op.batch_alter_table("gw_wechat_orders", table_args=_checks()) as orders:
        orders.alter_column("openid", existing_type=sa.Text(), nullable=False)
        orders.alter_column("prepay_id", existing_type=sa.Text(), server_default=None)
    for table in reversed(_TABLES):
        op.drop_table(table)


def _checks() -> tuple[sa.CheckConstraint, ...]:
    """Return what SQLite forgets when it copies the table."""
    return tuple(sa.CheckConstraint(condition, name=op.f(name)) for name, condition in _ORDER_CHECKS)


def _gw_wechat_prepays() -> None:
    op.create_table(
        "gw_wechat_prepays",
        sa.Column("prepay_id", sa.Text(), nullable=False),
        sa.Column("mchid", sa.Text(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("prepay_id", name=op.f("pk_gw_wechat_prepays")),
    )


def _gw_wechat_refunds() -> None:
    op.create_table(
        "gw_wechat_refunds",
        sa.Column("mchid", sa.Text(), nullable=False),
        sa.Column("out_refund_no", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notify_url", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "state IN ('PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL')", name=op.f("ck_gw_wechat_refunds_state")
        ),
        sa.CheckConstraint("(state = 'SUCCESS') = (done_us IS NOT NULL)", name=op.f("ck_gw_wechat_refunds_done")),
        sa.CheckConstraint("amount_fen >= 1", name=op.f("ck_gw_wechat_refunds_amount")),
        sa.PrimaryKeyConstraint("mchid", "out_refund_no", name=op.f("pk_gw_wechat_refunds")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_gw_wechat_refunds_refund_id")),
    )
    op.create_index("ix_gw_wechat_refunds_order", "gw_wechat_refunds", ["mchid", "out_trade_no"])


def _gw_wechat_nonces() -> None:
    op.create_table(
        "gw_wechat_nonces",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("seen_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_gw_wechat_nonces")),
    )
    op.create_index("ix_gw_wechat_nonces_seen", "gw_wechat_nonces", ["seen_s"])
