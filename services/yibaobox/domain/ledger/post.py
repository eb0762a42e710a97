"""Write postings: lock the books in one order, number the transaction, append."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain import clock
from yibaobox.domain.errors import AlreadyReversed, InsufficientBalance, NotFound
from yibaobox.domain.ledger.accounts import is_account, is_memo, is_personal
from yibaobox.domain.ledger.chain import canonical, digest
from yibaobox.domain.ledger.read import balances
from yibaobox.domain.store.origin import GENESIS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yibaobox.domain.store import Read, Tx


class Entry(NamedTuple):
    """One amount on one account of one person's book; positive means that the account has more."""

    psn_no: str
    account: str
    amount_fen: int


_BOOK: Final = "SELECT length, head FROM books WHERE psn_no = ?"


def locking(tx: Tx, psn_nos: Iterable[str]) -> list[Read]:
    """Return what `lock` asks of these persons, in the same order, for `tx.ahead`."""
    return [(f"{_BOOK}{tx.for_update}", (psn_no,)) for psn_no in sorted(set(psn_nos) - tx.held.keys())]


def locking_unless(tx: Tx, psn_no: str, condition: str) -> Read:
    """Return a question, for `tx.ahead`, that locks a person's book unless a condition with one mark holds of them."""
    return f"{_BOOK} AND NOT {condition}{tx.for_update}", (psn_no, psn_no)


def locked(tx: Tx, psn_no: str, read: Read) -> bool:
    """Tell whether a question that was announced locked a person's book; the transaction then holds it."""
    row = tx.foreseen(read)
    if row is not None:
        tx.held[psn_no] = (row[0], row[1])
    return row is not None


def lock(tx: Tx, psn_nos: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Lock the books of these persons in ascending order and return each one's length and head hash.

    Whoever decides by a balance locks first and reads after; the order is the same everywhere, so nobody waits in a
    ring.
    """
    heads: dict[str, tuple[int, str]] = {}
    for psn_no in sorted(set(psn_nos)):
        if psn_no in tx.held:
            heads[psn_no] = tx.held[psn_no]
            continue
        row = tx.one(f"{_BOOK}{tx.for_update}", psn_no)
        if row is None:
            tx.run("INSERT INTO books (psn_no, length, head) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", psn_no, GENESIS)
            row = tx.one(f"{_BOOK}{tx.for_update}", psn_no)
        assert row is not None, "a book that was just opened is there"
        heads[psn_no] = (row[0], row[1])
    tx.held |= heads
    return heads


def post(tx: Tx, kind: str, entries: Sequence[Entry], *, note: Mapping[str, object] | None = None) -> int:
    """Append one balanced transaction and return its number; refuse when an account would fall below zero."""
    return _append(tx, kind, _by_person(entries), note or {}, reverses=None)


def reverse(tx: Tx, txn_id: int, *, kind: str = "reversal", note: Mapping[str, object] | None = None) -> int:
    """Append the mirror of a transaction, on every book it touched, and return the mirror's number."""
    rows = tx.query(
        "SELECT e.psn_no, e.account, e.amount_fen FROM postings p"
        " JOIN entries e ON e.psn_no = p.psn_no AND e.txn_id = p.txn_id WHERE p.txn_id = ? ORDER BY e.psn_no, e.line",
        txn_id,
    )
    if not rows:
        raise NotFound("没有这笔交易")
    mirrored = [Entry(psn_no, account, -amount_fen) for psn_no, account, amount_fen in rows]
    persons = _by_person(mirrored)
    lock(tx, persons)
    if tx.one("SELECT 1 FROM postings WHERE psn_no = ? AND reverses = ?", rows[0][0], txn_id):
        raise AlreadyReversed("该交易已撤销，不能重复撤销")
    if tx.one("SELECT 1 FROM postings WHERE txn_id = ? AND reverses IS NOT NULL", txn_id):
        raise AlreadyReversed("撤销交易本身不能再撤销")
    return _append(tx, kind, persons, note or {}, reverses=txn_id)


def _by_person(entries: Sequence[Entry]) -> dict[str, list[tuple[str, int]]]:
    persons: dict[str, list[tuple[str, int]]] = {}
    for entry in entries:
        persons.setdefault(entry.psn_no, []).append((entry.account, entry.amount_fen))
    assert persons, "a transaction moves something"
    for lines in persons.values():
        _check(lines)
    family = sum(entry.amount_fen for entry in entries if entry.account == "FAMILY")
    assert family == 0, "what the family gives is what the patient takes"
    return persons


def _check(lines: Sequence[tuple[str, int]]) -> None:
    money = [amount for account, amount in lines if not is_memo(account)]
    assert len(money) >= 2, "double entry has two sides"  # noqa: PLR2004
    assert sum(money) == 0, "the money of a posting sums to zero"
    for account, amount in lines:
        assert is_account(account), f"{account} names an account"
        assert type(amount) is int, "money is a whole number of fen"
        assert amount != 0, "an entry moves something"
    assert len({account for account, _ in lines}) == len(lines), "one line an account"


def _append(
    tx: Tx,
    kind: str,
    persons: Mapping[str, Sequence[tuple[str, int]]],
    note: Mapping[str, object],
    *,
    reverses: int | None,
) -> int:
    heads = lock(tx, persons)
    _refuse_overdraft(tx, persons)
    txn_id = tx.next_number("txn")
    for psn_no in sorted(persons):
        length, prev_hash = heads[psn_no]
        lines = [(line, *pair) for line, pair in enumerate(persons[psn_no], 1)]
        head = (psn_no, txn_id, length + 1, kind, reverses, tx.now_us, canonical(note))
        hashed = digest(prev_hash, head, lines)
        tx.many(
            "INSERT INTO entries (psn_no, txn_id, line, account, amount_fen) VALUES (?, ?, ?, ?, ?)",
            [(psn_no, txn_id, *line) for line in lines],
        )
        tx.put(
            "INSERT INTO postings (psn_no, txn_id, place, kind, reverses, biz_at_us, note, rec_at_us, prev_hash, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *head,
            clock.wall_us(),
            prev_hash,
            hashed,
        )
        tx.held[psn_no] = (length + 1, hashed)
    return txn_id


def _refuse_overdraft(tx: Tx, persons: Mapping[str, Sequence[tuple[str, int]]]) -> None:
    for psn_no, lines in persons.items():
        falling = [(account, amount) for account, amount in lines if amount < 0 and is_personal(account)]
        held = balances(tx, psn_no) if falling else {}
        for account, amount in falling:
            if held.get(account, 0) + amount < 0:
                raise InsufficientBalance("账户余额不足", account=account.split(":", 1)[0])
