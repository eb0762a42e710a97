"""Read the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import clock

if TYPE_CHECKING:
    from yibaobox.domain.store import Read, Tx

PAGE_MAX: Final = 1000


_ONE: Final = "SELECT balance_fen FROM balances WHERE psn_no = ? AND account = ?"
_ALL: Final = "SELECT account, balance_fen FROM balances WHERE psn_no = ? ORDER BY account"


def reading(psn_no: str) -> Read:
    """Return what `balances` asks of a person, for `tx.ahead`."""
    return _ALL, (psn_no,)


def balance(tx: Tx, psn_no: str, account: str = "ACCT") -> int:
    """Return a personal balance in fen; an account never touched holds zero."""
    row = tx.one(_ONE, psn_no, account)
    return int(row[0]) if row else 0


def balances(tx: Tx, psn_no: str) -> dict[str, int]:
    """Return all personal balances of a person by account, in fen."""
    rows = tx.query(_ALL, psn_no)
    return {account: int(fen) for account, fen in rows}


def total(tx: Tx, account: str) -> int:
    """Return the sum of all entries on an account over every book, in fen."""
    row = tx.one("SELECT coalesce(sum(amount_fen), 0) FROM entries WHERE account = ?", account)
    assert row is not None, "an aggregate has a row"
    return int(row[0])


def entries(
    tx: Tx,
    *,
    account: str | None = None,
    txn_id: int | None = None,
    psn_no: str | None = None,
    since_us: int | None = None,
    limit: int = 100,
) -> list[dict[str, object]]:
    """Return entries newest first, each with its posting's kind, times and hash."""
    wanted = {"e.account = ?": account, "e.txn_id = ?": txn_id, "e.psn_no = ?": psn_no, "p.biz_at_us >= ?": since_us}
    given = {clause: value for clause, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    rows = tx.query(
        "SELECT e.psn_no, e.txn_id, e.line, e.account, e.amount_fen,"
        " p.kind, p.reverses, p.biz_at_us, p.rec_at_us, p.hash"
        f" FROM entries e JOIN postings p ON p.psn_no = e.psn_no AND p.txn_id = e.txn_id {where}"
        " ORDER BY e.txn_id DESC, e.psn_no, e.line LIMIT ?",
        *given.values(),
        min(limit, PAGE_MAX),
    )
    return [_shown(row) for row in rows]


def _shown(row: tuple[object, ...]) -> dict[str, object]:
    names = ("psn_no", "txn_id", "line", "account", "amount_fen", "kind", "reverses")
    biz_at, rec_at = row[7], row[8]
    assert isinstance(biz_at, int)
    assert isinstance(rec_at, int)
    shown = dict(zip(names, row[:7], strict=True))
    return shown | {"at": clock.rfc3339(biz_at), "recorded_at": clock.rfc3339(rec_at), "hash": row[9]}


def lines(tx: Tx, psn_no: str, txn_id: int) -> list[tuple[str, int]]:
    """Return what a transaction moved in one person's book: accounts and fen."""
    sql = "SELECT account, amount_fen FROM entries WHERE psn_no = ? AND txn_id = ? ORDER BY line"
    return [(str(row[0]), int(row[1])) for row in tx.query(sql, psn_no, txn_id)]
