"""The tables of a world and of the registry, as SQLAlchemy metadata.

Two rules run through it (architecture, "ready to be spread"): a table owned by a person leads its primary key with
`psn_no`, a message table with the institution; and no foreign key crosses persons. Money is integer fen, instants are
integer microseconds, JSON is text. Triggers that only SQL can word stand in the migrations.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

_NAMES: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

world = MetaData(naming_convention=_NAMES)
registry = MetaData(naming_convention=_NAMES)

GENESIS: Final = "0" * 64  # the head of a book with no posting yet
SEQUENCES: Final = ("txn", "person", "job", "event", "request")


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null, primary_key=key)


def _big(name: str, *, null: bool = False, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, primary_key=key, autoincrement=False)


clock = Table(
    "clock",
    world,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("mode"),
    _big("offset_us"),
    _big("frozen_us"),
    _big("lease_until_us"),
    CheckConstraint("id = 1", name="single"),
    CheckConstraint("mode IN ('follow', 'offset', 'frozen')", name="mode"),
)

settings = Table("settings", world, _text("name", key=True), _text("value"))

persons = Table(
    "persons",
    world,
    _text("psn_no", key=True),
    _big("seq"),
    _text("region"),
    _text("capacity"),
    _text("name"),
    _text("id_type"),
    _text("id_no"),
    _text("sex"),
    _text("birth"),
    _text("mobile"),
    _big("created_us"),
    UniqueConstraint("seq"),
    CheckConstraint("length(psn_no) = 20", name="number"),
)

id_numbers = Table("id_numbers", world, _text("id_type", key=True), _text("id_no", key=True), _text("psn_no"))

institutions = Table(
    "institutions",
    world,
    _text("code", key=True),
    _text("name"),
    _text("region"),
    _text("level"),
    _text("kind"),
    _text("auth"),
    CheckConstraint("kind IN ('hospital', 'pharmacy')", name="kind"),
)

books = Table(
    "books",
    world,
    _text("psn_no", key=True),
    _big("length"),
    _text("head"),
    CheckConstraint("length >= 0", name="length"),
)

postings = Table(
    "postings",
    world,
    _text("psn_no", key=True),
    _big("txn_id", key=True),
    _big("place"),
    _text("kind"),
    _big("reverses", null=True),
    _big("biz_at_us"),
    _big("rec_at_us"),
    _text("note"),
    _text("prev_hash"),
    _text("hash"),
    UniqueConstraint("psn_no", "place"),
    UniqueConstraint("psn_no", "reverses"),
    CheckConstraint("place >= 1", name="place"),
    CheckConstraint("reverses < txn_id", name="reverses"),
    Index("ix_postings_txn_id", "txn_id"),
)

entries = Table(
    "entries",
    world,
    _text("psn_no", key=True),
    _big("txn_id", key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    _text("account"),
    _big("amount_fen"),
    ForeignKeyConstraint(
        ["psn_no", "txn_id"],
        ["postings.psn_no", "postings.txn_id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    CheckConstraint("amount_fen <> 0", name="amount"),
    CheckConstraint("line >= 1", name="line"),
    CheckConstraint(
        "account IN ('ACCT', 'FAMILY', 'OPEN') OR account LIKE 'ACCM:%' OR account LIKE 'POOL:%'"
        " OR account LIKE 'CIVIL:%' OR account LIKE 'HIFES:%' OR account LIKE 'HIFMI:%' OR account LIKE 'HIFOB:%'"
        " OR account LIKE 'MAF:%' OR account LIKE 'OTH:%' OR account LIKE 'INST:%' OR account LIKE 'CASH:%'"
        " OR account LIKE 'PREM:%' OR account LIKE 'SUSP:%' OR account LIKE 'REFUND_DUE:%'",
        name="account",
    ),
    Index("ix_entries_account", "account"),
)

balances = Table(
    "balances",
    world,
    _text("psn_no", key=True),
    _text("account", key=True),
    _big("balance_fen"),
    CheckConstraint("balance_fen >= 0", name="not_negative"),
)

messages = Table(
    "messages",
    world,
    _text("institution", key=True),
    _text("infno", key=True),
    _text("msgid", key=True),
    _text("fingerprint"),
    _text("outcome"),
    _text("code"),
    _text("reply"),
    _big("txn_id", null=True),
    _text("psn_no", null=True),
    _big("biz_at_us"),
    _big("rec_at_us"),
    UniqueConstraint("txn_id"),
    CheckConstraint("outcome IN ('SETTLED', 'REFUSED', 'TOMBSTONED')", name="outcome"),
    CheckConstraint("(outcome = 'SETTLED') = (txn_id IS NOT NULL)", name="effect"),
    CheckConstraint("length(msgid) BETWEEN 1 AND 40", name="msgid"),
)

jobs = Table(
    "jobs",
    world,
    _big("job_id", key=True),
    _text("kind"),
    _text("key", null=True),
    _text("payload"),
    _text("state"),
    _big("due_us"),
    Column("attempts", Integer, nullable=False),
    _text("error", null=True),
    _big("created_us"),
    _big("finished_us", null=True),
    UniqueConstraint("key"),
    CheckConstraint("state IN ('pending', 'done', 'failed', 'cancelled')", name="state"),
    CheckConstraint("(state = 'pending') = (finished_us IS NULL)", name="finished"),
    Index("ix_jobs_state_due_us", "state", "due_us"),
)

outbox = Table(
    "outbox",
    world,
    _big("event_id", key=True),
    _text("topic"),
    Column("version", Integer, nullable=False),
    _text("cause"),
    _text("url"),
    _text("headers"),
    _text("body"),
    _text("schedule"),
    _text("state"),
    Column("attempts", Integer, nullable=False),
    _big("due_us"),
    _big("created_us"),
    UniqueConstraint("topic", "version"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("state IN ('pending', 'delivered', 'exhausted')", name="state"),
    CheckConstraint("state = 'pending' OR attempts >= 1", name="attempted"),
    Index("ix_outbox_state_due_us", "state", "due_us"),
)

deliveries = Table(
    "deliveries",
    world,
    _big("event_id", key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("status", Integer, nullable=True),
    Column("accepted", Integer, nullable=False),
    _text("error", null=True),
    _big("biz_at_us"),
    _big("rec_at_us"),
    CheckConstraint("accepted IN (0, 1)", name="accepted"),
    CheckConstraint("attempt >= 1", name="attempt"),
)

requests = Table(
    "requests",
    world,
    _big("request_id", key=True),
    _big("biz_at_us"),
    _big("rec_at_us"),
    _text("trace"),
    _text("op"),
    _text("method"),
    _text("path"),
    Column("status", Integer, nullable=False),
    _text("code", null=True),
    _big("duration_us"),
    _text("psn_no", null=True),
    Column("bytes", Integer, nullable=False),
    _text("detail"),
)

worlds = Table(
    "worlds",
    registry,
    _text("name", key=True),
    _big("seed"),
    _text("regions"),
    _text("at", null=True),
    _text("place"),
    _text("keys"),
    _big("created_us"),
    UniqueConstraint("place"),
)

credentials = Table("credentials", registry, _text("value", key=True), _text("world"))

snapshots = Table(
    "snapshots",
    registry,
    _text("world", key=True),
    _text("name", key=True),
    _text("place"),
    _big("created_us"),
    UniqueConstraint("place"),
)

installation = Table("installation", registry, _text("name", key=True), _text("value"))

templates = Table("templates", registry, _text("place", key=True))
