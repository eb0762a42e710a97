"""Files that institutions exchange with the centre, marks on the centre's statement, applications for clearing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, Table

from yibaobox.domain.store.schema import settlement
from yibaobox.domain.store.schema.columns import big, text, world

exchange_files = Table(
    "exchange_files",
    world,
    text("institution", key=True),
    big("file_no", key=True),
    text("name"),
    Column("size", Integer, nullable=False),
    text("sha256"),
    text("content"),
    big("ready_us"),
    big("expires_us"),
    big("created_us"),
    CheckConstraint("size > 0", name="size"),
    CheckConstraint("expires_us > created_us", name="expires"),
)

statement_marks = Table(
    "statement_marks",
    world,
    text("psn_no", key=True),
    big("setl_id", key=True),
    text("institution"),
    text("kind"),
    big("fen"),
    big("marked_us"),
    ForeignKeyConstraint(["psn_no", "setl_id"], ["settlements.psn_no", "settlements.setl_id"]),
    CheckConstraint("kind IN ('EXTRA', 'MISSING', 'AMOUNT', 'SHIFT')", name="kind"),
    CheckConstraint("(kind = 'AMOUNT') = (fen <> 0)", name="fen"),
    Index("ix_statement_marks_institution", "institution"),
)

clearings = Table(
    "clearings",
    world,
    text("institution", key=True),
    big("clr_id", key=True),
    text("clr_type"),
    text("clr_way", null=True),
    text("setlym"),
    text("first_day"),
    text("last_day"),
    big("lines"),
    big("total_fen"),
    big("fund_fen"),
    big("account_fen"),
    big("cash_fen"),
    big("recognised_fen"),
    text("msgid"),
    big("applied_us"),
    big("withdrawn_us", null=True),
    CheckConstraint("first_day <= last_day", name="period"),
    CheckConstraint("total_fen = fund_fen + account_fen + cash_fen", name="adds_up"),
    CheckConstraint("lines > 0", name="lines"),
)

cleared_lines = Table(
    "cleared_lines",
    world,
    text("psn_no", key=True),
    big("setl_id", key=True),
    Column("sign", Integer, primary_key=True, autoincrement=False),
    text("institution"),
    big("clr_id"),
    ForeignKeyConstraint(["psn_no", "setl_id"], ["settlements.psn_no", "settlements.setl_id"]),
    CheckConstraint("sign IN (-1, 1)", name="sign"),
    Index("ix_cleared_lines_institution_clr_id", "institution", "clr_id"),
)

# A period of one institution is read without looking at all the others.
SETTLED: Final = Index(
    "ix_settlements_institution_settled_us", settlement.settlements.c.institution, settlement.settlements.c.settled_us
)
REVERSED: Final = Index(
    "ix_setl_reversals_institution_reversed_us",
    settlement.setl_reversals.c.institution,
    settlement.setl_reversals.c.reversed_us,
)
