"""Participations, benefit periods, family bindings, portal accounts, applications and their papers.

Revision ID: w0002
Revises: w0001
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0002 as guards

revision = "w0002"
down_revision = "w0001"

_TABLES: Final = (
    "participations",
    "benefit_periods",
    "family_bindings",
    "portal_accounts",
    "portal_doors",
    "portal_sessions",
    "sms_codes",
    "captchas",
    "applications",
    "papers",
)


def upgrade() -> None:
    """Create the tables, their triggers and the sequence that numbers them."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sequences (name, value) VALUES ('number', 0)")
    else:
        op.execute("CREATE SEQUENCE seq_number")
    _participations()
    _benefit_periods()
    _family_bindings()
    _portal_accounts()
    _portal_doors()
    _portal_sessions()
    _sms_codes()
    _captchas()
    _applications()
    _papers()
    guards.create()


def downgrade() -> None:
    """Drop the tables."""
    guards.drop()
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DELETE FROM sequences WHERE name = 'number'")
    else:
        op.execute("DROP SEQUENCE seq_number")


def _participations() -> None:
    op.create_table(
        "participations",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("to_day", sa.Text(), nullable=True),
        sa.Column("first_month", sa.Text(), nullable=False),
        sa.Column("account_month", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("benefit_year", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("suspend_reason", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("(state = 'ACTIVE') = (suspend_reason IS NULL)", name=op.f("ck_participations_reason")),
        sa.CheckConstraint("(state = 'ACTIVE') = (to_day IS NULL)", name=op.f("ck_participations_open_end")),
        sa.CheckConstraint("insutype IN ('310', '390')", name=op.f("ck_participations_insutype")),
        sa.CheckConstraint("state IN ('ACTIVE', 'SUSPENDED')", name=op.f("ck_participations_state")),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_participations_interval")),
        sa.PrimaryKeyConstraint("psn_no", "part_id", name=op.f("pk_participations")),
    )
    op.create_index(
        "uq_participations_active",
        "participations",
        ["psn_no"],
        unique=True,
        sqlite_where=sa.text("state = 'ACTIVE'"),
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )


def _benefit_periods() -> None:
    op.create_table(
        "benefit_periods",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insutype", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("until_day", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("insutype IN ('310', '390')", name=op.f("ck_benefit_periods_insutype")),
        sa.CheckConstraint("state IN ('LIVE', 'REFUNDED')", name=op.f("ck_benefit_periods_state")),
        sa.CheckConstraint("length(source) > 0", name=op.f("ck_benefit_periods_source")),
        sa.PrimaryKeyConstraint("psn_no", "period_id", name=op.f("pk_benefit_periods")),
    )
    op.create_index(
        "uq_benefit_periods_live",
        "benefit_periods",
        ["psn_no", "region", "insutype", "year"],
        unique=True,
        sqlite_where=sa.text("state = 'LIVE'"),
        postgresql_where=sa.text("state = 'LIVE'"),
    )


def _family_bindings() -> None:
    op.create_table(
        "family_bindings",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("binding_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_psn_no", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("members_max", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("since_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint(
            "relation IN ('spouse', 'parent', 'child', 'sibling', 'paternal_grandparent', 'maternal_grandparent',"
            " 'sons_child', 'daughters_child')",
            name=op.f("ck_family_bindings_relation"),
        ),
        sa.CheckConstraint("(until_us IS NULL) = (until_seq IS NULL)", name=op.f("ck_family_bindings_ended")),
        sa.CheckConstraint("length(notice) > 0", name=op.f("ck_family_bindings_notice")),
        sa.CheckConstraint("members_max >= 1", name=op.f("ck_family_bindings_members_max")),
        sa.CheckConstraint("psn_no <> member_psn_no", name=op.f("ck_family_bindings_self")),
        sa.CheckConstraint("until_seq > since_seq", name=op.f("ck_family_bindings_interval")),
        sa.PrimaryKeyConstraint("psn_no", "binding_id", name=op.f("pk_family_bindings")),
    )
    op.create_index("ix_family_bindings_member_psn_no", "family_bindings", ["member_psn_no"], unique=False)
    op.create_index(
        "uq_family_bindings_live",
        "family_bindings",
        ["psn_no", "member_psn_no"],
        unique=True,
        sqlite_where=sa.text("until_us IS NULL"),
        postgresql_where=sa.text("until_us IS NULL"),
    )


def _portal_accounts() -> None:
    op.create_table(
        "portal_accounts",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("psn_no", name=op.f("pk_portal_accounts")),
        sa.UniqueConstraint("mobile", name=op.f("uq_portal_accounts_mobile")),
    )


def _portal_doors() -> None:
    op.create_table(
        "portal_doors",
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("locked_until_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_portal_doors_failures")),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_portal_doors")),
    )


def _portal_sessions() -> None:
    op.create_table(
        "portal_sessions",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_portal_sessions_hash")),
        sa.PrimaryKeyConstraint("psn_no", "token_hash", name=op.f("pk_portal_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_portal_sessions_token_hash")),
    )


def _sms_codes() -> None:
    op.create_table(
        "sms_codes",
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("code_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("attempts_left", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("attempts_left >= 0", name=op.f("ck_sms_codes_attempts")),
        sa.PrimaryKeyConstraint("mobile", "code_id", name=op.f("pk_sms_codes")),
    )


def _captchas() -> None:
    op.create_table(
        "captchas",
        sa.Column("captcha_id", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("captcha_id", name=op.f("pk_captchas")),
    )


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seal", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("submitted_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("decided_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("(state = 'DRAFT') = (seal IS NULL)", name=op.f("ck_applications_sealed")),
        sa.CheckConstraint("(state = 'DRAFT') = (submitted_us IS NULL)", name=op.f("ck_applications_submitted")),
        sa.CheckConstraint("(state = 'REJECTED') = (reason IS NOT NULL)", name=op.f("ck_applications_reason")),
        sa.CheckConstraint(
            "(state IN ('APPROVED', 'REJECTED')) = (decided_us IS NOT NULL)", name=op.f("ck_applications_decided")
        ),
        sa.CheckConstraint("kind IN ('registration', 'suspension')", name=op.f("ck_applications_kind")),
        sa.CheckConstraint("state <> 'APPROVED' OR part_id IS NOT NULL", name=op.f("ck_applications_effect")),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED')", name=op.f("ck_applications_state")
        ),
        sa.PrimaryKeyConstraint("psn_no", "application_id", name=op.f("pk_applications")),
        sa.UniqueConstraint("application_id", name=op.f("uq_applications_application_id")),
    )
    op.create_index(
        "uq_applications_waiting",
        "applications",
        ["psn_no", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'SUBMITTED'"),
        postgresql_where=sa.text("state = 'SUBMITTED'"),
    )


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("kind IN ('id_paper', 'student_card', 'diploma', 'other')", name=op.f("ck_papers_kind")),
        sa.CheckConstraint("media_type IN ('jpeg', 'png', 'doc', 'docx', 'pdf')", name=op.f("ck_papers_media_type")),
        sa.CheckConstraint("size BETWEEN 1 AND 5242879", name=op.f("ck_papers_size")),
        sa.PrimaryKeyConstraint("psn_no", "paper_id", name=op.f("pk_papers")),
    )
    op.create_index("ix_papers_application", "papers", ["psn_no", "application_id"], unique=False)
