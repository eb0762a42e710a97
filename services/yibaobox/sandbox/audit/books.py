"""Rules of the ledger (reliability §2, L1 to L8 and T1)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yibaobox.sandbox.audit.rows import Entry, Posting, Rows


def postings_balance(rows: Rows) -> Iterator[str]:
    """L1: the money of a posting has two sides and sums to zero; the family's share clears over the transaction."""
    family: dict[int, int] = defaultdict(int)
    for posting in rows.postings:
        entries = rows.by_posting[posting.psn_no, posting.txn_id]
        money = [entry.amount_fen for entry in entries if not entry.memo]
        if len(money) < 2 or sum(money) != 0:  # noqa: PLR2004
            yield f"transaction {posting.txn_id} sums to {sum(money)} over {len(money)} lines"
        if any(type(entry.amount_fen) is not int or entry.amount_fen == 0 for entry in entries):
            yield f"transaction {posting.txn_id} has an amount that is not a whole number or moves nothing"
        family[posting.txn_id] += sum(entry.amount_fen for entry in entries if entry.account == "FAMILY")
    yield from (f"transaction {txn_id} leaves {fen} with the family" for txn_id, fen in family.items() if fen)


def everything_sums_to_zero(rows: Rows) -> Iterator[str]:
    """L2: all money of the world sums to zero, and every entry has its posting."""
    total = sum(entry.amount_fen for entry in rows.entries if not entry.memo)
    if total:
        yield f"the money of the world sums to {total}"
    sealed = {(posting.psn_no, posting.txn_id) for posting in rows.postings}
    yield from (f"entries of transaction {key[1]} have no posting" for key in rows.by_posting if key not in sealed)


def balances_are_sums(rows: Rows) -> Iterator[str]:
    """L3: a stored balance is the sum of its entries, and none is missing or extra."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in rows.entries:
        if _personal(entry):
            sums[entry.psn_no, entry.account] += entry.amount_fen
    for key in sums.keys() | rows.balances.keys():
        if sums.get(key, 0) != rows.balances.get(key, 0):
            told, found = rows.balances.get(key, 0), sums.get(key, 0)
            yield f"{key[1]} of {_mask(key[0])} says {told}, its entries say {found}"


def personal_balances_are_not_negative(rows: Rows) -> Iterator[str]:
    """L4: no own account and no accumulator was below zero, now or after any posting."""
    held: dict[tuple[str, str], int] = defaultdict(int)
    for entry in sorted(rows.entries, key=lambda each: (each.txn_id, each.psn_no, each.line)):
        if _personal(entry):
            held[entry.psn_no, entry.account] += entry.amount_fen
            if held[entry.psn_no, entry.account] < 0:
                yield f"{entry.account} of {_mask(entry.psn_no)} falls below zero at transaction {entry.txn_id}"


def chains_are_whole(rows: Rows) -> Iterator[str]:
    """L7: places count up from one, each hash follows from the one before and the content, the book names the last."""
    seen = set()
    for psn_no, chain in groupby(rows.postings, key=lambda posting: posting.psn_no):
        place, last = 0, "0" * 64
        for posting in chain:
            place += 1
            if posting.place != place or posting.prev_hash != last or posting.hash != _hash(posting, rows):
                yield f"the chain of {_mask(psn_no)} breaks at place {place}, transaction {posting.txn_id}"
            last = posting.hash
        seen.add(psn_no)
        if rows.books.get(psn_no) != (place, last):
            yield f"the book of {_mask(psn_no)} does not name the end of its chain"
    yield from (
        f"the book of {_mask(psn_no)} counts postings that are not there"
        for psn_no, (length, _) in rows.books.items()
        if psn_no not in seen and length
    )


def reversals_mirror(rows: Rows) -> Iterator[str]:
    """L8: a reversal mirrors its original line by line on every book, once, and is not reversed itself."""
    touched: dict[int, set[str]] = defaultdict(set)
    mirrors: dict[int, set[int]] = defaultdict(set)
    reversing = {posting.txn_id for posting in rows.postings if posting.reverses is not None}
    for posting in rows.postings:
        touched[posting.txn_id].add(posting.psn_no)
        if posting.reverses is not None:
            mirrors[posting.reverses].add(posting.txn_id)
            if _lines(rows, posting.psn_no, posting.txn_id, 1) != _lines(rows, posting.psn_no, posting.reverses, -1):
                yield f"transaction {posting.txn_id} does not mirror {posting.reverses}"
    for original, found in mirrors.items():
        if len(found) > 1 or original in reversing:
            yield f"transaction {original} is reversed more than once, or is a reversal"
        if any(touched[mirror] != touched[original] for mirror in found):
            yield f"the reversal of transaction {original} misses a book"


def numbers_rise(rows: Rows) -> Iterator[str]:
    """T1: transaction numbers rise along every chain, whatever the sandbox clock did."""
    for psn_no, chain in groupby(rows.postings, key=lambda posting: posting.psn_no):
        numbers = [posting.txn_id for posting in chain]
        if any(later <= earlier for earlier, later in pairwise(numbers)):
            yield f"transaction numbers of {_mask(psn_no)} do not rise"


def head(rows: Rows) -> str:
    """Return the hash of the sorted heads of all books."""
    text = "\n".join(f"{psn_no} {last}" for psn_no, (length, last) in sorted(rows.books.items()) if length)
    return hashlib.sha256(text.encode()).hexdigest()


def _hash(posting: Posting, rows: Rows) -> str:
    lines = [[entry.line, entry.account, entry.amount_fen] for entry in rows.by_posting[posting.psn_no, posting.txn_id]]
    content = [
        [
            posting.psn_no,
            posting.txn_id,
            posting.place,
            posting.kind,
            posting.reverses,
            posting.biz_at_us,
            posting.note,
        ],
        lines,
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(posting.prev_hash.encode() + b"\n" + text.encode()).hexdigest()


def _lines(rows: Rows, psn_no: str, txn_id: int, sign: int) -> list[tuple[int, str, int]]:
    return [(entry.line, entry.account, sign * entry.amount_fen) for entry in rows.by_posting[psn_no, txn_id]]


def _personal(entry: Entry) -> bool:
    return entry.memo or entry.account == "ACCT"


def _mask(psn_no: str) -> str:
    return f"{psn_no[:6]}…{psn_no[-4:]}"
