"""Participations, benefit periods, families, portal accounts, applications, papers, freshmen and their pledges."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint
from sqlalchemy import text as where

from yibaobox.domain.store.schema.columns import big, text, world

_ACTIVE: Final = where("state = 'ACTIVE'")
_LIVE: Final = where("state = 'LIVE'")
_WAITING: Final = where("state = 'SUBMITTED'")
_RUNNING: Final = where("until_us IS NULL")
_UNENDED: Final = where("ended_us IS NULL")

participations = Table(
    "participations",
    world,
    text("psn_no", key=True),
    big("part_id", key=True),
    text("region"),
    text("insutype"),
    text("capacity"),
    text("state"),
    text("from_day"),
    text("to_day", null=True),
    text("first_month"),
    text("account_month"),
    text("unit_code"),
    text("unit_name"),
    big("benefit_year", null=True),
    text("suspend_reason", null=True),
    big("created_us"),
    text("entitled_from", null=True),
    big("suspended_seq", null=True),
    CheckConstraint("insutype IN ('310', '390')", name="insutype"),
    CheckConstraint("state IN ('ACTIVE', 'SUSPENDED')", name="state"),
    CheckConstraint("(state = 'ACTIVE') = (to_day IS NULL)", name="open_end"),
    CheckConstraint("(state = 'ACTIVE') = (suspend_reason IS NULL)", name="reason"),
    CheckConstraint("to_day >= from_day", name="interval"),
    Index("uq_participations_active", "psn_no", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
)

benefit_periods = Table(
    "benefit_periods",
    world,
    text("psn_no", key=True),
    big("period_id", key=True),
    text("region"),
    text("insutype"),
    text("capacity"),
    big("year"),
    text("from_day"),
    text("until_day"),
    text("state"),
    text("source"),
    big("created_us"),
    CheckConstraint("insutype IN ('310', '390')", name="insutype"),
    CheckConstraint("state IN ('LIVE', 'REFUNDED')", name="state"),
    CheckConstraint("length(source) > 0", name="source"),
    Index(
        "uq_benefit_periods_live",
        *("psn_no", "region", "insutype", "year"),
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
)

family_bindings = Table(
    "family_bindings",
    world,
    text("psn_no", key=True),
    big("binding_id", key=True),
    text("member_psn_no"),
    text("relation"),
    big("consent_id"),
    text("notice"),
    big("members_max"),
    big("since_seq"),
    big("until_seq", null=True),
    big("since_us"),
    big("until_us", null=True),
    CheckConstraint("psn_no <> member_psn_no", name="self"),
    CheckConstraint(
        "relation IN ('spouse', 'parent', 'child', 'sibling', 'paternal_grandparent', 'maternal_grandparent',"
        " 'sons_child', 'daughters_child')",
        name="relation",
    ),
    CheckConstraint("length(notice) > 0", name="notice"),
    CheckConstraint("members_max >= 1", name="members_max"),
    CheckConstraint("(until_us IS NULL) = (until_seq IS NULL)", name="ended"),
    CheckConstraint("until_seq > since_seq", name="interval"),
    Index(
        "uq_family_bindings_live",
        *("psn_no", "member_psn_no"),
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    ),
    Index("ix_family_bindings_member_psn_no", "member_psn_no"),
)

portal_accounts = Table(
    "portal_accounts",
    world,
    text("psn_no", key=True),
    text("mobile"),
    text("password"),
    big("created_us"),
    UniqueConstraint("mobile"),
)

base_infos = Table(
    "base_infos",
    world,
    text("psn_no", key=True),
    text("facts"),
    big("updated_us"),
)

portal_doors = Table(
    "portal_doors",
    world,
    text("door", key=True),
    big("failures"),
    big("locked_until_us"),
    CheckConstraint("failures >= 0", name="failures"),
)

portal_sessions = Table(
    "portal_sessions",
    world,
    text("psn_no", key=True),
    text("token_hash", key=True),
    big("created_us"),
    big("expires_us"),
    big("ended_us", null=True),
    big("part_id", null=True),
    text("agent_psn_no", null=True),
    big("consent_id", null=True),
    UniqueConstraint("token_hash"),
    CheckConstraint("length(token_hash) = 64", name="hash"),
)

portal_consents = Table(
    "portal_consents",
    world,
    text("psn_no", key=True),
    big("consent_id", key=True),
    text("agent_psn_no"),
    text("scopes"),
    text("given_by"),
    text("notice"),
    text("until_day"),
    big("created_us"),
    big("ended_us", null=True),
    UniqueConstraint("consent_id"),
    CheckConstraint("given_by IN ('session', 'sms')", name="given_by"),
    CheckConstraint("length(scopes) > 0", name="scopes"),
    CheckConstraint("psn_no <> agent_psn_no", name="self"),
    Index(
        "uq_portal_consents_live",
        *("psn_no", "agent_psn_no"),
        unique=True,
        sqlite_where=_UNENDED,
        postgresql_where=_UNENDED,
    ),
    Index("ix_portal_consents_agent_psn_no", "agent_psn_no"),
)

portal_links = Table(
    "portal_links",
    world,
    text("psn_no", key=True),
    text("channel", key=True),
    text("user_id"),
    big("created_us"),
    UniqueConstraint("channel", "user_id"),
    CheckConstraint("channel IN ('wechat', 'alipay')", name="channel"),
)

sms_codes = Table(
    "sms_codes",
    world,
    text("mobile", key=True),
    big("code_id", key=True),
    text("purpose"),
    text("code"),
    big("attempts_left"),
    big("created_us"),
    big("expires_us"),
    big("used_us", null=True),
    CheckConstraint("attempts_left >= 0", name="attempts"),
)

captchas = Table(
    "captchas",
    world,
    text("captcha_id", key=True),
    text("answer"),
    big("created_us"),
    big("expires_us"),
    big("used_us", null=True),
)

applications = Table(
    "applications",
    world,
    text("psn_no", key=True),
    big("application_id", key=True),
    text("kind"),
    text("state"),
    text("region"),
    text("form"),
    big("part_id", null=True),
    text("reason", null=True),
    text("seal", null=True),
    big("created_us"),
    big("submitted_us", null=True),
    big("decided_us", null=True),
    text("agent_psn_no", null=True),
    UniqueConstraint("application_id"),
    CheckConstraint("state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED')", name="state"),
    CheckConstraint("(state = 'DRAFT') = (submitted_us IS NULL)", name="submitted"),
    CheckConstraint("(state = 'DRAFT') = (seal IS NULL)", name="sealed"),
    CheckConstraint("(state IN ('APPROVED', 'REJECTED')) = (decided_us IS NOT NULL)", name="decided"),
    CheckConstraint("(state = 'REJECTED') = (reason IS NOT NULL)", name="reason"),
    CheckConstraint(
        "NOT (kind IN ('registration', 'suspension')) OR state <> 'APPROVED' OR part_id IS NOT NULL", name="effect"
    ),
    Index(
        "uq_applications_waiting",
        *("psn_no", "kind"),
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
)

papers = Table(
    "papers",
    world,
    text("psn_no", key=True),
    big("paper_id", key=True),
    big("application_id"),
    text("kind"),
    text("name"),
    text("media_type"),
    big("size"),
    text("sha256"),
    text("content"),
    big("created_us"),
    CheckConstraint("size BETWEEN 1 AND 5242879", name="size"),
    CheckConstraint("media_type IN ('jpeg', 'png', 'doc', 'docx', 'pdf')", name="media_type"),
    Index("ix_papers_application", "psn_no", "application_id"),
)

kinships = Table(
    "kinships",
    world,
    text("psn_no", key=True),
    text("relative_psn_no", key=True),
    text("relation"),
    CheckConstraint("psn_no <> relative_psn_no", name="self"),
)

school_records = Table(
    "school_records",
    world,
    text("psn_no", key=True),
    big("record_id", key=True),
    text("region"),
    text("school"),
    text("college"),
    text("major"),
    text("student_no"),
    text("registered_on"),
)

other_accounts = Table(
    "other_accounts",
    world,
    text("psn_no", key=True),
    text("name"),
    big("created_us"),
)

account_openings = Table(
    "account_openings",
    world,
    text("psn_no", key=True),
    big("year", key=True),
    big("application_id"),
    text("region"),
    text("opened_day"),
    text("claimable_day"),
    text("until_day"),
    big("part_id"),
    big("period_id"),
    text("pledge"),
    text("due_day"),
    big("decided_us", null=True),
    UniqueConstraint("application_id"),
    CheckConstraint("pledge IN ('OPEN', 'KEPT', 'BROKEN')", name="pledge"),
    CheckConstraint("(pledge = 'OPEN') = (decided_us IS NULL)", name="decided"),
)

reclaims = Table(
    "reclaims",
    world,
    text("psn_no", key=True),
    big("setl_id", key=True),
    big("year"),
    big("fund_fen"),
    big("txn_id"),
    big("reclaimed_us"),
    CheckConstraint("fund_fen > 0", name="fund"),
)
