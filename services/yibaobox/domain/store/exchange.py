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

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import migrate, schema
from yibaobox.domain.store.registry import WorldInfo, WorldSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yibaobox.domain.store.migrate import Annex
    from yibaobox.domain.store.places import Store
    from yibaobox.domain.store.tx import Tx

FORMAT: Final = "yibaobox-world"
VERSION: Final = 1
_DERIVED: Final = ("books", "balances", "entries", "postings", "requests")


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a file says."""

    schema: str
    annexes: dict[str, str]
    spec: WorldSpec


def export(store: Store, info: WorldInfo, annexes: Sequence[Annex] = ()) -> Iterator[bytes]:
    """Yield a world line by line, as of one instant; the journal of requests stays behind."""
    digest, count = hashlib.sha256(), 0
    with store.read() as tx:
        heads = {"schema": migrate.head("world"), "annexes": migrate.heads(annexes)}
        head = {"format": FORMAT, "version": VERSION, **heads, "spec": asdict(info.spec)}
        for line in _lines(tx, head, migrate.tables(annexes)):
            data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(data)
            count += 1
            yield data
    yield json.dumps({"end": count, "sha256": digest.hexdigest()}).encode() + b"\n"


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
    names = {table.name for table in tables}
    expected: dict[str, list[list[Any]]] = {}
    try:
        with store.write() as tx:
            for row in rows:
                _write(tx, row, names, expected)
            _compare(tx, expected)
    except (DBAPIError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput("导入文件的内容不自洽", error=type(error).__name__) from error


def _lines(tx: Tx, head: dict[str, Any], tables: Iterable[Table]) -> Iterator[dict[str, Any]]:
    yield head
    for table in tables:
        if table.name not in _DERIVED:
            for row in tx.execute(select(table).order_by(*table.primary_key)):
                yield {"table": table.name, "row": dict(row._mapping)}  # noqa: SLF001 - SQLAlchemy's public name
    yield from _postings(tx)
    for table in (schema.books, schema.balances):
        yield {"expect": table.name, "rows": [list(row) for row in tx.execute(_ordered(table))]}
    yield {"sequences": {name: _last(tx, name) for name in schema.SEQUENCES}}


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


def _last(tx: Tx, name: str) -> int:
    if tx.dialect == "postgresql":
        row = tx.one(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM seq_{name}")
    else:
        row = tx.one("SELECT value FROM sequences WHERE name = ?", name)
    assert row is not None, "a sequence has a row"
    return int(row[0])


def _ordered(table: Table) -> Any:
    return select(table).order_by(*table.primary_key)


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
        drawn = WorldSpec(int(spec["seed"]), tuple(spec["regions"]), spec["population"], spec["at"])
        return Header(line["schema"], annexed, drawn)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("导入文件的首行不完整") from error


def _annexed(found: Any, annexes: Sequence[Annex]) -> dict[str, str]:
    """Return the revisions of the annexes that a file has; refuse one that this program does not know."""
    known = {annex.name: annex for annex in annexes}
    for name, revision in dict(found).items():
        if name not in known or not migrate.knows(known[name], revision):
            raise InvalidInput("导出文件的数据结构比本程序更新", schema=str(revision)[:20])
    return dict(found)


def _write(tx: Tx, line: dict[str, Any], names: set[str], expected: dict[str, list[list[Any]]]) -> None:
    if "table" in line:
        if line["table"] not in names:
            raise KeyError(line["table"])
        _insert(tx, line["table"], line["row"])
    elif "posting" in line:
        _write_posting(tx, line["posting"], line["entries"])
    elif "expect" in line:
        expected[line["expect"]] = line["rows"]
    else:
        for name, value in line["sequences"].items():
            _set_sequence(tx, name, int(value))


def _insert(tx: Tx, table: str, row: dict[str, Any]) -> None:
    """Insert by the file's own columns: the place stands at the file's schema, not at ours."""
    columns = ", ".join(name for name in row if name.isidentifier())
    tx.run(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", *row.values())


def _write_posting(tx: Tx, posting: dict[str, Any], entries: list[list[Any]]) -> None:
    psn_no, txn_id = posting["psn_no"], posting["txn_id"]
    tx.run("INSERT INTO books (psn_no, length, head) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", psn_no, schema.GENESIS)
    for entry in entries:
        _insert(tx, "entries", {"psn_no": psn_no, "txn_id": txn_id} | dict(zip(_ENTRY, entry, strict=True)))
    _insert(tx, "postings", posting)


_ENTRY: Final = ("line", "account", "amount_fen")


def _set_sequence(tx: Tx, name: str, value: int) -> None:
    if name not in schema.SEQUENCES or value < 0:
        raise ValueError(name)
    if tx.dialect == "sqlite":
        tx.run("UPDATE sequences SET value = ? WHERE name = ?", value, name)
    elif value:
        tx.run("SELECT setval(CAST(? AS regclass), ?)", f"seq_{name}", value)


def _compare(tx: Tx, expected: dict[str, list[list[Any]]]) -> None:
    for name, rows in expected.items():
        table = {"books": schema.books, "balances": schema.balances}[name]
        if [list(row) for row in tx.execute(_ordered(table))] != rows:
            raise ValueError(name)
