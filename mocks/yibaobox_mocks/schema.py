"""The tables of the pretend parties. They stand in the world's database, so that copies and resets take them along."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, MetaData, Table, Text, UniqueConstraint

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
    _text("openid", null=True),
    _text("description"),
    _text("attach", null=True),
    _text("notify_url"),
    _text("trade_type"),
    _big("total_fen"),
    _big("expires_us", null=True),
    _text("state"),
    _text("transaction_id", null=True),
    _big("success_us", null=True),
    _text("fingerprint"),
    _big("created_us"),
    _text("sub_mchid", null=True),
    _text("sub_appid", null=True),
    UniqueConstraint("transaction_id"),
    CheckConstraint("state IN ('NOTPAY', 'USERPAYING', 'SUCCESS', 'CLOSED', 'REVOKED', 'PAYERROR')", name="state"),
    CheckConstraint(
        "CASE WHEN transaction_id IS NULL THEN state <> 'SUCCESS' ELSE state IN ('SUCCESS', 'REVOKED') END",
        name="paid",
    ),
    CheckConstraint("(transaction_id IS NULL) = (success_us IS NULL)", name="success"),
    CheckConstraint("total_fen >= 1", name="total"),
    Index("ix_gw_wechat_orders_success", "mchid", "success_us"),
)

wechat_prepays = Table(
    "gw_wechat_prepays",
    metadata,
    _text("prepay_id", key=True),
    _text("mchid"),
    _text("out_trade_no"),
    _big("until_us"),
)

wechat_refunds = Table(
    "gw_wechat_refunds",
    metadata,
    _text("mchid", key=True),
    _text("out_refund_no", key=True),
    _text("refund_id"),
    _text("out_trade_no"),
    _big("amount_fen"),
    _text("notify_url", null=True),
    _text("state"),
    _big("done_us", null=True),
    _text("fingerprint"),
    _big("created_us"),
    UniqueConstraint("refund_id"),
    CheckConstraint("state IN ('PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL')", name="state"),
    CheckConstraint("(state = 'SUCCESS') = (done_us IS NOT NULL)", name="done"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index("ix_gw_wechat_refunds_order", "mchid", "out_trade_no"),
)

wechat_mixes = Table(
    "gw_wechat_mixes",
    metadata,
    _text("mchid", key=True),
    _text("out_trade_no", key=True),
    _text("mix_trade_no"),
    _text("openid"),
    _text("kind"),
    _text("document"),
    _text("callback_url"),
    _text("pay_order_id", null=True),
    _text("pay_auth_no", null=True),
    _text("prepay_id", null=True),
    _text("state"),
    _text("self_state"),
    _text("insurance_state"),
    _text("fail_reason", null=True),
    _big("created_us"),
    _big("paid_us", null=True),
    UniqueConstraint("mix_trade_no"),
    CheckConstraint("kind IN ('CASH_ONLY', 'INSURANCE_ONLY', 'CASH_AND_INSURANCE')", name="kind"),
    CheckConstraint("state IN ('CREATED', 'SUCCESS', 'REFUND', 'FAIL')", name="state"),
    CheckConstraint("self_state IN ('CREATED', 'SUCCESS', 'REFUND', 'FAIL', 'NONE')", name="self"),
    CheckConstraint("insurance_state IN ('CREATED', 'SUCCESS', 'REFUND', 'FAIL', 'NONE')", name="insurance"),
)

wechat_mix_refunds = Table(
    "gw_wechat_mix_refunds",
    metadata,
    _text("mix_trade_no", key=True),
    _text("out_refund_no", key=True),
    _big("total_fen"),
    _big("gov_fen"),
    _big("self_fen"),
    _big("other_fen"),
    _big("created_us"),
    CheckConstraint("total_fen = gov_fen + self_fen + other_fen", name="sum"),
)

wechat_tokens = Table(
    "gw_wechat_tokens",
    metadata,
    _text("token", key=True),
    _text("appid"),
    _text("kind"),
    _big("issued_us"),
    _big("expires_us"),
    CheckConstraint("kind IN ('plain', 'stable')", name="kind"),
    Index("ix_gw_wechat_tokens_appid", "appid", "kind"),
)

wechat_phone_codes = Table(
    "gw_wechat_phone_codes",
    metadata,
    _text("code", key=True),
    _text("appid"),
    _text("mobile"),
    _big("expires_us"),
    _big("used_us", null=True),
)

wechat_nonces = Table(
    "gw_wechat_nonces",
    metadata,
    _text("nonce", key=True),
    _big("seen_s"),
    Index("ix_gw_wechat_nonces_seen", "seen_s"),
)

alipay_users = Table(
    "gw_alipay_users",
    metadata,
    _text("buyer_id", key=True),
    _text("app_id"),
    _text("psn_no", null=True),
    UniqueConstraint("app_id", "psn_no"),
)

alipay_codes = Table(
    "gw_alipay_codes",
    metadata,
    _text("code", key=True),
    _text("kind"),
    _text("buyer_id"),
    _text("app_id"),
    _big("expires_us"),
    _big("used_us", null=True),
    CheckConstraint("kind IN ('login', 'till')", name="kind"),
)

alipay_trades = Table(
    "gw_alipay_trades",
    metadata,
    _text("app_id", key=True),
    _text("out_trade_no", key=True),
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
    UniqueConstraint("trade_no"),
    UniqueConstraint("qr"),
    CheckConstraint(
        "state IN ('OFFERED', 'WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED')", name="state"
    ),
    CheckConstraint("(state = 'OFFERED') = (trade_no IS NULL)", name="exists"),
    CheckConstraint("(state = 'TRADE_CLOSED') = (closed_us IS NOT NULL)", name="closed"),
    CheckConstraint("state NOT IN ('TRADE_SUCCESS', 'TRADE_FINISHED') OR paid_us IS NOT NULL", name="paid"),
    CheckConstraint("(paid_us IS NULL) OR (buyer_id IS NOT NULL)", name="payer"),
    CheckConstraint("total_fen >= 1", name="total"),
    Index("ix_gw_alipay_trades_paid", "app_id", "paid_us"),
)

alipay_refunds = Table(
    "gw_alipay_refunds",
    metadata,
    _text("app_id", key=True),
    _text("out_trade_no", key=True),
    _text("out_request_no", key=True),
    _big("amount_fen"),
    _text("reason", null=True),
    _big("done_us"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index("ix_gw_alipay_refunds_done", "app_id", "done_us"),
)

channel_accounts = Table(
    "gw_channel_accounts",
    metadata,
    _text("channel", key=True),
    _text("account_no", key=True),
    _text("psn_no", null=True),
    _text("holder"),
    _text("password"),
    _big("balance_fen"),
    _big("frozen"),
    CheckConstraint("balance_fen >= 0", name="balance"),
    CheckConstraint("frozen IN (0, 1)", name="frozen"),
)

channel_debits = Table(
    "gw_channel_debits",
    metadata,
    _text("channel", key=True),
    _text("tax_org_code", key=True),
    _text("entrust_date", key=True),
    _text("tra_no", key=True),
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
    UniqueConstraint("channel", "channel_txn"),
    CheckConstraint("state IN ('RECEIVED', 'SUCCESS', 'FAILED', 'REVERSED')", name="state"),
    CheckConstraint("(state = 'RECEIVED') = (done_us IS NULL)", name="done"),
    CheckConstraint("(state = 'FAILED') <= (reason IS NOT NULL)", name="reason"),
    CheckConstraint("amount_fen >= 0", name="amount"),
    Index("ix_gw_channel_debits_day", "channel", "entrust_date"),
)

channel_refunds = Table(
    "gw_channel_refunds",
    metadata,
    _text("channel", key=True),
    _text("refund_no", key=True),
    _text("channel_txn"),
    _big("amount_fen"),
    _text("entrust_date"),
    _big("done_us"),
    _text("fingerprint"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index("ix_gw_channel_refunds_day", "channel", "entrust_date"),
    Index("ix_gw_channel_refunds_debit", "channel", "channel_txn"),
)

alipay_medicals = Table(
    "gw_alipay_medicals",
    metadata,
    _text("app_id", key=True),
    _text("out_trade_no", key=True),
    _text("trade_no"),
    _text("alipay_trade_no"),
    _text("buyer_id"),
    _text("pay_order_id", null=True),
    _text("pay_auth_no", null=True),
    _text("notify_url", null=True),
    _text("echoed"),
    _big("gov_fen"),
    _big("account_fen"),
    _big("other_fen"),
    _big("real_fen"),
    _text("state"),
    _text("medical_state"),
    _text("own_state"),
    _text("message", null=True),
    _big("expires_us"),
    _big("created_us"),
    _big("paid_us", null=True),
    _text("refund_no", null=True),
    _big("refund_us", null=True),
    UniqueConstraint("trade_no"),
    CheckConstraint("state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_CLOSED')", name="state"),
    CheckConstraint("gov_fen >= 0 AND account_fen >= 0 AND other_fen >= 0 AND real_fen >= 0", name="amounts"),
    CheckConstraint("(refund_no IS NULL) = (refund_us IS NULL)", name="refund"),
)
