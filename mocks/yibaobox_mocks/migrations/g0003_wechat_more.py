"""WeChat Pay: payment codes, orders of service providers, insurance and cash at once; tokens and phone numbers.

Revision ID: g0003
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "g0003"
down_revision = "g0002"

_TABLES: Final = (
    "gw_wechat_mixes",
    "gw_wechat_mix_refunds",
    "gw_wechat_tokens",
    "gw_wechat_phone_codes",
)
_BEFORE: Final = (
    ("ck_gw_wechat_orders_state", "state IN ('NOTPAY', 'SUCCESS', 'CLOSED')"),
    ("ck_gw_wechat_orders_paid", "(state = 'SUCCESS') = (transaction_id IS NOT NULL)"),
    ("ck_gw_wechat_orders_success", "(state = 'SUCCESS') = (success_us IS NOT NULL)"),
    ("ck_gw_wechat_orders_total", "total_fen >= 1"),
)
_AFTER: Final = (
    (
        "ck_gw_wechat_orders_state",
        "state IN ('NOTPAY', 'USERPAYING', 'SUCCESS', 'CLOSED', 'REVOKED', 'PAYERROR')",
    ),
    (
        "ck_gw_wechat_orders_paid",
        "CASE WHEN transaction_id IS NULL THEN state <> 'SUCCESS' ELSE state IN ('SUCCESS', 'REVOKED') END",
    ),
    ("ck_gw_wechat_orders_success", "(transaction_id IS NULL) = (success_us IS NULL)"),
    ("ck_gw_wechat_orders_total", "total_fen >= 1"),
)
_CHANGED: Final = tuple(name for name, _ in _BEFORE[:3])
_INDEX: Final = ("ix_gw_wechat_orders_success", ["mchid", "success_us"])


def upgrade() -> None:
    """Create the tables; an order may be one of another merchant, and be revoked."""
    with op.batch_alter_table("gw_wechat_orders", table_args=_checks(_BEFORE)) as orders:
        orders.add_column(sa.Column("sub_mchid", sa.Text(), nullable=True))
        orders.add_column(sa.Column("sub_appid", sa.Text(), nullable=True))
        _replace(orders, _AFTER)
    op.create_index(_INDEX[0], "gw_wechat_orders", _INDEX[1])
    _gw_wechat_mixes()
    _gw_wechat_mix_refunds()
    _gw_wechat_tokens()
    _gw_wechat_phone_codes()


def downgrade() -> None:
    """Drop the tables; what no earlier version knows of is closed or gone."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.execute("UPDATE gw_wechat_orders SET state = 'SUCCESS' WHERE transaction_id IS NOT NULL")
    op.execute("UPDATE gw_wechat_orders SET state = 'CLOSED' WHERE state IN ('USERPAYING', 'REVOKED', 'PAYERROR')")
    op.drop_index(_INDEX[0], "gw_wechat_orders")
    with op.batch_alter_table("gw_wechat_orders", table_args=_checks(_AFTER)) as orders:
        _replace(orders, _BEFORE)
        orders.drop_column("sub_appid")
        orders.drop_column("sub_mchid")


def _checks(conditions: tuple[tuple[str, str], ...]) -> tuple[sa.CheckConstraint, ...]:
    """Return what SQLite forgets when it copies the table."""
    return tuple(sa.CheckConstraint(condition, name=op.f(name)) for name, condition in conditions)


def _replace(orders: object, conditions: tuple[tuple[str, str], ...]) -> None:
    for name, condition in conditions:
        if name in _CHANGED:
            orders.drop_constraint(op.f(name), type_="check")  # type: ignore[attr-defined]
            orders.create_check_constraint(op.f(name), condition)  # type: ignore[attr-defined]


def _gw_wechat_mixes() -> None:
    op.create_table(
        "gw_wechat_mixes",
        *(_text("mchid"), _text("out_trade_no"), _text("mix_trade_no"), _text("openid"), _text("kind")),
        *(_text("document"), _text("callback_url"), _text("pay_order_id", null=True)),
        *(_text("pay_auth_no", null=True), _text("prepay_id", null=True)),
        *(_text("state"), _text("self_state"), _text("insurance_state"), _text("fail_reason", null=True)),
        *(_big("created_us"), _big("paid_us", null=True)),
        sa.CheckConstraint(
            "kind IN ('CASH_ONLY', 'INSURANCE_ONLY', 'CASH_AND_INSURANCE')", name=op.f("ck_gw_wechat_mixes_kind")
        ),
        sa.CheckConstraint("state IN ('CREATED', 'SUCCESS', 'REFUND', 'FAIL')", name=op.f("ck_gw_wechat_mixes_state")),
        sa.CheckConstraint(
            "self_state IN ('CREATED', 'SUCCESS', 'REFUND', 'FAIL', 'NONE')", name=op.f("ck_gw_wechat_mixes_self")
        ),
        sa.CheckConstraint(
            "insurance_state IN ('CREATED', 'SUCCESS', 'REFUND', 'FAIL', 'NONE')",
            name=op.f("ck_gw_wechat_mixes_insurance"),
        ),
        sa.PrimaryKeyConstraint("mchid", "out_trade_no", name=op.f("pk_gw_wechat_mixes")),
        sa.UniqueConstraint("mix_trade_no", name=op.f("uq_gw_wechat_mixes_mix_trade_no")),
    )


def _gw_wechat_mix_refunds() -> None:
    op.create_table(
        "gw_wechat_mix_refunds",
        *(_text("mix_trade_no"), _text("out_refund_no")),
        *(_big("total_fen"), _big("gov_fen"), _big("self_fen"), _big("other_fen"), _big("created_us")),
        sa.CheckConstraint("total_fen = gov_fen + self_fen + other_fen", name=op.f("ck_gw_wechat_mix_refunds_sum")),
        sa.PrimaryKeyConstraint("mix_trade_no", "out_refund_no", name=op.f("pk_gw_wechat_mix_refunds")),
    )


def _gw_wechat_tokens() -> None:
    op.create_table(
        "gw_wechat_tokens",
        *(_text("token"), _text("appid"), _text("kind"), _big("issued_us"), _big("expires_us")),
        sa.CheckConstraint("kind IN ('plain', 'stable')", name=op.f("ck_gw_wechat_tokens_kind")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_gw_wechat_tokens")),
    )
    op.create_index("ix_gw_wechat_tokens_appid", "gw_wechat_tokens", ["appid", "kind"])


def _gw_wechat_phone_codes() -> None:
    op.create_table(
        "gw_wechat_phone_codes",
        *(_text("code"), _text("appid"), _text("mobile"), _big("expires_us"), _big("used_us", null=True)),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_gw_wechat_phone_codes")),
    )


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
