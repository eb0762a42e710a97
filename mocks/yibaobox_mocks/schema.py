"""The tables of the pretend parties. They stand in the world's database, so that copies and resets take them along."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, Table, Text, UniqueConstraint

NAME: Final = "gateways"
VERSIONS: Final = Path(__file__).parent / "migrations"
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    },
)


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null, primary_key=key)


def _big(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, autoincrement=False)


wechat_users = Table(
    "gw_wechat_users",
    metadata,
    _text("openid", key=True),
    _text("appid"),
    _text("psn_no", null=True),
    UniqueConstraint("appid", "psn_no"),
)

wechat_codes = Table(
    "gw_wechat_codes",
    metadata,
    _text("code", key=True),
    _text("openid"),
    _text("appid"),
    _big("expires_us"),
    _big("used_us", null=True),
)

wechat_orders = Table(
    "gw_wechat_orders",
    metadata,
    _text("mchid", key=True),
    _text("out_trade_no", key=True),
    _text("appid"),
    _text("openid"),
    _text("description"),
    _text("attach", null=True),
    _text("notify_url"),
    _text("trade_type"),
    _big("total_fen"),
    _text("prepay_id"),
    _big("expires_us", null=True),
    _text("state"),
    _text("transaction_id", null=True),
    _big("success_us", null=True),
    _text("fingerprint"),
    _big("created_us"),
    UniqueConstraint("transaction_id"),
    CheckConstraint("state IN ('NOTPAY', 'SUCCESS', 'CLOSED')", name="state"),
    CheckConstraint("(state = 'SUCCESS') = (transaction_id IS NOT NULL)", name="paid"),
    CheckConstraint("(state = 'SUCCESS') = (success_us IS NOT NULL)", name="success"),
    CheckConstraint("total_fen >= 1", name="total"),
)
