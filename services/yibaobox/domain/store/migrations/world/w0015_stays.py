"""Stays and sales: what kind a visit is, stays with their days, rows that take others back, reversals of all kinds.

Revision ID: w0015
Revises: w0014
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0015

revision = "w0015"
down_revision = "w0014"

_PARTS = ("out_fen", "over_fen", "first_pay_fen", "eligible_fen")
_LYING = sa.text("state = 'IN' AND closed_by IS NULL")


def upgrade() -> None:
    """Widen what there is, and create stays."""
    op.add_column("visits", sa.Column("kind", sa.Text(), server_default="VISIT", nullable=False))
    _remade({"fees": _fees(returns=True), "setl_reversals": _reversals(("2103", "2208", "2305", "2601"))})
    op.create_table(
        "stays",
        *(_text("psn_no"), _big("visit_id"), _big("begin_us")),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        _text("state"),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("discharge", sa.Text(), nullable=True),
        _big("admitted_txn"),
        sa.CheckConstraint("state IN ('IN', 'OUT', 'CANCELLED')", name=op.f("ck_stays_state")),
        sa.CheckConstraint("(state = 'OUT') = (end_us IS NOT NULL)", name=op.f("ck_stays_ended")),
        sa.CheckConstraint("(end_us IS NULL) = (discharge IS NULL)", name=op.f("ck_stays_discharge")),
        sa.CheckConstraint("end_us >= begin_us", name=op.f("ck_stays_days")),
        sa.ForeignKeyConstraint(
            ["psn_no", "closed_by"], ["settlements.psn_no", "settlements.setl_id"], name=op.f("fk_stays_settlements")
        ),
        sa.ForeignKeyConstraint(
            ["psn_no", "visit_id"], ["visits.psn_no", "visits.visit_id"], name=op.f("fk_stays_visits")
        ),
        sa.PrimaryKeyConstraint("psn_no", "visit_id", name=op.f("pk_stays")),
    )
    op.create_index("uq_stays_lying", "stays", ["psn_no"], unique=True, sqlite_where=_LYING, postgresql_where=_LYING)
    guards_0015.create()


def downgrade() -> None:
    """Drop stays, and narrow the rest again."""
    guards_0015.drop()
    op.drop_index("uq_stays_lying", table_name="stays")
    op.drop_table("stays")
    _remade({"fees": _fees(returns=False), "setl_reversals": _reversals(("2208", "2601"))})
    op.drop_column("visits", "kind")


# What becomes of a table: its columns and constraints on SQLite, where a table is made anew, and what is changed on
# PostgreSQL.
_Change = tuple[list[sa.schema.SchemaItem], Callable[[], None]]


def _remade(changes: dict[str, _Change]) -> None:
    """Give tables other columns and checks, with all their rows and triggers."""
    if op.get_bind().dialect.name != "sqlite":
        for _, change in changes.values():
            change()
        return
    kept = [row for table in changes for row in _belongings(table)]
    for kind, name, _ in kept:
        op.execute(f"DROP {kind} {name}")
    for table, (items, _) in changes.items():
        _copied(table, items)
    for _, _, words in kept:
        op.execute(words)


def _belongings(table: str) -> list[tuple[str, str, str]]:
    """Return the triggers and indexes of a table: kind, name, and the words that make them."""
    asked = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :name AND type <> 'table' AND sql IS NOT NULL"
    rows = op.get_bind().execute(sa.text(asked), {"name": table}).all()
    return [(row[0], row[1], row[2]) for row in rows]


def _copied(table: str, items: list[sa.schema.SchemaItem]) -> None:
    """Make a table anew under its old name and take its rows over."""
    before = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    made = op.create_table(f"{table}_anew", *items)
    names = ", ".join(column.name for column in made.columns if column.name in before)
    op.execute(f"INSERT INTO {table}_anew ({names}) SELECT {names} FROM {table}")
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)


def _fees(*, returns: bool) -> _Change:
    not_negative = " AND ".join(f"{name} >= 0" for name in ("amount_fen", *_PARTS))
    check = f"(returns IS NULL AND {not_negative}) OR (returns IS NOT NULL AND amount_fen <= 0)"
    checked = check if returns else not_negative
    more = [sa.Column(name, sa.Text(), nullable=True) for name in ("charged_on", "returns")] if returns else []
    items: list[sa.schema.SchemaItem] = [
        *(_text("psn_no"), _big("visit_id"), _text("feedetl_sn"), _text("batch"), _big("place")),
        *(_text("item"), _text("grade")),
        *map(_big, ("count_e4", "price_e6", "amount_fen", "first_pay_ppm")),
        sa.Column("ceiling_fen", sa.BigInteger(), autoincrement=False, nullable=True),
        *map(_big, _PARTS),
        sa.Column("setl_id", sa.BigInteger(), autoincrement=False, nullable=True),
        _text("detail"),
        *more,
        sa.CheckConstraint(checked, name=op.f("ck_fees_not_negative")),
        sa.CheckConstraint(f"amount_fen = {' + '.join(_PARTS)}", name=op.f("ck_fees_four_parts")),
        sa.CheckConstraint("grade IN ('A', 'B', 'C')", name=op.f("ck_fees_grade")),
        _belongs("fees", "settlements", "setl_id"),
        _belongs("fees", "visits", "visit_id"),
        sa.PrimaryKeyConstraint("psn_no", "visit_id", "feedetl_sn", name=op.f("pk_fees")),
    ]

    def change() -> None:
        op.drop_constraint(op.f("ck_fees_not_negative"), "fees")
        for name in ("charged_on", "returns"):
            if returns:
                op.add_column("fees", sa.Column(name, sa.Text(), nullable=True))
            else:
                op.drop_column("fees", name)
        op.create_check_constraint(op.f("ck_fees_not_negative"), "fees", checked)

    return items, change


def _reversals(infnos: tuple[str, ...]) -> _Change:
    check = f"infno IN ({', '.join(repr(infno) for infno in infnos)})"
    items: list[sa.schema.SchemaItem] = [
        *(_text("psn_no"), _big("setl_id"), _big("reversal_id")),
        *(_text("institution"), _text("infno"), _text("msgid"), _big("txn_id"), _big("reversed_us")),
        sa.CheckConstraint(check, name=op.f("ck_setl_reversals_infno")),
        _belongs("setl_reversals", "postings", "txn_id", deferrable=True),
        _belongs("setl_reversals", "settlements", "setl_id"),
        sa.PrimaryKeyConstraint("psn_no", "setl_id", name=op.f("pk_setl_reversals")),
        sa.UniqueConstraint("psn_no", "txn_id", name=op.f("uq_setl_reversals_psn_no_txn_id")),
        sa.UniqueConstraint("reversal_id", name=op.f("uq_setl_reversals_reversal_id")),
    ]

    def change() -> None:
        op.drop_constraint(op.f("ck_setl_reversals_infno"), "setl_reversals")
        op.create_check_constraint(op.f("ck_setl_reversals_infno"), "setl_reversals", check)

    return items, change


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _belongs(table: str, other: str, key: str, *, deferrable: bool = False) -> sa.ForeignKeyConstraint:
    """A reference within one person; a posting may be written after what refers to it."""
    here, there = ["psn_no", key], [f"{other}.psn_no", f"{other}.{key}"]
    return sa.ForeignKeyConstraint(
        here,
        there,
        name=op.f(f"fk_{table}_{other}"),
        deferrable=deferrable or None,
        initially="DEFERRED" if deferrable else None,
    )
