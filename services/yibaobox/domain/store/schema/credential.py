"""The electronic credential: holders, activations, codes, decodings, relatives' codes, authorisations, face checks."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table
from sqlalchemy import text as where

from yibaobox.domain.store.schema.columns import big, text, world

_LIVE: Final = where("state <> 'ENDED'")

holders = Table(
    "holders",
    world,
    text("psn_no", key=True),
    text("channel", null=True),
    big("activated_us", null=True),
    Column("failures", Integer, nullable=False),
    big("locked_until_us"),
    big("part_id", null=True),  # the participation that the credential shows; none: the active one
    CheckConstraint("(channel IS NULL) = (activated_us IS NULL)", name="activated"),
    CheckConstraint("failures >= 0", name="failures"),
)

activations = Table(
    "activations",
    world,
    text("psn_no", key=True),
    big("activation_id", key=True),
    text("token_hash"),
    text("channel"),
    text("state"),
    big("created_us"),
    big("expires_us"),
    CheckConstraint("state IN ('FACE_PENDING', 'PASSED', 'FAILED')", name="state"),
    Index("uq_activations_token_hash", "token_hash", unique=True),
)

holder_channels = Table(
    "holder_channels",
    world,
    text("psn_no", key=True),
    text("channel", key=True),
    text("terms"),
    big("activated_us"),
    CheckConstraint("length(terms) > 0", name="terms"),
)

holder_sessions = Table(
    "holder_sessions",
    world,
    text("token_hash", key=True),
    text("psn_no"),
    big("expires_us"),
    text("channel", null=True),
)

ec_codes = Table(
    "ec_codes",
    world,
    text("code_hash", key=True),
    text("psn_no"),
    big("issued_us"),
    big("expires_us"),
    big("used_us", null=True),
    text("used_by", null=True),
    text("shown_by", null=True),  # the relative who shows it; none: the person
    text("channel", null=True),
    CheckConstraint("(used_us IS NULL) = (used_by IS NULL)", name="used"),
    Index("ix_ec_codes_psn_no", "psn_no"),
)

decodings = Table(
    "decodings",
    world,
    text("institution", key=True),
    text("token_hash", key=True),
    text("psn_no"),
    text("purpose"),
    text("operator"),
    text("operator_name"),
    text("auth_no"),
    big("issued_us"),
    big("expires_us"),
    text("shown_by", null=True),
    text("channel", null=True),
    Index("ix_decodings_psn_no", "psn_no"),
)

ec_members = Table(
    "ec_members",
    world,
    text("psn_no", key=True),
    big("binding_id", key=True),
    text("member_psn_no"),
    text("relation"),
    text("way"),
    text("state"),
    text("pledge"),
    big("created_us"),
    big("activated_us", null=True),
    big("ended_us", null=True),
    CheckConstraint("psn_no <> member_psn_no", name="self"),
    CheckConstraint("way IN ('guardian', 'face')", name="way"),
    CheckConstraint("state IN ('FACE_PENDING', 'ACTIVE', 'ENDED')", name="state"),
    CheckConstraint("(state = 'ENDED') = (ended_us IS NOT NULL)", name="ended"),
    CheckConstraint("state <> 'ACTIVE' OR activated_us IS NOT NULL", name="active"),
    CheckConstraint("length(pledge) > 0", name="pledge"),
    Index(
        "uq_ec_members_live",
        *("psn_no", "member_psn_no"),
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    Index("ix_ec_members_member_psn_no", "member_psn_no"),
)

auth_codes = Table(
    "auth_codes",
    world,
    text("code_hash", key=True),
    text("psn_no"),
    text("holder"),
    text("institution"),
    text("channel"),
    text("purpose"),
    big("issued_us"),
    big("expires_us"),
    big("used_us", null=True),
    Index("ix_auth_codes_psn_no", "psn_no"),
)

pay_auths = Table(
    "pay_auths",
    world,
    text("auth_hash", key=True),
    text("psn_no"),
    text("holder"),
    text("institution"),
    text("channel"),
    text("auth_no"),
    big("issued_us"),
    big("expires_us"),
    big("used_us", null=True),
    text("used_by", null=True),
    CheckConstraint("(used_us IS NULL) = (used_by IS NULL)", name="used"),
    Index("ix_pay_auths_psn_no", "psn_no"),
)

face_scripts = Table(
    "face_scripts",
    world,
    text("psn_no", key=True),
    big("script_id", key=True),
    text("outcome"),
    Column("remaining", Integer, nullable=False),
    CheckConstraint("outcome IN ('pass', 'fail', 'timeout')", name="outcome"),
    CheckConstraint("remaining >= 0", name="remaining"),
)
