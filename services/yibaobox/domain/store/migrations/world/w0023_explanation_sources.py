"""The sources that explanations cite, each set of them once: there are a few dozen for any number of settlements.

Revision ID: w0023
Revises: w0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import triggers

revision = "w0023"
down_revision = "w0022"


def upgrade() -> None:
    """Create the table. What was explained before has its sources with it, for the books hold its digest."""
    op.create_table(
        "explanation_sources",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_explanation_sources")),
    )
    triggers.append_only(("explanation_sources",))


def downgrade() -> None:
    """Drop it, unless a settlement refers to what it holds."""
    kept = op.get_bind().exec_driver_sql("SELECT count(*) FROM explanation_sources").scalar()
    if kept:
        raise ValueError("settlements refer to the sources that this revision keeps: a copy of before it is needed")
    op.drop_table("explanation_sources")
