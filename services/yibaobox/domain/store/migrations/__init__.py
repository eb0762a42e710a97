"""Alembic scripts: `world/` for a world's tables, `registry/` for the registry's."""
