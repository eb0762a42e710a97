"""Alipay: buyers, their codes, trades and refunds.

Revision ID: g0004
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "g0004"
down_revision = "g0003"

_TABLES: Final = ("gw_alipay_users", "gw_alipay_codes", "gw_alipay_trades", "gw_alipay_refunds")


def upgrade() -> None:
    """Create the tables."""
    _gw_alipay_users()
    _gw_alipay_codes()
    _gw_alipay_trades()
    _gw_alipay_refunds()


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


def _gw_alipay_users() -> None:
    op.create_table(
        "gw_alipay_users",
        _text("buyer_id"),
        _text("app_id"),
        _text("psn_no", null=True),
        sa.PrimaryKeyConstraint("buyer_id", name=op.f("pk_gw_alipay_users")),
        sa.UniqueConstraint("app_id", "psn_no", name=op.f("uq_gw_alipay_users_app_id_psn_no")),
    )


def _gw_alipay_codes() -> None:
    table = "gw_alipay_codes"
    op.create_table(
        table,
        _text("code"),
        _text("kind"),
        _text("buyer_id"),
        _text("app_id"),
        _big("expires_us"),
        _big("used_us", null=True),
        _check(table, "kind", "kind IN ('login', 'till')"),
        sa.PrimaryKeyConstraint("code", name=op.f(f"pk_{table}")),
    )


def _gw_alipay_trades() -> None:
    table = "gw_alipay_trades"
    states = "'OFFERED', 'WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED'"
    op.create_table(
        table,
        _text("app_id"),
        _text("out_trade_no"),
        _text("trade_no", null=True),
        _text("product"),
        _text("subject"),
        _text("body", null=True),
        _text("passback", null=True),
        _text("notify_url", null=True),
        _text("return_url", null=True),
        _text("buyer_id", null=True),
        _text("qr", null=True),
        _big("total_fen"),
        _big("expires_us"),
        _text("state"),
        _big("created_us"),
        _big("paid_us", null=True),
        _big("closed_us", null=True),
        _check(table, "state", f"state IN ({states})"),
        _check(table, "exists", "(state = 'OFFERED') = (trade_no IS NULL)"),
        _check(table, "closed", "(state = 'TRADE_CLOSED') = (closed_us IS NOT NULL)"),
        _check(table, "paid", "state NOT IN ('TRADE_SUCCESS', 'TRADE_FINISHED') OR paid_us IS NOT NULL"),
        _check(table, "payer", "(paid_us IS NULL) OR (buyer_id IS NOT NULL)"),
        _check(table, "total", "total_fen >= 1"),
        sa.PrimaryKeyConstraint("app_id", "out_trade_no", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("trade_no", name=op.f(f"uq_{table}_trade_no")),
        sa.UniqueConstraint("qr", name=op.f(f"uq_{table}_qr")),
    )
    op.create_index("ix_gw_alipay_trades_paid", table, ["app_id", "paid_us"])


def _gw_alipay_refunds() -> None:
    table = "gw_alipay_refunds"
    op.create_table(
        table,
        _text("app_id"),
        _text("out_trade_no"),
        _text("out_request_no"),
        _big("amount_fen"),
        _text("reason", null=True),
        _big("done_us"),
        _check(table, "amount", "amount_fen >= 1"),
        sa.PrimaryKeyConstraint("app_id", "out_trade_no", "out_request_no", name=op.f(f"pk_{table}")),
    )
    op.create_index("ix_gw_alipay_refunds_done", table, ["app_id", "done_us"])
