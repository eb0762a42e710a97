"""The ground of a world: clock, people, books, messages, jobs, outbox, journal."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy import text as sql_text

from yibaobox.domain.store.schema.columns import big, text, world

clock = Table(
    "clock",
    world,
    Column("id", Integer, primary_key=True, autoincrement=False),
    text("mode"),
    big("offset_us"),
    big("frozen_us"),
    big("lease_until_us"),
    CheckConstraint("id = 1", name="single"),
    CheckConstraint("mode IN ('follow', 'offset', 'frozen')", name="mode"),
)

settings = Table("settings", world, text("name", key=True), text("value"))

persons = Table(
    "persons",
    world,
    text("psn_no", key=True),
    big("seq"),
    text("region"),
    text("capacity"),
    text("name"),
    text("id_type"),
    text("id_no"),
    text("sex"),
    text("birth"),
    text("mobile"),
    big("created_us"),
    UniqueConstraint("seq"),
    CheckConstraint("length(psn_no) = 20", name="number"),
)

id_numbers = Table("id_numbers", world, text("id_type", key=True), text("id_no", key=True), text("psn_no"))

institutions = Table(
    "institutions",
    world,
    text("code", key=True),
    text("name"),
    text("region"),
    text("level"),
    text("kind"),
    text("auth"),
    CheckConstraint("kind IN ('hospital', 'pharmacy')", name="kind"),
)

books = Table(
    "books",
    world,
    text("psn_no", key=True),
    big("length"),
    text("head"),
    CheckConstraint("length >= 0", name="length"),
    sqlite_with_rowid=False,
)

_REVERSING = sql_text("reverses IS NOT NULL")
postings = Table(
    "postings",
    world,
    text("psn_no"),
    big("txn_id"),
    big("place"),
    text("kind"),
    big("reverses", null=True),
    big("biz_at_us"),
    big("rec_at_us"),
    text("note"),
    text("prev_hash"),
    text("hash"),
    CheckConstraint("place >= 1", name="place"),  # once in a book: the head of the book moves along, or refuses
    CheckConstraint("reverses < txn_id", name="reverses"),
    PrimaryKeyConstraint("txn_id", "psn_no"),  # where the last ones were written, not all over an index
    Index(
        "uq_postings_reverses",
        *("psn_no", "reverses"),
        unique=True,
        sqlite_where=_REVERSING,
        postgresql_where=_REVERSING,
    ),
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    world,
    text("psn_no", key=True),
    big("txn_id", key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    text("account"),
    big("amount_fen"),
    ForeignKeyConstraint(
        ["psn_no", "txn_id"],
        ["postings.psn_no", "postings.txn_id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    CheckConstraint("amount_fen <> 0", name="amount"),
    CheckConstraint("line >= 1", name="line"),
    CheckConstraint(
        # No list of three: SQLite would make a table of it for each row that is written. There these are ranges,
        # for LIKE is a function, and blind to case.
        "account = 'ACCT' OR account = 'FAMILY' OR account = 'OPEN' OR account LIKE 'ACCM:%' OR account LIKE 'POOL:%'"
        " OR account LIKE 'CIVIL:%' OR account LIKE 'HIFES:%' OR account LIKE 'HIFMI:%' OR account LIKE 'HIFOB:%'"
        " OR account LIKE 'MAF:%' OR account LIKE 'OTH:%' OR account LIKE 'INST:%' OR account LIKE 'CASH:%'"
        " OR account LIKE 'PREM:%' OR account LIKE 'SUSP:%' OR account LIKE 'REFUND_DUE:%'",
        name="account",
    ),
    # Nothing is looked up by its account: a settlement moves eight, and each index entry is another page to write.
    sqlite_with_rowid=False,
)

balances = Table(
    "balances",
    world,
    text("psn_no", key=True),
    text("account", key=True),
    big("balance_fen"),
    CheckConstraint("balance_fen >= 0", name="not_negative"),
    sqlite_with_rowid=False,
)

messages = Table(
    "messages",
    world,
    text("institution", key=True),
    text("infno", key=True),
    text("msgid", key=True),
    text("fingerprint"),
    text("outcome"),
    text("code"),
    text("reply"),
    big("txn_id", null=True),
    text("psn_no", null=True),
    big("biz_at_us"),
    big("rec_at_us"),
    UniqueConstraint("txn_id"),
    CheckConstraint("outcome = 'SETTLED' OR outcome = 'REFUSED' OR outcome = 'TOMBSTONED'", name="outcome"),
    CheckConstraint("(outcome = 'SETTLED') = (txn_id IS NOT NULL)", name="effect"),
    CheckConstraint("length(msgid) BETWEEN 1 AND 40", name="msgid"),
)

jobs = Table(
    "jobs",
    world,
    big("job_id", key=True),
    text("kind"),
    text("key", null=True),
    text("payload"),
    text("state"),
    big("due_us"),
    Column("attempts", Integer, nullable=False),
    text("error", null=True),
    big("created_us"),
    big("finished_us", null=True),
    UniqueConstraint("key"),
    CheckConstraint("state IN ('pending', 'done', 'failed', 'cancelled')", name="state"),
    CheckConstraint("(state = 'pending') = (finished_us IS NULL)", name="finished"),
    Index("ix_jobs_state_due_us", "state", "due_us"),
)

outbox = Table(
    "outbox",
    world,
    big("event_id", key=True),
    text("topic"),
    Column("version", Integer, nullable=False),
    text("cause"),
    text("url"),
    text("headers"),
    text("body"),
    text("schedule"),
    text("state"),
    Column("attempts", Integer, nullable=False),
    big("due_us"),
    Column("claimed_until_us", BigInteger, nullable=False, server_default="0"),  # the wall's
    big("created_us"),
    UniqueConstraint("topic", "version"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("state IN ('pending', 'delivered', 'exhausted')", name="state"),
    CheckConstraint("state = 'pending' OR attempts >= 1", name="attempted"),
    Index("ix_outbox_state_due_us", "state", "due_us"),
)

deliveries = Table(
    "deliveries",
    world,
    big("event_id", key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("status", Integer, nullable=True),
    Column("accepted", Integer, nullable=False),
    text("error", null=True),
    big("biz_at_us"),
    big("rec_at_us"),
    CheckConstraint("accepted IN (0, 1)", name="accepted"),
    CheckConstraint("attempt >= 1", name="attempt"),
)

requests = Table(
    "requests",
    world,
    # An index beside the table would be one page more for SQLite, which knows its own rows by such a number.
    Column("request_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    big("biz_at_us"),
    big("rec_at_us"),
    text("trace"),
    text("op"),
    text("method"),
    text("path"),
    Column("status", Integer, nullable=False),
    text("code", null=True),
    big("duration_us"),
    text("psn_no", null=True),
    Column("bytes", Integer, nullable=False),
    text("detail"),
    Index("ix_requests_request_id_bytes", "request_id", "bytes"),
)
