"""The ground: clock, people, books, messages, jobs, outbox, journal.

Revision ID: w0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibaobox.domain.store.migrations import guards_0001 as guards

revision = "w0001"
down_revision = None


def upgrade() -> None:
    """Create the tables and the triggers that keep the books."""
    op.create_table(
        "balances",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_balances_not_negative")),
        sa.PrimaryKeyConstraint("psn_no", "account", name=op.f("pk_balances")),
    )
    op.create_table(
        "books",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.CheckConstraint("length >= 0", name=op.f("ck_books_length")),
        sa.PrimaryKeyConstraint("psn_no", name=op.f("pk_books")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("offset_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("frozen_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lease_until_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("mode IN ('follow', 'offset', 'frozen')", name=op.f("ck_clock_mode")),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "deliveries",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("biz_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rec_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("accepted IN (0, 1)", name=op.f("ck_deliveries_accepted")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_deliveries_attempt")),
        sa.PrimaryKeyConstraint("event_id", "attempt", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "id_numbers",
        sa.Column("id_type", sa.Text(), nullable=False),
        sa.Column("id_no", sa.Text(), nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id_type", "id_no", name=op.f("pk_id_numbers")),
    )
    op.create_table(
        "institutions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('hospital', 'pharmacy')", name=op.f("ck_institutions_kind")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institutions")),
    )
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("finished_us", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("(state = 'pending') = (finished_us IS NULL)", name=op.f("ck_jobs_finished")),
        sa.CheckConstraint("state IN ('pending', 'done', 'failed', 'cancelled')", name=op.f("ck_jobs_state")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
    )
    op.create_index("ix_jobs_state_due_us", "jobs", ["state", "due_us"], unique=False)
    op.create_table(
        "messages",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("infno", sa.Text(), nullable=False),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("psn_no", sa.Text(), nullable=True),
        sa.Column("biz_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rec_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("(outcome = 'SETTLED') = (txn_id IS NOT NULL)", name=op.f("ck_messages_effect")),
        sa.CheckConstraint("outcome IN ('SETTLED', 'REFUSED', 'TOMBSTONED')", name=op.f("ck_messages_outcome")),
        sa.CheckConstraint("length(msgid) BETWEEN 1 AND 40", name=op.f("ck_messages_msgid")),
        sa.PrimaryKeyConstraint("institution", "infno", "msgid", name=op.f("pk_messages")),
        sa.UniqueConstraint("txn_id", name=op.f("uq_messages_txn_id")),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("state = 'pending' OR attempts >= 1", name=op.f("ck_outbox_attempted")),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'exhausted')", name=op.f("ck_outbox_state")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_outbox_version")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("topic", "version", name=op.f("uq_outbox_topic_version")),
    )
    op.create_index("ix_outbox_state_due_us", "outbox", ["state", "due_us"], unique=False)
    op.create_table(
        "persons",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_type", sa.Text(), nullable=False),
        sa.Column("id_no", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(psn_no) = 20", name=op.f("ck_persons_number")),
        sa.PrimaryKeyConstraint("psn_no", name=op.f("pk_persons")),
        sa.UniqueConstraint("seq", name=op.f("uq_persons_seq")),
    )
    op.create_table(
        "postings",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("biz_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rec_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("ck_postings_place")),
        sa.CheckConstraint("reverses < txn_id", name=op.f("ck_postings_reverses")),
        sa.PrimaryKeyConstraint("psn_no", "txn_id", name=op.f("pk_postings")),
        sa.UniqueConstraint("psn_no", "place", name=op.f("uq_postings_psn_no_place")),
        sa.UniqueConstraint("psn_no", "reverses", name=op.f("uq_postings_psn_no_reverses")),
    )
    op.create_index("ix_postings_txn_id", "postings", ["txn_id"], unique=False)
    op.create_table(
        "requests",
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("biz_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rec_at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("duration_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("psn_no", sa.Text(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_request_id_bytes", "requests", ["request_id", "bytes"])
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "entries",
        sa.Column("psn_no", sa.Text(), nullable=False),
        sa.Column("txn_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "account IN ('ACCT', 'FAMILY', 'OPEN') OR account LIKE 'ACCM:%' OR account LIKE 'POOL:%'"
            " OR account LIKE 'CIVIL:%' OR account LIKE 'HIFES:%' OR account LIKE 'HIFMI:%' OR account LIKE 'HIFOB:%'"
            " OR account LIKE 'MAF:%' OR account LIKE 'OTH:%' OR account LIKE 'INST:%' OR account LIKE 'CASH:%'"
            " OR account LIKE 'PREM:%' OR account LIKE 'SUSP:%' OR account LIKE 'REFUND_DUE:%'",
            name=op.f("ck_entries_account"),
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_entries_amount")),
        sa.CheckConstraint("line >= 1", name=op.f("ck_entries_line")),
        sa.ForeignKeyConstraint(
            ["psn_no", "txn_id"],
            ["postings.psn_no", "postings.txn_id"],
            name=op.f("fk_entries_postings"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("psn_no", "txn_id", "line", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_account", "entries", ["account"], unique=False)

    guards.create()


def downgrade() -> None:
    """Drop everything again."""
    guards.drop()
    op.drop_index("ix_entries_account", table_name="entries")
    op.drop_table("entries")
    op.drop_table("settings")
    op.drop_index("ix_requests_request_id_bytes", table_name="requests")
    op.drop_table("requests")
    op.drop_index("ix_postings_txn_id", table_name="postings")
    op.drop_table("postings")
    op.drop_table("persons")
    op.drop_index("ix_outbox_state_due_us", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("messages")
    op.drop_index("ix_jobs_state_due_us", table_name="jobs")
    op.drop_table("jobs")
    op.drop_table("institutions")
    op.drop_table("id_numbers")
    op.drop_table("deliveries")
    op.drop_table("clock")
    op.drop_table("books")
    op.drop_table("balances")
