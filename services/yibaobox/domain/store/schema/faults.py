"""Faults that are armed and the log of those that fired."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text

from yibaobox.domain.store.schema.columns import big, text, world

faults = Table(
    "faults",
    world,
    big("fault_id", key=True),
    text("name"),
    text("match"),
    Column("times", Integer, nullable=True),
    big("probability_ppm"),
    big("seed"),
    text("params"),
    big("seen"),
    big("fired"),
    big("created_us"),
    Column("pass_first", BigInteger, nullable=False, server_default="0"),
    big("expires_us", null=True),
    Column("origin", Text, nullable=False, server_default="rule"),
    CheckConstraint("times >= 0", name="times"),
    CheckConstraint("probability_ppm BETWEEN 0 AND 1000000", name="probability"),
)

fault_log = Table(
    "fault_log",
    world,
    big("entry_id", key=True),
    big("fault_id", null=True),
    text("name"),
    text("position"),
    text("trace"),
    text("facts"),
    big("biz_at_us"),
    big("rec_at_us"),
)
