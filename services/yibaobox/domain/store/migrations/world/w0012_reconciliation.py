"""Files exchanged with the centre, marks on its statement, applications for clearing.

Revision ID: w0012
Revises: w0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0012

revision = "w0012"
down_revision = "w0011"


def upgrade() -> None:
    """Create the tables and the indexes of periods."""
    _files()
    _marks()
    _clearings()
    op.create_index("ix_settlements_institution_settled_us", "settlements", ["institution", "settled_us"])
    op.create_index("ix_setl_reversals_institution_reversed_us", "setl_reversals", ["institution", "reversed_us"])
    guards_0012.create()


def downgrade() -> None:
    """Drop them."""
    guards_0012.drop()
    op.drop_index("ix_setl_reversals_institution_reversed_us", table_name="setl_reversals")
    op.drop_index("ix_settlements_institution_settled_us", table_name="settlements")
    for table in ("cleared_lines", "clearings", "statement_marks", "exchange_files"):
        op.drop_table(table)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _files() -> None:
    op.create_table(
        "exchange_files",
        _text("institution"),
        _big("file_no"),
        _text("name"),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("sha256"),
        _text("content"),
        _big("ready_us"),
        _big("expires_us"),
        _big("created_us"),
        sa.CheckConstraint("size > 0", name=op.f("ck_exchange_files_size")),
        sa.CheckConstraint("expires_us > created_us", name=op.f("ck_exchange_files_expires")),
        sa.PrimaryKeyConstraint("institution", "file_no", name=op.f("pk_exchange_files")),
    )


def _marks() -> None:
    op.create_table(
        "statement_marks",
        _text("psn_no"),
        _big("setl_id"),
        _text("institution"),
        _text("kind"),
        _big("fen"),
        _big("marked_us"),
        sa.CheckConstraint("kind IN ('EXTRA', 'MISSING', 'AMOUNT', 'SHIFT')", name=op.f("ck_statement_marks_kind")),
        sa.CheckConstraint("(kind = 'AMOUNT') = (fen <> 0)", name=op.f("ck_statement_marks_fen")),
        sa.ForeignKeyConstraint(
            ["psn_no", "setl_id"],
            ["settlements.psn_no", "settlements.setl_id"],
            name=op.f("fk_statement_marks_settlements"),
        ),
        sa.PrimaryKeyConstraint("psn_no", "setl_id", name=op.f("pk_statement_marks")),
    )
    op.create_index("ix_statement_marks_institution", "statement_marks", ["institution"])


def _clearings() -> None:
    op.create_table(
        "clearings",
        _text("institution"),
        _big("clr_id"),
        _text("clr_type"),
        _text("clr_way", null=True),
        *(_text(name) for name in ("setlym", "first_day", "last_day")),
        *(_big(name) for name in ("lines", "total_fen", "fund_fen", "account_fen", "cash_fen", "recognised_fen")),
        _text("msgid"),
        _big("applied_us"),
        _big("withdrawn_us", null=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_clearings_period")),
        sa.CheckConstraint("total_fen = fund_fen + account_fen + cash_fen", name=op.f("ck_clearings_adds_up")),
        sa.CheckConstraint("lines > 0", name=op.f("ck_clearings_lines")),
        sa.PrimaryKeyConstraint("institution", "clr_id", name=op.f("pk_clearings")),
    )
    op.create_table(
        "cleared_lines",
        _text("psn_no"),
        _big("setl_id"),
        sa.Column("sign", sa.Integer(), autoincrement=False, nullable=False),
        _text("institution"),
        _big("clr_id"),
        sa.CheckConstraint("sign IN (-1, 1)", name=op.f("ck_cleared_lines_sign")),
        sa.ForeignKeyConstraint(
            ["psn_no", "setl_id"],
            ["settlements.psn_no", "settlements.setl_id"],
            name=op.f("fk_cleared_lines_settlements"),
        ),
        sa.PrimaryKeyConstraint("psn_no", "setl_id", "sign", name=op.f("pk_cleared_lines")),
    )
    op.create_index("ix_cleared_lines_institution_clr_id", "cleared_lines", ["institution", "clr_id"])
