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
_MORE: Final = ("sub_mchid", "sub_appid")
_INDEX: Final = ("ix_gw_wechat_orders_success", ["mchid", "success_us"])


def upgrade() -> None:
    """Create the tables; an order may be one of another merchant, and be revoked."""
    _rebuild(_AFTER, before=())
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
    _rebuild(_BEFORE, before=_MORE)


def _rebuild(conditions: tuple[tuple[str, str], ...], *, before: tuple[str, ...]) -> None:
    """Put other conditions on the orders, and the columns in `_MORE` there or away.

    SQLite copies the table, and is told what it is: depending on its version the conditions it finds are kept or not.
    """
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table(
            "gw_wechat_orders", copy_from=_orders(conditions, before), recreate="always"
        ) as orders:
            for name in _MORE:
                if before:
                    orders.drop_column(name)
                else:
                    orders.add_column(_text(name, null=True))
        return
    for name in _MORE:
        if before:
            op.drop_column("gw_wechat_orders", name)
        else:
            op.add_column("gw_wechat_orders", _text(name, null=True))
    for name, condition in conditions:
        op.drop_constraint(op.f(name), "gw_wechat_orders", type_="check")
        op.create_check_constraint(op.f(name), "gw_wechat_orders", condition)


def _orders(conditions: tuple[tuple[str, str], ...], more: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "gw_wechat_orders",
        sa.MetaData(),
        *(_text("mchid"), _text("out_trade_no"), _text("appid"), _text("openid", null=True), _text("description")),
        *(_text("attach", null=True), _text("notify_url"), _text("trade_type"), _big("total_fen")),
        *(_big("expires_us", null=True), _text("state"), _text("transaction_id", null=True)),
        *(_big("success_us", null=True), _text("fingerprint"), _big("created_us")),
        *(_text(name, null=True) for name in more),
        *(sa.CheckConstraint(condition, name=op.f(name)) for name, condition in conditions),
        sa.PrimaryKeyConstraint("mchid", "out_trade_no", name=op.f("pk_gw_wechat_orders")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_gw_wechat_orders_transaction_id")),
    )


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
