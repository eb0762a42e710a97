"""The credential by channel, relatives' codes, authorisations of mobile payment.

Revision ID: w0011
Revises: w0010
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "w0011"
down_revision = "w0010"

_ADDED: Final = (
    ("holders", "part_id", sa.BigInteger()),
    ("holder_sessions", "channel", sa.Text()),
    ("ec_codes", "shown_by", sa.Text()),
    ("ec_codes", "channel", sa.Text()),
    ("decodings", "shown_by", sa.Text()),
    ("decodings", "channel", sa.Text()),
)
_LIVE: Final = sa.text("state <> 'ENDED'")


def upgrade() -> None:
    """Add the columns, create the tables."""
    for table, name, kind in _ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "holder_channels",
        _text("psn_no"),
        _text("channel"),
        _text("terms"),
        _big("activated_us"),
        sa.CheckConstraint("length(terms) > 0", name=op.f("ck_holder_channels_terms")),
        sa.PrimaryKeyConstraint("psn_no", "channel", name=op.f("pk_holder_channels")),
    )
    _members()
    _auth_codes()
    _pay_auths()


def downgrade() -> None:
    """Drop the tables and the columns."""
    for table in ("pay_auths", "auth_codes", "ec_members", "holder_channels"):
        op.drop_table(table)
    for table, name, _ in reversed(_ADDED):
        op.drop_column(table, name)


def _members() -> None:
    op.create_table(
        "ec_members",
        *(_text("psn_no"), _big("binding_id"), _text("member_psn_no"), _text("relation"), _text("way")),
        *(_text("state"), _text("pledge"), _big("created_us"), _big("activated_us", null=True)),
        _big("ended_us", null=True),
        sa.CheckConstraint("psn_no <> member_psn_no", name=op.f("ck_ec_members_self")),
        sa.CheckConstraint("way IN ('guardian', 'face')", name=op.f("ck_ec_members_way")),
        sa.CheckConstraint("state IN ('FACE_PENDING', 'ACTIVE', 'ENDED')", name=op.f("ck_ec_members_state")),
        sa.CheckConstraint("(state = 'ENDED') = (ended_us IS NOT NULL)", name=op.f("ck_ec_members_ended")),
        sa.CheckConstraint("state <> 'ACTIVE' OR activated_us IS NOT NULL", name=op.f("ck_ec_members_active")),
        sa.CheckConstraint("length(pledge) > 0", name=op.f("ck_ec_members_pledge")),
        sa.PrimaryKeyConstraint("psn_no", "binding_id", name=op.f("pk_ec_members")),
    )
    op.create_index(
        "uq_ec_members_live",
        "ec_members",
        ["psn_no", "member_psn_no"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index("ix_ec_members_member_psn_no", "ec_members", ["member_psn_no"], unique=False)


def _auth_codes() -> None:
    op.create_table(
        "auth_codes",
        *(_text("code_hash"), _text("psn_no"), _text("holder"), _text("institution"), _text("channel")),
        *(_text("purpose"), _big("issued_us"), _big("expires_us"), _big("used_us", null=True)),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_auth_codes")),
    )
    op.create_index("ix_auth_codes_psn_no", "auth_codes", ["psn_no"], unique=False)


def _pay_auths() -> None:
    op.create_table(
        "pay_auths",
        *(_text("auth_hash"), _text("psn_no"), _text("holder"), _text("institution"), _text("channel")),
        *(_text("auth_no"), _big("issued_us"), _big("expires_us"), _big("used_us", null=True)),
        _text("used_by", null=True),
        sa.CheckConstraint("(used_us IS NULL) = (used_by IS NULL)", name=op.f("ck_pay_auths_used")),
        sa.PrimaryKeyConstraint("auth_hash", name=op.f("pk_pay_auths")),
    )
    op.create_index("ix_pay_auths_psn_no", "pay_auths", ["psn_no"], unique=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
