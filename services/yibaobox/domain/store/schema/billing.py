"""Bills, orders, payments, refunds and their requests, receipts, sessions and hand-overs of the tax channel."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, UniqueConstraint
from sqlalchemy import text as where

from yibaobox.domain.store.schema.columns import big, text, world

_OPEN_BILL: Final = where("state IN ('UNPAID', 'PAYING')")
_OPEN_ORDER: Final = where("state IN ('CREATED', 'PAYING')")
_APPLIED: Final = where("disposition = 'APPLIED'")
_VALID: Final = where("state = 'VALID'")
_WAITS: Final = where("state IN ('REFUND_APPLIED', 'REFUND_MED_REVIEW', 'REFUND_TAX_REVIEW')")
_SETTLED: Final = "state IN ('PAID', 'POSTED')"

bills = Table(
    "bills",
    world,
    text("psn_no", key=True),
    big("bill_id", key=True),
    big("part_id"),
    text("region"),
    text("insutype"),
    text("capacity"),
    big("year"),
    text("manner"),
    big("total_fen"),
    big("paid_before_fen"),
    big("due_fen"),
    big("pay_by_us", null=True),
    text("state"),
    text("channel", null=True),
    big("txn_id", null=True),
    big("paid_us", null=True),
    big("period_id", null=True),
    big("posted_us", null=True),
    big("created_us"),
    Column("corrects_fen", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("bill_id"),
    UniqueConstraint("txn_id"),
    CheckConstraint("insutype IN ('310', '390')", name="insutype"),
    CheckConstraint("manner IN ('normal', 'assessed')", name="manner"),
    CheckConstraint("state IN ('UNPAID', 'PAYING', 'PAID', 'POSTED', 'VOID')", name="state"),
    CheckConstraint("due_fen >= 1 AND paid_before_fen >= 0 AND total_fen = paid_before_fen + due_fen", name="amounts"),
    CheckConstraint(f"({_SETTLED}) = (txn_id IS NOT NULL)", name="premium"),
    CheckConstraint(f"({_SETTLED}) = (channel IS NOT NULL)", name="channel"),
    CheckConstraint(f"({_SETTLED}) = (paid_us IS NOT NULL)", name="paid"),
    CheckConstraint("(state = 'POSTED') = (period_id IS NOT NULL)", name="period"),
    CheckConstraint("(state = 'POSTED') = (posted_us IS NOT NULL)", name="posted"),
    Index(
        "uq_bills_open",
        *("psn_no", "region", "insutype", "year"),
        unique=True,
        sqlite_where=_OPEN_BILL,
        postgresql_where=_OPEN_BILL,
    ),
)

pay_orders = Table(
    "pay_orders",
    world,
    text("psn_no", key=True),
    big("order_id", key=True),
    big("bill_id"),
    text("channel"),
    text("out_trade_no"),
    text("payer"),
    big("amount_fen"),
    text("state"),
    text("prepay_id", null=True),
    big("expires_us"),
    big("created_us"),
    UniqueConstraint("out_trade_no"),
    CheckConstraint(
        "state IN ('CREATED', 'PAYING', 'SUCCESS', 'CLOSED', 'FAILED', 'REFUNDING', 'PARTIAL', 'REFUNDED')",
        name="state",
    ),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index(
        "uq_pay_orders_open",
        *("psn_no", "bill_id", "channel", "payer"),
        unique=True,
        sqlite_where=_OPEN_ORDER,
        postgresql_where=_OPEN_ORDER,
    ),
)

payments = Table(
    "payments",
    world,
    text("psn_no", key=True),
    big("payment_id", key=True),
    big("order_id"),
    big("bill_id"),
    text("channel"),
    text("channel_txn"),
    big("amount_fen"),
    text("disposition"),
    text("reason", null=True),
    big("txn_id"),
    big("paid_us"),
    big("received_us"),
    UniqueConstraint("channel", "channel_txn"),
    UniqueConstraint("txn_id"),
    CheckConstraint("disposition IN ('APPLIED', 'SUSPENSE')", name="disposition"),
    CheckConstraint("(disposition = 'SUSPENSE') = (reason IS NOT NULL)", name="reason"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index("uq_payments_applied", "psn_no", "bill_id", unique=True, sqlite_where=_APPLIED, postgresql_where=_APPLIED),
)

refunds = Table(
    "refunds",
    world,
    text("psn_no", key=True),
    big("refund_id", key=True),
    big("payment_id"),
    text("out_refund_no"),
    big("amount_fen"),
    text("state"),
    text("reason"),
    big("txn_id"),
    big("created_us"),
    big("request_id", null=True),
    text("outcome", null=True),
    UniqueConstraint("out_refund_no"),
    UniqueConstraint("txn_id"),
    CheckConstraint("state IN ('DUE', 'PROCESSING', 'DONE', 'CLOSED')", name="state"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index("ix_refunds_payment", "psn_no", "payment_id"),
)

receipts = Table(
    "receipts",
    world,
    text("psn_no", key=True),
    text("receipt_no", key=True),
    big("bill_id"),
    text("region"),
    text("insutype"),
    big("year"),
    big("amount_fen"),
    text("state"),
    big("issued_us"),
    UniqueConstraint("receipt_no"),
    CheckConstraint("state IN ('VALID', 'REPLACED', 'FLUSHED')", name="state"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    Index(
        "uq_receipts_valid",
        *("psn_no", "region", "insutype", "year"),
        unique=True,
        sqlite_where=_VALID,
        postgresql_where=_VALID,
    ),
)

tax_sessions = Table(
    "tax_sessions",
    world,
    text("psn_no", key=True),
    text("token_hash", key=True),
    text("openid", null=True),
    big("created_us"),
    big("expires_us"),
    text("buyer_id", null=True),
    UniqueConstraint("token_hash"),
    CheckConstraint("length(token_hash) = 64", name="hash"),
)

tier_corrections = Table(
    "tier_corrections",
    world,
    text("psn_no", key=True),
    big("correction_id", key=True),
    text("region"),
    text("insutype"),
    big("year"),
    text("direction"),
    big("from_fen"),
    big("to_fen"),
    text("state"),
    big("created_us"),
    UniqueConstraint("psn_no", "region", "insutype", "year"),
    CheckConstraint("state IN ('DONE', 'NOTED', 'RETURNED')", name="state"),
    CheckConstraint("(state = 'DONE') = (direction = 'up')", name="done"),
    CheckConstraint(
        "(direction = 'up' AND to_fen > from_fen) OR (direction = 'down' AND to_fen < from_fen)", name="direction"
    ),
)

refund_requests = Table(
    "refund_requests",
    world,
    text("psn_no", key=True),
    big("request_id", key=True),
    big("bill_id"),
    text("region"),
    text("insutype"),
    big("year"),
    text("reason"),
    text("proof"),
    big("amount_fen"),
    text("state"),
    text("refusal", null=True),
    big("applied_us"),
    big("changed_us"),
    UniqueConstraint("request_id"),
    CheckConstraint("amount_fen >= 1", name="amount"),
    CheckConstraint("(state = 'REFUND_REJECTED') = (refusal IS NOT NULL)", name="refusal"),
    CheckConstraint(
        "state IN ('REFUND_APPLIED', 'REFUND_MED_REVIEW', 'REFUND_TAX_REVIEW', 'REFUNDING', 'REFUNDED',"
        " 'REFUND_REJECTED')",
        name="state",
    ),
    Index(
        "uq_refund_requests_waiting",
        *("psn_no", "region", "insutype", "year"),
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    ),
)

waivers = Table(
    "waivers",
    world,
    text("psn_no", key=True),
    big("bill_id", key=True),
    text("reason"),
    big("period_id"),
    big("created_us"),
)

red_receipts = Table(
    "red_receipts",
    world,
    text("psn_no", key=True),
    text("red_no", key=True),
    text("receipt_no"),
    text("reason"),
    big("issued_us"),
    UniqueConstraint("receipt_no"),
    UniqueConstraint("red_no"),
)

hand_overs = Table(
    "hand_overs",
    world,
    text("psn_no", key=True),
    big("hand_over_id", key=True),
    text("partner"),
    text("nonce"),
    text("return_url"),
    text("token_hash"),
    big("came_us"),
    big("returned_us", null=True),
    UniqueConstraint("partner", "nonce"),
    UniqueConstraint("token_hash"),
)

recon_hangs = Table(
    "recon_hangs",
    world,
    text("party", key=True),
    text("name", key=True),
    big("kind", key=True),
    text("day"),
    big("ours_fen", null=True),
    big("theirs_fen", null=True),
    big("hung_us"),
    CheckConstraint("kind BETWEEN 1 AND 7", name="kind"),
)
