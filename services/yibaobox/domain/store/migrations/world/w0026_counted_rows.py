"""An upload says how many rows there are of it.

A settlement binds uploads, and compares how many rows they have with those that it split; the removal of a row writes
its upload. So a row that goes while its settlement is made is met by the database, and not by the next audit.

Revision ID: w0026
Revises: w0025
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import anew, guards_0005, triggers

revision = "w0026"
down_revision = "w0025"

_SETTLED: Final[triggers.Refusals] = {"fee_uploads_settled": ("fee_uploads", *guards_0005.REFUSALS["fees_settled"][1:])}
_OF_ROW: Final = "visit_id = OLD.visit_id AND psn_no = OLD.psn_no AND upload = OLD.upload"
_UNCOUNT: Final = f"UPDATE fee_uploads SET row_count = row_count - 1 WHERE {_OF_ROW}"
_UNCOUNTED: Final[triggers.Effects] = {"fees_uncounted": ("fees", "1 = 1", (_UNCOUNT,))}
_BEFORE: Final = "setl_id BIGINT, \n\t"
_AFTER: Final = f"{_BEFORE}row_count BIGINT NOT NULL, \n\t"
_KNOWN: Final = "psn_no, visit_id, upload, batch, setl_id"
_ROWS: Final = (
    "(SELECT count(*) FROM fees f WHERE f.psn_no = fee_uploads.psn_no AND f.visit_id = fee_uploads.visit_id"
    " AND f.upload = fee_uploads.upload)"
)


def upgrade() -> None:
    """Count the rows of each upload."""
    if _sqlite():
        anew.remake("fee_uploads", anew.replaced(_BEFORE, _AFTER), rows=f"SELECT {_KNOWN}, {_ROWS} FROM fee_uploads")
    else:
        triggers.unrefuse(dict.fromkeys(_SETTLED, "fee_uploads"))
        op.add_column("fee_uploads", sa.Column("row_count", sa.BigInteger(), autoincrement=False, nullable=True))
        op.execute(f"UPDATE fee_uploads SET row_count = {_ROWS}")
        op.alter_column("fee_uploads", "row_count", nullable=False)
        triggers.refuse(_SETTLED)
    triggers.follow(_UNCOUNTED, "DELETE")


def downgrade() -> None:
    """Leave the count to the rows."""
    triggers.unrefuse(dict.fromkeys(_UNCOUNTED, "fees"))
    if _sqlite():
        anew.remake("fee_uploads", anew.replaced(_AFTER, _BEFORE), rows=f"SELECT {_KNOWN} FROM fee_uploads")
    else:
        op.drop_column("fee_uploads", "row_count")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
