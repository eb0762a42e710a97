"""A second auditor: the books recomputed from raw rows, by other code than the sandbox's own."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Protocol

Row = tuple[Any, ...]


class Tx(Protocol):
    """What the oracle needs of a transaction."""

    def query(self, sql: str, *params: object) -> list[Row]:
        """All rows of a SELECT."""


def violations(tx: Tx) -> list[str]:
    """What is wrong with a world's books, messages and outbox, in words; nothing when all is well."""
    books = Books(tx)
    rules = (books.types, books.sums, books.stored_balances, books.chains, books.mirrors, books.messages, books.outbox)
    return [found for rule in rules for found in rule()]


class Books:
    """The raw rows, read once."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.entries = tx.query("SELECT psn_no, txn_id, line, account, amount_fen FROM entries ORDER BY 1, 2, 3")
        self.postings = tx.query(
            "SELECT psn_no, txn_id, place, kind, reverses, biz_at_us, note, prev_hash, hash FROM postings ORDER BY 1, 3"
        )
        self.lines: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for psn_no, txn_id, line, account, amount in self.entries:
            self.lines[psn_no, txn_id].append((line, account, amount))

    def types(self) -> Iterator[str]:
        """Money is a whole number, on a database that would keep anything as well."""
        for row in self.entries:
            if type(row[4]) is not int or row[4] == 0:
                yield f"amount {row}"

    def sums(self) -> Iterator[str]:
        """L1 within each posting, FAMILY within each transaction; L2 follows and is looked at all the same."""
        family: Counter[int] = Counter()
        for (psn_no, txn_id), lines in self.lines.items():
            money = [amount for _, account, amount in lines if account[:5] != "ACCM:"]
            if sum(money) != 0 or len(money) < 2:
                yield f"L1 {psn_no} {txn_id}: {money}"
            family[txn_id] += sum(amount for _, account, amount in lines if account == "FAMILY")
        yield from (f"FAMILY {txn_id}: {amount}" for txn_id, amount in family.items() if amount)
        if sum(row[4] for row in self.entries if row[3][:5] != "ACCM:"):
            yield "L2"

    def stored_balances(self) -> Iterator[str]:
        """L3 and L4: what is stored is what the entries sum to, and never below zero."""
        summed: Counter[tuple[str, str]] = Counter()
        for psn_no, _, _, account, amount in self.entries:
            if account == "ACCT" or account[:5] == "ACCM:":
                summed[psn_no, account] += amount
        stored = {
            (row[0], row[1]): row[2] for row in self.tx.query("SELECT psn_no, account, balance_fen FROM balances")
        }
        for key in summed.keys() | stored.keys():
            if summed[key] != stored.get(key, 0) or summed[key] < 0:
                yield f"L3/L4 {key}: entries {summed[key]}, stored {stored.get(key)}"

    def chains(self) -> Iterator[str]:
        """L7 and T1: places count up, transaction numbers rise, every hash is that of its content."""
        heads: dict[str, tuple[int, str, int]] = {}
        for psn_no, txn_id, place, kind, reverses, biz_at_us, note, prev_hash, found in self.postings:
            length, head, last = heads.get(psn_no, (0, "0" * 64, 0))
            content = [
                [psn_no, txn_id, place, kind, reverses, biz_at_us, note],
                list(map(list, self.lines[psn_no, txn_id])),
            ]
            text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            own = hashlib.sha256((head + "\n" + text).encode()).hexdigest()
            if (place, prev_hash, found) != (length + 1, head, own) or txn_id <= last:
                yield f"L7/T1 {psn_no} {txn_id}"
            heads[psn_no] = (place, found, txn_id)
        stored = {row[0]: (row[1], row[2]) for row in self.tx.query("SELECT psn_no, length, head FROM books")}
        expected = {psn_no: head[:2] for psn_no, head in heads.items()}
        for psn_no in stored.keys() | expected.keys():
            if stored.get(psn_no) != expected.get(psn_no, (0, "0" * 64)):
                yield f"L7 head of {psn_no}"
        if self.lines.keys() != {(row[0], row[1]) for row in self.postings}:
            yield "entries without a posting, or a posting without entries"

    def mirrors(self) -> Iterator[str]:
        """L8: a reversal mirrors the whole of one transaction, once, and is not reversed itself."""
        of: dict[int, dict[str, int | None]] = defaultdict(dict)
        for row in self.postings:
            of[row[1]][row[0]] = row[4]
        reversed_by: dict[int, int] = {}
        for txn_id, persons in of.items():
            originals = set(persons.values())
            if originals == {None}:
                continue
            original = originals.pop()
            if originals or original is None or original in reversed_by or set(of[original].values()) != {None}:
                yield f"L8 {txn_id}"
                continue
            reversed_by[original] = txn_id
            turned = {p: [(n, account, -fen) for n, account, fen in self.lines[p, original]] for p in of[original]}
            if turned != {p: self.lines[p, txn_id] for p in persons}:
                yield f"L8 {txn_id} is no mirror of {original}"

    def messages(self) -> Iterator[str]:
        """L6: a settled message with a person has its effect on that person's book."""
        known = {(row[0], row[1]) for row in self.postings}
        for psn_no, txn_id, outcome in self.tx.query("SELECT psn_no, txn_id, outcome FROM messages"):
            if (outcome == "SETTLED") != (txn_id is not None):
                yield f"L6 {psn_no} {txn_id} {outcome}"
            elif txn_id is not None and psn_no is not None and (psn_no, txn_id) not in known:
                yield f"L6 {psn_no} {txn_id} has no effect"

    def outbox(self) -> Iterator[str]:
        """O2: versions of a topic count up without a gap, and attempts are the ones written down."""
        versions: dict[str, list[int]] = defaultdict(list)
        tried: dict[int, int] = dict(self.tx.query("SELECT event_id, count(*) FROM deliveries GROUP BY event_id"))
        rows = self.tx.query("SELECT event_id, topic, version, attempts FROM outbox ORDER BY topic, version")
        for event_id, topic, version, attempts in rows:
            versions[topic].append(version)
            if tried.get(event_id, 0) != attempts:
                yield f"O2 event {event_id}"
        for topic, found in versions.items():
            if found != list(range(1, len(found) + 1)):
                yield f"O2 versions of {topic}: {found}"
