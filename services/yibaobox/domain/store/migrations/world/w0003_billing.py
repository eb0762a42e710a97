"""Bills, payment orders, receipts, family bindings.

Revision ID: w0003
Revises: w0002
"""

from __future__ import annotations

revision = "w0003"
down_revision = "w0002"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
