"""A settlement is bound to the uploads of its rows, and writes no row of fees again.

Each of ten rows was found, written anew with its whole message and looked at by two triggers, to hold one number that
was the same for all. What one message brought for one batch is settled together: it stands in a table of its own, by
which its rows are found. Fee rows never change any more.

Revision ID: w0025
Revises: w0024
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import anew, guards_0005, triggers

revision = "w0025"
down_revision = "w0024"

_SETTLED_ROW: Final = """EXISTS (SELECT 1 FROM fee_uploads u WHERE u.visit_id = OLD.visit_id AND u.psn_no = OLD.psn_no
    AND u.upload = OLD.upload AND u.setl_id IS NOT NULL)"""
_FACTS: Final = "psn_no, visit_id, upload, batch"
_REFUSALS: Final[triggers.Refusals] = {
    "fees_fixed": ("fees", "UPDATE", "1 = 1", guards_0005.FEES_FIXED[3]),
    "fees_removed": ("fees", "DELETE", _SETTLED_ROW, guards_0005.REFUSALS["fees_removed"][3]),
    "fee_uploads_fixed": ("fee_uploads", f"UPDATE OF {_FACTS}", "1 = 1", "an upload never changes"),
    "fee_uploads_settled": ("fee_uploads", *guards_0005.REFUSALS["fees_settled"][1:]),
    "fee_uploads_removed": ("fee_uploads", *guards_0005.REFUSALS["fees_removed"][1:]),
}
_BEFORE: Final = ("fees_fixed", "fees_settled", "fees_removed")

_KEY: Final = "feedetl_sn TEXT NOT NULL, \n\t"
_ELIGIBLE: Final = "eligible_fen BIGINT NOT NULL, \n\t"
_RETURNS: Final = "returns TEXT, \n\t"
_REFERRING: Final = (
    "CONSTRAINT fk_fees_settlements FOREIGN KEY(psn_no, setl_id) REFERENCES settlements (psn_no, setl_id), \n\t"
    "CONSTRAINT fk_fees_visits FOREIGN KEY(psn_no, visit_id) REFERENCES visits (psn_no, visit_id)"
)
_REFERRING_NOW: Final = (
    "CONSTRAINT fk_fees_fee_uploads FOREIGN KEY(psn_no, visit_id, upload)"
    " REFERENCES fee_uploads (psn_no, visit_id, upload)"
)
_WORDS: Final = (
    (f"{_KEY}batch TEXT NOT NULL, \n\t", _KEY),
    (f"{_ELIGIBLE}setl_id BIGINT, \n\t", _ELIGIBLE),
    (_RETURNS, f"{_RETURNS}upload BIGINT NOT NULL, \n\t"),
    (_REFERRING, _REFERRING_NOW),
)
_FIRST: Final = "f.psn_no, f.visit_id, f.feedetl_sn"
_MIDDLE: Final = (
    "f.place, f.item, f.grade, f.count_e4, f.price_e6, f.amount_fen, f.first_pay_ppm, f.ceiling_fen, f.out_fen,"
    " f.over_fen, f.first_pay_fen, f.eligible_fen"
)
_ENDING: Final = "f.detail, f.charged_on, f.returns"
_JOINED: Final = "FROM fees f CROSS JOIN fee_uploads u WHERE u.visit_id = f.visit_id AND u.psn_no = f.psn_no"
_OF_VISIT: Final = "FROM fee_uploads u WHERE u.visit_id = fees.visit_id AND u.psn_no = fees.psn_no"
_KEYS: Final = ["psn_no", "visit_id", "upload"]


def upgrade() -> None:
    """Gather the rows of each batch that are settled alike in one upload."""
    triggers.unrefuse(dict.fromkeys(_BEFORE, "fees"))
    op.create_table(
        "fee_uploads",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("upload", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("setl_id", sa.BigInteger(), autoincrement=False, nullable=True),
        _refers("fee_uploads", "visits", "visit_id"),
        _refers("fee_uploads", "settlements", "setl_id"),
        sa.PrimaryKeyConstraint("visit_id", "psn_no", "upload", name=op.f("pk_fee_uploads")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO fee_uploads (psn_no, visit_id, upload, batch, setl_id)"
        " SELECT psn_no, visit_id, min(place), batch, setl_id FROM fees GROUP BY psn_no, visit_id, batch, setl_id"
    )
    if _sqlite():
        alike = "u.batch = f.batch AND u.setl_id IS f.setl_id"
        rows = f"SELECT {_FIRST}, {_MIDDLE}, {_ENDING}, u.upload {_JOINED} AND {alike}"
        anew.remake("fees", *(anew.replaced(*pair) for pair in _WORDS), rows=rows)
    else:
        _widen("upload")
        alike = "u.batch = fees.batch AND u.setl_id IS NOT DISTINCT FROM fees.setl_id"
        op.execute(f"UPDATE fees SET upload = u.upload {_OF_VISIT} AND {alike}")
        op.alter_column("fees", "upload", nullable=False)
        op.drop_constraint("fk_fees_settlements", "fees")
        op.drop_constraint("fk_fees_visits", "fees")
        op.drop_column("fees", "batch")
        op.drop_column("fees", "setl_id")
        op.create_foreign_key("fk_fees_fee_uploads", "fees", "fee_uploads", _KEYS, _KEYS)
    triggers.refuse(_REFUSALS)


def downgrade() -> None:
    """Write batch and settlement with each row again."""
    triggers.unrefuse({name: table for name, (table, *_) in _REFUSALS.items()})
    if _sqlite():
        rows = f"SELECT {_FIRST}, u.batch, {_MIDDLE}, u.setl_id, {_ENDING} {_JOINED} AND u.upload = f.upload"
        anew.remake("fees", *(anew.replaced(after, before) for before, after in _WORDS), rows=rows)
    else:
        op.add_column("fees", sa.Column("batch", sa.Text(), nullable=True))
        _widen("setl_id")
        op.execute(f"UPDATE fees SET batch = u.batch, setl_id = u.setl_id {_OF_VISIT} AND u.upload = fees.upload")
        op.alter_column("fees", "batch", nullable=False)
        op.drop_constraint("fk_fees_fee_uploads", "fees")
        op.drop_column("fees", "upload")
        for other, column in (("settlements", "setl_id"), ("visits", "visit_id")):
            key = ["psn_no", column]
            op.create_foreign_key(f"fk_fees_{other}", "fees", other, key, key)
    op.drop_table("fee_uploads")
    triggers.refuse({name: guards_0005.REFUSALS[name] for name in ("fees_settled", "fees_removed")})
    triggers.refuse(guards_0005.FEES_NAMED)


def _widen(column: str) -> None:
    op.add_column("fees", sa.Column(column, sa.BigInteger(), autoincrement=False, nullable=True))


def _refers(table: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["psn_no", key], [f"{other}.psn_no", f"{other}.{key}"], name=op.f(f"fk_{table}_{other}")
    )


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
