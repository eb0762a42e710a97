"""The registry: worlds, their keys and snapshots, templates, the installation's keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, UniqueConstraint

from yibaobox.domain.store.schema.columns import big, registry, text

worlds = Table(
    "worlds",
    registry,
    text("name", key=True),
    big("seed"),
    text("regions"),
    text("at", null=True),
    text("place"),
    text("keys"),
    big("created_us"),
    UniqueConstraint("place"),
)

credentials = Table("credentials", registry, text("value", key=True), text("world"))

snapshots = Table(
    "snapshots",
    registry,
    text("world", key=True),
    text("name", key=True),
    text("place"),
    big("created_us"),
    UniqueConstraint("place"),
)

installation = Table("installation", registry, text("name", key=True), text("value"))

templates = Table(
    "templates", registry, text("place", key=True), Column("used_us", BigInteger, nullable=False, server_default="0")
)
