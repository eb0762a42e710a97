"""Participations, benefit periods, portal accounts, applications and their papers.

Revision ID: w0002
Revises: w0001
"""

from __future__ import annotations

from alembic import op

revision = "w0002"
down_revision = "w0001"


def upgrade() -> None:
    """Create the tables."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sequences (name, value) VALUES ('number', 0)")
    else:
        op.execute("CREATE SEQUENCE seq_number")


def downgrade() -> None:
    """Drop the tables."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DELETE FROM sequences WHERE name = 'number'")
    else:
        op.execute("DROP SEQUENCE seq_number")
