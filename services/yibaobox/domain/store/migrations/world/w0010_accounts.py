"""Consents to act for others, mini-programs that know a person, who acts in a session, open lists of applications.

The kinds of applications and of papers are lists of the code from here on, and an approved application need not end in
a participation. SQLite cannot drop a constraint, so the two tables are written anew there.

Revision ID: w0010
Revises: w0009
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0002, guards_0010, triggers

revision = "w0010"
down_revision = "w0009"

_KINDS: Final = "kind IN ('registration', 'suspension')"
_EFFECT: Final = "state <> 'APPROVED' OR part_id IS NOT NULL"
_EFFECT_NOW: Final = f"NOT ({_KINDS}) OR {_EFFECT}"
_PAPER_KINDS: Final = "kind IN ('id_paper', 'student_card', 'diploma', 'other')"
_GUARDED: Final = ("applications", "papers")


def upgrade() -> None:
    """Add what is new, and take the closed lists out."""
    _consents()
    _links()
    op.add_column("portal_sessions", sa.Column("agent_psn_no", sa.Text(), nullable=True))
    op.add_column("portal_sessions", sa.Column("consent_id", sa.BigInteger(), nullable=True))
    if _sqlite():
        _anew(lambda name: _applications(name, (("effect", _EFFECT_NOW),), agent=True), lambda name: _papers(name, ()))
    else:
        op.drop_constraint(op.f("ck_applications_kind"), "applications")
        op.drop_constraint(op.f("ck_applications_effect"), "applications")
        op.create_check_constraint(op.f("ck_applications_effect"), "applications", _EFFECT_NOW)
        op.add_column("applications", sa.Column("agent_psn_no", sa.Text(), nullable=True))
        op.drop_constraint(op.f("ck_papers_kind"), "papers")
    guards_0010.create()


def downgrade() -> None:
    """Close the lists again and drop what was new; refused by the database where other kinds are in use."""
    guards_0010.drop()
    if _sqlite():
        checks = (("effect", _EFFECT), ("kind", _KINDS))
        _anew(
            lambda name: _applications(name, checks, agent=False),
            lambda name: _papers(name, (("kind", _PAPER_KINDS),)),
        )
    else:
        op.drop_column("applications", "agent_psn_no")
        op.drop_constraint(op.f("ck_applications_effect"), "applications")
        op.create_check_constraint(op.f("ck_applications_effect"), "applications", _EFFECT)
        op.create_check_constraint(op.f("ck_applications_kind"), "applications", _KINDS)
        op.create_check_constraint(op.f("ck_papers_kind"), "papers", _PAPER_KINDS)
    op.drop_column("portal_sessions", "consent_id")
    op.drop_column("portal_sessions", "agent_psn_no")
    op.drop_table("portal_links")
    op.drop_table("portal_consents")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _anew(applications: Callable[[str], list[str]], papers: Callable[[str], list[str]]) -> None:
    """Write both tables anew with their rows; their triggers fall with the old ones and are made again."""
    guards = {name: found for name, found in guards_0002.refusals().items() if found[0] in _GUARDED}
    for name in guards:
        op.execute(f"DROP TRIGGER {name}")
    for table, make in (("applications", applications), ("papers", papers)):
        columns = ", ".join(make(f"{table}_anew"))
        op.execute(f"INSERT INTO {table}_anew ({columns}) SELECT {columns} FROM {table}")
        op.drop_table(table)
        op.rename_table(f"{table}_anew", table)
    op.create_index(
        "uq_applications_waiting",
        "applications",
        ["psn_no", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'SUBMITTED'"),
    )
    op.create_index("ix_papers_application", "papers", ["psn_no", "application_id"], unique=False)
    triggers.refuse(guards)


def _applications(name: str, checks: tuple[tuple[str, str], ...], *, agent: bool) -> list[str]:
    """Make the table under a name, and return the columns that both have."""
    columns: list[sa.Column[Any]] = [
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
    ]
    shared = [column.name for column in columns]
    op.create_table(
        name,
        *columns,
        *([sa.Column("agent_psn_no", sa.Text(), nullable=True)] if agent else []),
        sa.CheckConstraint("(state = 'DRAFT') = (seal IS NULL)", name=op.f("ck_applications_sealed")),
        sa.CheckConstraint("(state = 'DRAFT') = (submitted_us IS NULL)", name=op.f("ck_applications_submitted")),
        sa.CheckConstraint("(state = 'REJECTED') = (reason IS NOT NULL)", name=op.f("ck_applications_reason")),
        sa.CheckConstraint(
            "(state IN ('APPROVED', 'REJECTED')) = (decided_us IS NOT NULL)", name=op.f("ck_applications_decided")
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED')", name=op.f("ck_applications_state")
        ),
        *(sa.CheckConstraint(text, name=op.f(f"ck_applications_{check}")) for check, text in checks),
        sa.PrimaryKeyConstraint("psn_no", "application_id", name=op.f("pk_applications")),
        sa.UniqueConstraint("application_id", name=op.f("uq_applications_application_id")),
    )
    return shared


def _papers(name: str, checks: tuple[tuple[str, str], ...]) -> list[str]:
    """Make the table under a name, and return its columns."""
    columns: list[sa.Column[Any]] = [
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
    ]
    op.create_table(
        name,
        *columns,
        sa.CheckConstraint("media_type IN ('jpeg', 'png', 'doc', 'docx', 'pdf')", name=op.f("ck_papers_media_type")),
        sa.CheckConstraint("size BETWEEN 1 AND 5242879", name=op.f("ck_papers_size")),
        *(sa.CheckConstraint(text, name=op.f(f"ck_papers_{check}")) for check, text in checks),
        sa.PrimaryKeyConstraint("psn_no", "paper_id", name=op.f("pk_papers")),
    )
    return [column.name for column in columns]


def _consents() -> None:
    op.create_table(
        "portal_consents",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_psn_no", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("until_day", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("given_by IN ('session', 'sms')", name=op.f("ck_portal_consents_given_by")),
        sa.CheckConstraint("length(scopes) > 0", name=op.f("ck_portal_consents_scopes")),
        sa.CheckConstraint("psn_no <> agent_psn_no", name=op.f("ck_portal_consents_self")),
        sa.PrimaryKeyConstraint("psn_no", "consent_id", name=op.f("pk_portal_consents")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_portal_consents_consent_id")),
    )
    op.create_index("ix_portal_consents_agent_psn_no", "portal_consents", ["agent_psn_no"], unique=False)
    op.create_index(
        "uq_portal_consents_live",
        "portal_consents",
        ["psn_no", "agent_psn_no"],
        unique=True,
        sqlite_where=sa.text("ended_us IS NULL"),
        postgresql_where=sa.text("ended_us IS NULL"),
    )


def _links() -> None:
    op.create_table(
        "portal_links",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("channel IN ('wechat', 'alipay')", name=op.f("ck_portal_links_channel")),
        sa.PrimaryKeyConstraint("psn_no", "channel", name=op.f("pk_portal_links")),
        sa.UniqueConstraint("channel", "user_id", name=op.f("uq_portal_links_channel_user_id")),
    )
