"""The journal of requests: a ring per world, bounded by count and by bytes, masked before it comes here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock
from yibaobox.domain.canonical import encoded
from yibaobox.domain.store import AS_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yibaobox.domain.store import Tx

ROWS_MAX: Final = 10_000
BYTES_MAX: Final = 64 * 1024 * 1024
WEIGHED_EVERY: Final = BYTES_MAX // 64  # bytes: a process that has written so many weighs the ring, which has room for
_PROCESSES: Final = 8  # as many in between
_HANDFUL: Final = 128  # rows that are looked at together
_COLUMNS: Final = (
    "request_id, biz_at_us, rec_at_us, trace, op, method, path, status, code, duration_us, psn_no, bytes, detail"
)
_BYTES: Final = _COLUMNS.split(", ").index("bytes")
_OLDEST: Final = "SELECT request_id, bytes FROM requests WHERE request_id > ? ORDER BY request_id LIMIT ?"


@dataclass(slots=True)
class Request:
    """One request and its answer; `detail` is masked JSON (headers, bodies), `duration_us` the time to answer.

    `biz_at_us` is set when it is written.
    """

    biz_at_us: int
    rec_at_us: int
    trace: str
    op: str
    method: str
    path: str
    status: int
    code: str | None
    duration_us: int
    psn_no: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def append(tx: Tx, rows: Sequence[Request]) -> int:
    """Write requests, at least one, oldest first, and let the oldest fall out of the ring; return the bytes of the new.

    The rows are counted by their numbers, for counting them would cost more than writing. Bytes are not counted here:
    see `weigh`.
    """
    numbers = tx.next_numbers("request", len(rows))
    facts = list(map(_facts, numbers, rows))
    tx.many(f"INSERT INTO requests ({_COLUMNS}) VALUES ({'?, ' * 12}{AS_TEXT})", facts)
    tx.run("DELETE FROM requests WHERE request_id <= ?", numbers[-1] - ROWS_MAX)
    return sum(row[_BYTES] for row in facts)


def _facts(request_id: int, row: Request) -> tuple[Any, ...]:
    """Return the columns of a request."""
    detail = encoded(row.detail, default=str)  # JSON has no NUL
    size = len(detail) + len(row.path) + 200
    words = (_storable(row.trace), _storable(row.op), _storable(row.method), _storable(row.path))
    code = None if row.code is None else _storable(row.code)
    times = (row.biz_at_us, row.rec_at_us)
    return (request_id, *times, *words, row.status, code, row.duration_us, row.psn_no, size, detail)


def weigh(tx: Tx) -> None:
    """Delete the oldest requests beyond what leaves room until the next time. It reads the size of every row."""
    row = tx.one("SELECT coalesce(sum(bytes), 0) FROM requests")
    assert row is not None, "an aggregate has a row"
    excess = row[0] - (BYTES_MAX - _PROCESSES * WEIGHED_EVERY)
    if excess > 0:
        _trim_bytes(tx, excess)


def page(tx: Tx, filters: Mapping[str, object], *, limit: int = 100, full: bool = False) -> list[dict[str, Any]]:
    """Return requests newest first; filters are `op`, `psn_no`, `status` and `since_us`."""
    clauses = {"op": "op = ?", "psn_no": "psn_no = ?", "status": "status = ?", "since_us": "biz_at_us >= ?"}
    given = {clauses[name]: value for name, value in filters.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    sql = f"SELECT {_COLUMNS} FROM requests {where} ORDER BY rec_at_us DESC, request_id DESC LIMIT ?"
    return [_shown(row, full=full) for row in tx.query(sql, *given.values(), limit)]


def get(tx: Tx, request_id: int) -> dict[str, Any] | None:
    """Return one request with its detail, or nothing."""
    row = tx.one(f"SELECT {_COLUMNS} FROM requests WHERE request_id = ?", request_id)
    return None if row is None else _shown(row, full=True)


def of_trace(tx: Tx, trace: str) -> dict[str, object] | None:
    """Return the newest request of a trace with its detail, or nothing."""
    row = tx.one(f"SELECT {_COLUMNS} FROM requests WHERE trace = ? ORDER BY request_id DESC LIMIT 1", trace)
    return None if row is None else _shown(row, full=True)


def clear(tx: Tx) -> int:
    """Empty the journal and return how many requests it held."""
    return tx.run("DELETE FROM requests")


def _storable(text: str) -> str:
    """Return what a caller sent as text that a database takes: no NUL, no lone surrogate."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _trim_bytes(tx: Tx, excess: int) -> None:
    """Delete the oldest requests, which take so many bytes; of the others few are read."""
    last = 0
    while excess > 0 and (oldest := tx.query(_OLDEST, last, _HANDFUL)):
        for request_id, size in oldest:
            last, excess = request_id, excess - size
            if excess <= 0:
                break
    tx.run("DELETE FROM requests WHERE request_id <= ?", last)


def _shown(row: tuple[Any, ...], *, full: bool) -> dict[str, Any]:
    names = ("trace", "op", "method", "path", "status", "code", "duration_us", "psn_no")
    shown = {"id": row[0], "at": clock.rfc3339(row[1]), "recorded_at": clock.rfc3339(row[2])}
    shown |= dict(zip(names, row[3:11], strict=True))
    return shown | ({"detail": json.loads(row[12])} if full else {})
