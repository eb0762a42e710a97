"""Visits, stays, diagnoses, fee details, settlements and their reversals, sign-ins."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)

from yibaobox.domain.store.schema.columns import big, text, world

_LYING: Final = sql("state = 'IN' AND closed_by IS NULL")
_PARTS: Final = "out_fen + over_fen + first_pay_fen + eligible_fen"

visits = Table(
    "visits",
    world,
    text("psn_no", key=True),
    big("visit_id", key=True),
    text("institution"),
    text("insutype"),
    text("ipt_otp_no"),
    text("state"),
    big("begin_us"),
    text("med_type", null=True),
    text("registered"),
    text("uploaded", null=True),
    big("created_us"),
    Column("kind", Text, nullable=False, server_default="VISIT"),
    UniqueConstraint("visit_id"),
    CheckConstraint("state IN ('OPEN', 'CANCELLED')", name="state"),
    CheckConstraint("(med_type IS NULL) = (uploaded IS NULL)", name="uploaded"),
)

stays = Table(
    "stays",
    world,
    text("psn_no", key=True),
    big("visit_id", key=True),
    big("begin_us"),
    big("end_us", null=True),
    text("state"),
    big("closed_by", null=True),
    text("discharge", null=True),
    big("admitted_txn"),
    ForeignKeyConstraint(["psn_no", "visit_id"], ["visits.psn_no", "visits.visit_id"]),
    ForeignKeyConstraint(["psn_no", "closed_by"], ["settlements.psn_no", "settlements.setl_id"]),
    CheckConstraint("state IN ('IN', 'OUT', 'CANCELLED')", name="state"),
    CheckConstraint("(state = 'OUT') = (end_us IS NOT NULL)", name="ended"),
    CheckConstraint("(end_us IS NULL) = (discharge IS NULL)", name="discharge"),
    CheckConstraint("end_us >= begin_us", name="days"),
    Index("uq_stays_lying", "psn_no", unique=True, sqlite_where=_LYING, postgresql_where=_LYING),
)

diagnoses = Table(
    "diagnoses",
    world,
    text("psn_no", key=True),
    big("visit_id", key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    text("diag_code"),
    text("diag_name"),
    text("detail"),
    ForeignKeyConstraint(["psn_no", "visit_id"], ["visits.psn_no", "visits.visit_id"]),
    CheckConstraint("line >= 1", name="line"),
)

settlements = Table(
    "settlements",
    world,
    text("psn_no", key=True),
    big("setl_id", key=True),
    big("visit_id"),
    text("institution"),
    text("msgid"),
    big("txn_id"),
    text("batch"),
    text("med_type"),
    text("account_use"),
    text("region"),
    text("insutype"),
    text("scheme"),
    big("year"),
    text("rule_day"),
    text("policy_version"),
    text("quote"),
    text("quoted", null=True),
    big("total_fen"),
    big("out_fen"),
    big("over_fen"),
    big("first_pay_fen"),
    big("eligible_fen"),
    big("deductible_fen"),
    big("pool_fen"),
    big("major_fen"),  # the funds above the pooled one: major illness, and medical aid (`output` says how much)
    big("own_fen"),
    big("family_fen"),
    big("cash_fen"),
    text("inputs"),
    text("explanation"),
    text("output"),
    big("settled_us"),
    UniqueConstraint("setl_id"),
    UniqueConstraint("txn_id"),
    ForeignKeyConstraint(["psn_no", "visit_id"], ["visits.psn_no", "visits.visit_id"]),
    ForeignKeyConstraint(
        ["psn_no", "txn_id"],
        ["postings.psn_no", "postings.txn_id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    CheckConstraint("total_fen = pool_fen + major_fen + own_fen + family_fen + cash_fen", name="paid_once"),
    CheckConstraint(f"total_fen = {_PARTS}", name="four_parts"),
    CheckConstraint("total_fen > 0 AND pool_fen + major_fen <= eligible_fen", name="funds"),
    CheckConstraint(
        "out_fen >= 0 AND over_fen >= 0 AND first_pay_fen >= 0 AND eligible_fen >= 0 AND deductible_fen >= 0"
        " AND pool_fen >= 0 AND major_fen >= 0 AND own_fen >= 0 AND family_fen >= 0 AND cash_fen >= 0",
        name="not_negative",
    ),
    CheckConstraint("quoted = quote", name="as_quoted"),
    CheckConstraint("account_use = '0' OR account_use = '1' OR account_use = '2'", name="account_use"),
)

explanation_sources = Table(
    "explanation_sources",
    world,
    text("digest", key=True),
    text("document"),
)

setl_reversals = Table(
    "setl_reversals",
    world,
    text("psn_no", key=True),
    big("setl_id", key=True),
    big("reversal_id"),
    text("institution"),
    text("infno"),
    text("msgid"),
    big("txn_id"),
    big("reversed_us"),
    UniqueConstraint("reversal_id"),
    UniqueConstraint("psn_no", "txn_id"),
    ForeignKeyConstraint(["psn_no", "setl_id"], ["settlements.psn_no", "settlements.setl_id"]),
    ForeignKeyConstraint(
        ["psn_no", "txn_id"],
        ["postings.psn_no", "postings.txn_id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    CheckConstraint("infno IN ('2103', '2208', '2305', '2601')", name="infno"),
)

# What one message brought for one batch (from before revision w0025: what of a batch was settled alike). Its rows are
# settled together, so that a settlement writes none of them again.
fee_uploads = Table(
    "fee_uploads",
    world,
    text("psn_no"),
    big("visit_id"),
    big("upload"),  # the place that its first row had
    text("batch"),
    big("setl_id", null=True),
    big("row_count"),  # those that are left of it
    ForeignKeyConstraint(["psn_no", "visit_id"], ["visits.psn_no", "visits.visit_id"]),
    ForeignKeyConstraint(["psn_no", "setl_id"], ["settlements.psn_no", "settlements.setl_id"]),
    PrimaryKeyConstraint("visit_id", "psn_no", "upload"),
    sqlite_with_rowid=False,
)

fees = Table(
    "fees",
    world,
    text("psn_no", key=True),
    big("visit_id", key=True),
    text("feedetl_sn", key=True),
    big("place"),
    text("item"),
    text("grade"),
    big("count_e4"),
    big("price_e6"),
    big("amount_fen"),
    big("first_pay_ppm"),
    big("ceiling_fen", null=True),
    big("out_fen"),
    big("over_fen"),
    big("first_pay_fen"),
    big("eligible_fen"),
    text("detail"),
    text("charged_on", null=True),
    text("returns", null=True),
    big("upload"),
    ForeignKeyConstraint(
        ["psn_no", "visit_id", "upload"], ["fee_uploads.psn_no", "fee_uploads.visit_id", "fee_uploads.upload"]
    ),
    CheckConstraint("grade = 'A' OR grade = 'B' OR grade = 'C'", name="grade"),
    CheckConstraint(f"amount_fen = {_PARTS}", name="four_parts"),
    CheckConstraint(
        "(returns IS NULL AND amount_fen >= 0 AND out_fen >= 0 AND over_fen >= 0 AND first_pay_fen >= 0"
        " AND eligible_fen >= 0) OR (returns IS NOT NULL AND amount_fen <= 0)",
        name="not_negative",
    ),
)

sign_ins = Table(
    "sign_ins",
    world,
    text("institution", key=True),
    big("sign_no", key=True),
    text("opter_no"),
    text("mac"),
    text("ip"),
    big("signed_in_us"),
    big("signed_out_us", null=True),
    CheckConstraint("signed_out_us >= signed_in_us", name="out_after_in"),
)

presentations = Table(
    "presentations",
    world,
    text("institution", key=True),
    text("mark", key=True),
    text("psn_no"),
    big("presented_us"),
)
