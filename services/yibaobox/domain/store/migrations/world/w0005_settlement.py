"""Visits, fee details, settlements, sign-ins.

Revision ID: w0005
Revises: w0004
"""

from __future__ import annotations

revision = "w0005"
down_revision = "w0004"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
