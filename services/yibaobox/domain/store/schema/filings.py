"""Filings, and the nonces that gateways have seen."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint

from yibaobox.domain.store.schema.columns import big, text, world

filings = Table(
    "filings",
    world,
    text("psn_no", key=True),
    big("filing_id", key=True),
    text("kind"),
    text("type"),
    text("region"),
    text("destination"),
    text("institutions"),
    text("from_day"),
    text("until_day", null=True),
    text("source"),
    text("detail"),
    big("filed_us"),
    big("cancelled_us", null=True),
    text("cancel_reason", null=True),
    UniqueConstraint("filing_id"),
    CheckConstraint("kind IN ('away', 'transfer', 'chronic', 'designated', 'hold')", name="kind"),
    CheckConstraint("until_day >= from_day", name="days"),
    CheckConstraint("(cancelled_us IS NULL) = (cancel_reason IS NULL)", name="cancelled"),
)

gateway_nonces = Table(
    "gateway_nonces",
    world,
    text("paasid", key=True),
    text("nonce", key=True),
    big("seen_us"),
    Index("ix_gateway_nonces_seen_us", "seen_us"),
)
