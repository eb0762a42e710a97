"""The electronic credential: activations, codes, face checks, decodings.

Revision ID: w0004
Revises: w0003
"""

from __future__ import annotations

revision = "w0004"
down_revision = "w0003"


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
