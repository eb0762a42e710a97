"""Kinship for proofs by data, school records, accounts of freshmen, what a broken pledge calls back.

Revision ID: w0017
Revises: w0016
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0017 as guards

revision = "w0017"
down_revision = "w0016"

_TABLES: Final = ("kinships", "school_records", "other_accounts", "account_openings", "reclaims")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "kinships",
        *(_text("psn_no"), _text("relative_psn_no"), _text("relation")),
        sa.CheckConstraint("psn_no <> relative_psn_no", name=op.f("ck_kinships_self")),
        sa.PrimaryKeyConstraint("psn_no", "relative_psn_no", name=op.f("pk_kinships")),
    )
    op.create_table(
        "school_records",
        *(_text("psn_no"), _big("record_id"), _text("region"), _text("school"), _text("college"), _text("major")),
        *(_text("student_no"), _text("registered_on")),
        sa.PrimaryKeyConstraint("psn_no", "record_id", name=op.f("pk_school_records")),
    )
    op.create_table(
        "other_accounts",
        *(_text("psn_no"), _text("name"), _big("created_us")),
        sa.PrimaryKeyConstraint("psn_no", name=op.f("pk_other_accounts")),
    )
    _openings()
    op.create_table(
        "reclaims",
        *(_text("psn_no"), _big("setl_id"), _big("year"), _big("fund_fen"), _big("txn_id"), _big("reclaimed_us")),
        sa.CheckConstraint("fund_fen > 0", name=op.f("ck_reclaims_fund")),
        sa.PrimaryKeyConstraint("psn_no", "setl_id", name=op.f("pk_reclaims")),
    )
    guards.create()


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    guards.drop()


def _openings() -> None:
    op.create_table(
        "account_openings",
        *(_text("psn_no"), _big("year"), _big("application_id"), _text("region"), _text("opened_day")),
        *(_text("claimable_day"), _text("until_day"), _big("part_id"), _big("period_id"), _text("pledge")),
        *(_text("due_day"), _big("decided_us", null=True)),
        sa.CheckConstraint("pledge IN ('OPEN', 'KEPT', 'BROKEN')", name=op.f("ck_account_openings_pledge")),
        sa.CheckConstraint("(pledge = 'OPEN') = (decided_us IS NULL)", name=op.f("ck_account_openings_decided")),
        sa.PrimaryKeyConstraint("psn_no", "year", name=op.f("pk_account_openings")),
        sa.UniqueConstraint("application_id", name=op.f("uq_account_openings_application_id")),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
