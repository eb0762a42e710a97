"""The triggers of revision w0001: what keeps the books when the program does not.

| trigger | keeps |
|---|---|
| `<table>_append_only` | L5: no UPDATE, DELETE or TRUNCATE on entries, postings, messages, deliveries |
| `entries_sealed` | an entry is written before its posting, never after |
| `entries_whole`, `entries_named` | SQLite only, which keeps 0.5 in an integer column and finds `accm:` LIKE `ACCM:%` |
| `entries_balance` | L3, L4: a personal balance is the sum of its entries, and never below zero |
| `postings_balanced` | L1: the money entries of a posting are at least two and sum to zero |
| `postings_ordered` | T1: transaction numbers rise along a person's chain |
| `postings_chained` | L7: place and previous hash follow the head of the person's book |
| `postings_mirrored` | L8: a reversal mirrors its original line by line, and is not reversed itself |
| `postings_head` | the head of the book moves with the chain |
| `outbox_facts`, `outbox_counted` | O1, O2: an event never changes; its state agrees with its deliveries |
"""

from __future__ import annotations

from typing import Final

from alembic import op

from yibaobox.domain.store.migrations import triggers

_APPEND_ONLY: Final = ("entries", "postings", "messages", "deliveries")
_SEQUENCES: Final = ("txn", "person", "job", "event", "request")

_MONEY: Final = "e.psn_no = NEW.psn_no AND e.txn_id = NEW.txn_id"
_UNBALANCED: Final = f"""
    (SELECT count(*) FROM entries e WHERE {_MONEY} AND e.account NOT LIKE 'ACCM:%') < 2
    OR (SELECT sum(e.amount_fen) FROM entries e WHERE {_MONEY} AND e.account NOT LIKE 'ACCM:%') <> 0"""
_DISORDERED: Final = "EXISTS (SELECT 1 FROM postings p WHERE p.psn_no = NEW.psn_no AND p.txn_id >= NEW.txn_id)"
_UNCHAINED: Final = """NOT EXISTS (SELECT 1 FROM books b WHERE b.psn_no = NEW.psn_no
    AND b.length = NEW.place - 1 AND b.head = NEW.prev_hash)"""
_UNMIRRORED: Final = f"""NEW.reverses IS NOT NULL AND (
    NOT EXISTS (SELECT 1 FROM postings p
        WHERE p.psn_no = NEW.psn_no AND p.txn_id = NEW.reverses AND p.reverses IS NULL)
    OR (SELECT count(*) FROM entries e WHERE {_MONEY})
        <> (SELECT count(*) FROM entries o WHERE o.psn_no = NEW.psn_no AND o.txn_id = NEW.reverses)
    OR EXISTS (SELECT 1 FROM entries o WHERE o.psn_no = NEW.psn_no AND o.txn_id = NEW.reverses AND NOT EXISTS (
        SELECT 1 FROM entries e WHERE {_MONEY}
        AND e.line = o.line AND e.account = o.account AND e.amount_fen = -o.amount_fen)))"""
_SEALED: Final = "EXISTS (SELECT 1 FROM postings p WHERE p.psn_no = NEW.psn_no AND p.txn_id = NEW.txn_id)"
_MISCOUNTED: Final = """
    NEW.attempts <> (SELECT count(*) FROM deliveries d WHERE d.event_id = NEW.event_id)
    OR (NEW.state = 'delivered') <> EXISTS (
        SELECT 1 FROM deliveries d WHERE d.event_id = NEW.event_id AND d.accepted = 1)"""
_FACTS: Final = ("event_id", "topic", "version", "cause", "url", "headers", "body", "created_us")

REFUSALS: Final = {
    "entries_sealed": ("entries", "INSERT", _SEALED, "the posting is sealed"),
    "postings_balanced": ("postings", "INSERT", _UNBALANCED, "the posting does not sum to zero"),
    "postings_ordered": ("postings", "INSERT", _DISORDERED, "transaction numbers rise along a chain"),
    "postings_chained": ("postings", "INSERT", _UNCHAINED, "the posting does not follow the head of the book"),
    "postings_mirrored": ("postings", "INSERT", _UNMIRRORED, "a reversal mirrors one posting, once"),
    "outbox_facts": (
        "outbox",
        "UPDATE",
        " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _FACTS),
        "an event never changes",
    ),
    "outbox_counted": ("outbox", "UPDATE", _MISCOUNTED, "the state of an event agrees with its deliveries"),
}
SQLITE_REFUSALS: Final = {
    "entries_whole": ("entries", "INSERT", "typeof(NEW.amount_fen) <> 'integer'", "money is a whole number of fen"),
    "entries_named": (
        "entries",
        "INSERT",
        "substr(NEW.account, 1, instr(NEW.account || ':', ':')) GLOB '*[a-z]*'",
        "ck_entries_account: accounts are written in capitals",
    ),
}
_PERSONAL: Final = "NEW.account = 'ACCT' OR NEW.account LIKE 'ACCM:%'"
_KEEP_BALANCE: Final = (
    # Two steps: an upsert would test the CHECK on the amount alone, before it finds the row to add it to.
    "INSERT INTO balances (psn_no, account, balance_fen) VALUES (NEW.psn_no, NEW.account, 0) ON CONFLICT DO NOTHING",
    (
        "UPDATE balances SET balance_fen = balance_fen + NEW.amount_fen"
        " WHERE psn_no = NEW.psn_no AND account = NEW.account"
    ),
)
_MOVE_HEAD: Final = ("UPDATE books SET length = NEW.place, head = NEW.hash WHERE psn_no = NEW.psn_no",)
EFFECTS: Final = {
    "entries_balance": ("entries", _PERSONAL, _KEEP_BALANCE),
    "postings_head": ("postings", "1 = 1", _MOVE_HEAD),
}


def create() -> None:
    """Create the sequences and triggers of this revision."""
    for statement in _counters():
        op.execute(statement)
    triggers.seal()
    triggers.append_only(_APPEND_ONLY)
    triggers.refuse(REFUSALS | (SQLITE_REFUSALS if _sqlite() else {}))
    triggers.follow(EFFECTS)


def drop() -> None:
    """Drop what outlives its table."""
    for statement in ["DROP TABLE sequences"] if _sqlite() else [f"DROP SEQUENCE seq_{name}" for name in _SEQUENCES]:
        op.execute(statement)
    triggers.forget((*REFUSALS, *EFFECTS, "append_only"))


def _counters() -> list[str]:
    if not _sqlite():
        return [f"CREATE SEQUENCE seq_{name}" for name in _SEQUENCES]
    made = ["CREATE TABLE sequences (name TEXT PRIMARY KEY, value BIGINT NOT NULL)"]
    return made + [f"INSERT INTO sequences (name, value) VALUES ('{name}', 0)" for name in _SEQUENCES]


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
