"""Alipay: payments by insurance and cash at once.

Revision ID: g0006
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "g0006"
down_revision = "g0005"

_TABLE: Final = "gw_alipay_medicals"
_TEXTS: Final = ("app_id", "out_trade_no", "trade_no", "alipay_trade_no", "buyer_id")
_AMOUNTS: Final = ("gov_fen", "account_fen", "other_fen", "real_fen")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        _TABLE,
        *(_text(name) for name in _TEXTS),
        _text("pay_order_id", null=True),
        _text("pay_auth_no", null=True),
        _text("notify_url", null=True),
        _text("echoed"),
        *(_big(name) for name in _AMOUNTS),
        _text("state"),
        _text("medical_state"),
        _text("own_state"),
        _text("message", null=True),
        _big("expires_us"),
        _big("created_us"),
        _big("paid_us", null=True),
        _text("refund_no", null=True),
        _big("refund_us", null=True),
        _check("state", "state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_CLOSED')"),
        _check("amounts", "gov_fen >= 0 AND account_fen >= 0 AND other_fen >= 0 AND real_fen >= 0"),
        _check("refund", "(refund_no IS NULL) = (refund_us IS NULL)"),
        sa.PrimaryKeyConstraint("app_id", "out_trade_no", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("trade_no", name=op.f(f"uq_{_TABLE}_trade_no")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(_TABLE)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{_TABLE}_{name}"))
