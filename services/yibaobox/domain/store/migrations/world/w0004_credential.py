"""The electronic credential: holders, activations, codes, decodings, scripted face checks.

Revision ID: w0004
Revises: w0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0004"
down_revision = "w0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "activations",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("activation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("state IN ('FACE_PENDING', 'PASSED', 'FAILED')", name=op.f("ck_activations_state")),
        sa.PrimaryKeyConstraint("psn_no", "activation_id", name=op.f("pk_activations")),
    )
    op.create_index("uq_activations_token_hash", "activations", ["token_hash"], unique=True)
    op.create_table(
        "decodings",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.Column("auth_no", sa.Text(), nullable=False),
        sa.Column("issued_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("institution", "token_hash", name=op.f("pk_decodings")),
    )
    op.create_index("ix_decodings_psn_no", "decodings", ["psn_no"], unique=False)
    op.create_table(
        "ec_codes",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("issued_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("used_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(used_us IS NULL) = (used_by IS NULL)", name=op.f("ck_ec_codes_used")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_ec_codes")),
    )
    op.create_index("ix_ec_codes_psn_no", "ec_codes", ["psn_no"], unique=False)
    op.create_table(
        "face_scripts",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("script_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.CheckConstraint("outcome IN ('pass', 'fail', 'timeout')", name=op.f("ck_face_scripts_outcome")),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_face_scripts_remaining")),
        sa.PrimaryKeyConstraint("psn_no", "script_id", name=op.f("pk_face_scripts")),
    )
    op.create_table(
        "holder_sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_holder_sessions")),
    )
    op.create_table(
        "holders",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("activated_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("(channel IS NULL) = (activated_us IS NULL)", name=op.f("ck_holders_activated")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_holders_failures")),
        sa.PrimaryKeyConstraint("psn_no", name=op.f("pk_holders")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("holders")
    op.drop_table("holder_sessions")
    op.drop_table("face_scripts")
    op.drop_index("ix_ec_codes_psn_no", table_name="ec_codes")
    op.drop_table("ec_codes")
    op.drop_index("ix_decodings_psn_no", table_name="decodings")
    op.drop_table("decodings")
    op.drop_index("uq_activations_token_hash", table_name="activations")
    op.drop_table("activations")
