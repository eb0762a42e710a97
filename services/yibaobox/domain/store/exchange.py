"""A world as schema-versioned JSON lines, out and in.

The first line says format, schema and spec; each further line is a row, a posting with its entries, or the balances
to end with; the last line counts and hashes all before it. Reading goes through every guard of the database: postings
are chained and summed again, balances arise from entries, and must equal the ones written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, Text, select
from sqlalchemy.exc import DBAPIError

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import migrate, schema
from yibaobox.domain.store.origin import GENESIS, SEQUENCES
from yibaobox.domain.store.registry import WorldInfo, WorldSpec
from yibaobox.domain.store.tx import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yibaobox.domain.store.migrate import Annex
    from yibaobox.domain.store.places import Store
    from yibaobox.domain.store.tx import Tx

FORMAT: Final = "yibaobox-world"
VERSION: Final = 1
_BIG: Final = 2**63 - 1
_NUMBERED: Final = {
    "txn": "SELECT coalesce(max(txn_id), 0) FROM (SELECT txn_id FROM postings UNION ALL SELECT txn_id FROM messages) t",
    "person": "SELECT coalesce(max(seq), 0) FROM persons",
    "job": "SELECT coalesce(max(job_id), 0) FROM jobs",
    "event": "SELECT coalesce(max(event_id), 0) FROM outbox",
}
_DERIVED: Final = ("books", "balances", "entries", "postings", "requests")


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a file says."""

    schema: str
    annexes: dict[str, str]
    spec: WorldSpec


def export(store: Store, info: WorldInfo, annexes: Sequence[Annex] = ()) -> Iterator[bytes]:
    """Yield a world line by line, as of one instant; the journal of requests stays behind.

    The lines are read before the first is given away: whoever reads slowly, or never to the end, holds no transaction.
    """
    heads = {"schema": migrate.head("world"), "annexes": migrate.heads(annexes)}
    head = {"format": FORMAT, "version": VERSION, **heads, "spec": asdict(info.spec)}
    with store.read() as tx:
        lines = [
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            for line in _lines(tx, head, schema.tables(annexes))
        ]
    digest = hashlib.sha256()
    for data in lines:
        digest.update(data)
        yield data
    yield json.dumps({"end": len(lines), "sha256": digest.hexdigest()}).encode() + b"\n"


def opened(lines: Iterable[bytes], annexes: Sequence[Annex] = ()) -> tuple[Header, list[dict[str, Any]]]:
    """Read a file whole and return its header and rows; refuse one that is cut, changed, foreign or newer."""
    digest, rows = hashlib.sha256(), list[dict[str, Any]]()
    last: bytes | None = None
    for line in lines:
        if last is not None:
            digest.update(last)
            rows.append(_object(last))
        last = line if line.endswith(b"\n") else line + b"\n"
    end = _object(last or b"{}")
    if not rows or end.get("end") != len(rows) or end.get("sha256") != digest.hexdigest():
        raise InvalidInput("导入文件不完整或已被改动")
    return _header(rows[0], annexes), rows[1:]


def fill(store: Store, rows: Iterable[dict[str, Any]], tables: Iterable[Table]) -> None:
    """Write rows into an empty place in one transaction, through its guards."""
    known = {table.name: table for table in tables}
    expected: dict[str, list[list[Any]]] = {}
    broken: tuple[type[Exception], ...]
    broken = (*store.errors, Conflict, DBAPIError, LookupError, TypeError, ValueError, ArithmeticError)
    try:
        with store.write() as tx:
            for row in rows:
                _write(tx, row, known, expected)
            _compare(tx, expected)
            _check_sequences(tx)
    except broken as error:
        raise InvalidInput("导入文件的内容不自洽", error=type(error).__name__) from error


def _lines(tx: Tx, head: dict[str, Any], tables: Iterable[Table]) -> Iterator[dict[str, Any]]:
    yield head
    for table in tables:
        if table.name not in _DERIVED:
            for row in tx.execute(_ordered(table, tx.dialect)):
                yield {"table": table.name, "row": dict(row._mapping)}  # noqa: SLF001 - SQLAlchemy's public name
    yield from _postings(tx)
    for table in (schema.books, schema.balances):
        yield {"expect": table.name, "rows": _written(tx.execute(_ordered(table, tx.dialect)))}
    yield {"sequences": {name: tx.last_number(name) for name in SEQUENCES}}


def _postings(tx: Tx) -> Iterator[dict[str, Any]]:
    table = schema.postings
    for row in tx.execute(select(table).order_by(table.c.txn_id, table.c.psn_no)):
        values = dict(row._mapping)  # noqa: SLF001
        entries = tx.query(
            "SELECT line, account, amount_fen FROM entries WHERE psn_no = ? AND txn_id = ? ORDER BY line",
            values["psn_no"],
            values["txn_id"],
        )
        yield {"posting": values, "entries": [list(entry) for entry in entries]}


def _ordered(table: Table, dialect: str) -> Any:
    """Return all rows by key, sorted by bytes: PostgreSQL would sort text by the language of its database."""
    by_bytes = dialect == "postgresql"
    keys = [
        column.collate("C") if by_bytes and isinstance(column.type, Text) else column for column in table.primary_key
    ]
    return select(table).order_by(*keys)


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("导入文件不是 JSON 行格式") from error
    if not isinstance(value, dict):
        raise InvalidInput("导入文件不是 JSON 行格式")
    return value


def _header(line: dict[str, Any], annexes: Sequence[Annex]) -> Header:
    if line.get("format") != FORMAT or line.get("version") != VERSION:
        raise InvalidInput("不是本沙盒的导出文件，或版本更新")
    if not migrate.knows("world", line.get("schema")):
        raise InvalidInput("导出文件的数据结构比本程序更新", schema=str(line.get("schema"))[:20])
    try:
        spec, annexed = line["spec"], _annexed(line.get("annexes", {}), annexes)
        return Header(line["schema"], annexed, _spec(**spec))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("导入文件的首行不完整") from error


def _spec(*, seed: object, regions: object, population: object, at: object) -> WorldSpec:
    """Return the spec of a file; refuse one that no world could be reset to."""
    if type(seed) is not int or type(population) is not int or not isinstance(regions, list):
        raise TypeError("spec")
    if abs(seed) > _BIG or not 0 <= population <= _BIG or not all(type(one) is str for one in regions):
        raise ValueError("spec")
    if at is not None:
        clock.parse_instant(at)
    return WorldSpec(seed, tuple(regions), population, None if at is None else str(at))


def _annexed(found: Any, annexes: Sequence[Annex]) -> dict[str, str]:
    """Return the revisions of the annexes that a file has; refuse one that this program does not know."""
    known = {annex.name: annex for annex in annexes}
    for name, revision in dict(found).items():
        if name not in known or not migrate.knows(known[name], revision):
            raise InvalidInput("导出文件的数据结构比本程序更新", schema=str(revision)[:20])
    return dict(found)


def _write(tx: Tx, line: dict[str, Any], known: dict[str, Table], expected: dict[str, list[list[Any]]]) -> None:
    if "table" in line:
        table = known[line["table"]]
        if table.name in _DERIVED:
            raise KeyError(table.name)
        _insert(tx, table, line["row"])
    elif "posting" in line:
        _write_posting(tx, line["posting"], line["entries"])
    elif "expect" in line:
        expected[line["expect"]] = line["rows"]
    else:
        for name, value in line["sequences"].items():
            _set_sequence(tx, name, int(value))


def _insert(tx: Tx, table: Table, row: dict[str, Any]) -> None:
    """Insert by the file's own columns: the place stands at the file's schema, not at ours."""
    for name, value in row.items():
        _check_value(table, name, value)
    columns = ", ".join(row)
    tx.run(f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(row))})", *row.values())


def _check_value(table: Table, name: str, value: object) -> None:
    """Refuse what SQLite would keep though it is of another kind, and a name that is no plain one."""
    if not (name.isascii() and name.isidentifier()):
        raise KeyError(name)
    if value is None:
        return
    kind = table.columns[name].type.python_type if name in table.columns else type(value)
    if type(value) is not kind or kind not in (int, str):
        raise TypeError(name)


def _write_posting(tx: Tx, posting: dict[str, Any], entries: list[list[Any]]) -> None:
    psn_no, txn_id = posting["psn_no"], posting["txn_id"]
    tx.run("INSERT INTO books (psn_no, length, head) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", psn_no, GENESIS)
    for entry in entries:
        _insert(tx, schema.entries, {"psn_no": psn_no, "txn_id": txn_id} | dict(zip(_ENTRY, entry, strict=True)))
    _insert(tx, schema.postings, posting)


_ENTRY: Final = ("line", "account", "amount_fen")


def _set_sequence(tx: Tx, name: str, value: int) -> None:
    if name not in SEQUENCES or value < 0:
        raise ValueError(name)
    if tx.dialect == "sqlite":
        tx.run("UPDATE sequences SET value = ? WHERE name = ?", value, name)
    elif value:
        tx.run("SELECT setval(CAST(? AS regclass), ?)", f"seq_{name}", value)


def _check_sequences(tx: Tx) -> None:
    """Refuse sequences that would give a number again."""
    for name, sql in _NUMBERED.items():
        row = tx.one(sql)
        if row is not None and tx.last_number(name) < row[0]:
            raise ValueError(name)


def _compare(tx: Tx, expected: dict[str, list[list[Any]]]) -> None:
    for name, rows in expected.items():
        table = {"books": schema.books, "balances": schema.balances}[name]
        if _written(tx.execute(_ordered(table, tx.dialect))) != _written(rows):
            raise ValueError(name)


def _written(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """Leave out books that were opened to be locked and never written: reading a world in opens none of them."""
    return [row for row in map(list, rows) if row[1:] != [0, GENESIS]]
