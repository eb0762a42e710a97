"""Visits, fee details, settlements, sign-ins.

Revision ID: w0005
Revises: w0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0005 as guards

revision = "w0005"
down_revision = "w0004"


def upgrade() -> None:
    """Create the tables and the triggers that keep them."""
    _visits()
    _settlements()
    _reversals()
    _fees()
    _at_institutions()
    guards.create()


def downgrade() -> None:
    """Drop everything again."""
    guards.drop()
    op.drop_index("ix_fees_setl_id", table_name="fees")
    op.drop_table("presentations")
    op.drop_table("sign_ins")
    op.drop_table("fees")
    op.drop_table("setl_reversals")
    op.drop_table("settlements")
    op.drop_table("diagnoses")
    op.drop_table("visits")


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("ipt_otp_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begin_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("med_type", sa.Text(), nullable=True),
        sa.Column("registered", sa.Text(), nullable=False),
        sa.Column("uploaded", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("state IN ('OPEN', 'CANCELLED')", name=op.f("ck_visits_state")),
        sa.CheckConstraint("(med_type IS NULL) = (uploaded IS NULL)", name=op.f("ck_visits_uploaded")),
        sa.PrimaryKeyConstraint("psn_no", "visit_id", name=op.f("pk_visits")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_visits_visit_id")),
    )
    op.create_table(
        "diagnoses",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("diag_code", sa.Text(), nullable=False),
        sa.Column("diag_name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("line >= 1", name=op.f("ck_diagnoses_line")),
        sa.ForeignKeyConstraint(
            ["psn_no", "visit_id"], ["visits.psn_no", "visits.visit_id"], name=op.f("fk_diagnoses_visits")
        ),
        sa.PrimaryKeyConstraint("psn_no", "visit_id", "line", name=op.f("pk_diagnoses")),
    )


def _settlements() -> None:
    amounts = ("out_fen", "over_fen", "first_pay_fen", "eligible_fen", "deductible_fen", "pool_fen", "major_fen")
    paid = ("own_fen", "family_fen", "cash_fen")
    op.create_table(
        "settlements",
        *(_text("psn_no"), _big("setl_id"), _big("visit_id"), _text("institution"), _text("msgid"), _big("txn_id")),
        *map(_text, ("batch", "med_type", "account_use", "region", "insutype", "scheme")),
        *(_big("year"), _text("rule_day"), _text("policy_version"), _text("quote")),
        sa.Column("quoted", sa.Text(), nullable=True),
        *map(_big, ("total_fen", *amounts, *paid)),
        *(_text("inputs"), _text("explanation"), _text("output"), _big("settled_us")),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in (*amounts, *paid)), name=op.f("ck_settlements_not_negative")
        ),
        sa.CheckConstraint("account_use IN ('0', '1', '2')", name=op.f("ck_settlements_account_use")),
        sa.CheckConstraint("quoted = quote", name=op.f("ck_settlements_as_quoted")),
        sa.CheckConstraint(
            "total_fen = pool_fen + major_fen + own_fen + family_fen + cash_fen",
            name=op.f("ck_settlements_paid_once"),
        ),
        sa.CheckConstraint(
            "total_fen = out_fen + over_fen + first_pay_fen + eligible_fen", name=op.f("ck_settlements_four_parts")
        ),
        sa.CheckConstraint("total_fen > 0 AND pool_fen + major_fen <= eligible_fen", name=op.f("ck_settlements_funds")),
        _belongs("settlements", "visits", "visit_id"),
        _belongs("settlements", "postings", "txn_id"),
        sa.PrimaryKeyConstraint("psn_no", "setl_id", name=op.f("pk_settlements")),
        sa.UniqueConstraint("psn_no", "txn_id", name=op.f("uq_settlements_psn_no_txn_id")),
        sa.UniqueConstraint("setl_id", name=op.f("uq_settlements_setl_id")),
    )


def _reversals() -> None:
    op.create_table(
        "setl_reversals",
        *(_text("psn_no"), _big("setl_id"), _big("reversal_id")),
        *(_text("institution"), _text("infno"), _text("msgid"), _big("txn_id"), _big("reversed_us")),
        sa.CheckConstraint("infno IN ('2208', '2601')", name=op.f("ck_setl_reversals_infno")),
        _belongs("setl_reversals", "postings", "txn_id"),
        _belongs("setl_reversals", "settlements", "setl_id"),
        sa.PrimaryKeyConstraint("psn_no", "setl_id", name=op.f("pk_setl_reversals")),
        sa.UniqueConstraint("psn_no", "txn_id", name=op.f("uq_setl_reversals_psn_no_txn_id")),
        sa.UniqueConstraint("reversal_id", name=op.f("uq_setl_reversals_reversal_id")),
    )


def _fees() -> None:
    parts = ("out_fen", "over_fen", "first_pay_fen", "eligible_fen")
    op.create_table(
        "fees",
        *(_text("psn_no"), _big("visit_id"), _text("feedetl_sn"), _text("batch"), _big("place")),
        *(_text("item"), _text("grade")),
        *map(_big, ("count_e4", "price_e6", "amount_fen", "first_pay_ppm")),
        sa.Column("ceiling_fen", sa.BigInteger(), autoincrement=False, nullable=True),
        *map(_big, parts),
        sa.Column("setl_id", sa.BigInteger(), autoincrement=False, nullable=True),
        _text("detail"),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in ("amount_fen", *parts)), name=op.f("ck_fees_not_negative")
        ),
        sa.CheckConstraint(
            "amount_fen = out_fen + over_fen + first_pay_fen + eligible_fen", name=op.f("ck_fees_four_parts")
        ),
        sa.CheckConstraint("grade IN ('A', 'B', 'C')", name=op.f("ck_fees_grade")),
        _belongs("fees", "settlements", "setl_id"),
        _belongs("fees", "visits", "visit_id"),
        sa.PrimaryKeyConstraint("psn_no", "visit_id", "feedetl_sn", name=op.f("pk_fees")),
    )
    op.create_index("ix_fees_setl_id", "fees", ["setl_id"], unique=False)


def _at_institutions() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("sign_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opter_no", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("signed_in_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signed_out_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("signed_out_us >= signed_in_us", name=op.f("ck_sign_ins_out_after_in")),
        sa.PrimaryKeyConstraint("institution", "sign_no", name=op.f("pk_sign_ins")),
    )
    op.create_table(
        "presentations",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("presented_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("institution", "mark", name=op.f("pk_presentations")),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _belongs(table: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    """A reference within one person; a posting may be written after what refers to it."""
    later: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True} if other == "postings" else {}
    here, there = ["psn_no", key], [f"{other}.psn_no", f"{other}.{key}"]
    return sa.ForeignKeyConstraint(here, there, name=op.f(f"fk_{table}_{other}"), **later)
