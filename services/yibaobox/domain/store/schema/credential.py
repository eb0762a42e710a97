"""The electronic credential: holders, activations, codes, decodings, scripted face checks."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table

from yibaobox.domain.store.schema.columns import big, text, world

holders = Table(
    "holders",
    world,
    text("psn_no", key=True),
    text("channel", null=True),
    big("activated_us", null=True),
    Column("failures", Integer, nullable=False),
    big("locked_until_us"),
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

holder_sessions = Table(
    "holder_sessions",
    world,
    text("token_hash", key=True),
    text("psn_no"),
    big("expires_us"),
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
    Index("ix_decodings_psn_no", "psn_no"),
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
