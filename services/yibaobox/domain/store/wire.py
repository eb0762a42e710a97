"""Hot statements on PostgreSQL by libpq's own calls: psycopg's cursor costs several times what the statement does.

Each statement is prepared on its connection when it is first run. Values are texts, whole numbers, truth values and
NULL, and so are results; whatever holds another type of value goes by psycopg, which knows them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

Row = tuple[Any, ...]

_BOOL, _INT8, _INT4, _UNKNOWN = 16, 20, 23, 0  # object ids of types
_INT4_MAX: Final = 2**31
_READERS: Final[dict[int, Callable[[bytes], Any]]] = {
    _BOOL: lambda value: value == b"t",
    _INT8: int,
    21: int,
    _INT4: int,
    25: bytes.decode,
    1043: bytes.decode,
}
_VALUES: Final = re.compile(r"(.*\bVALUES )(\([^()]*\))", re.DOTALL | re.IGNORECASE)
_ROWS_MAX: Final = 64
_PREPARED_MAX: Final = 2000


class Result:
    """What a statement gave."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchall(self) -> list[Row]:
        """Return all rows."""
        return self._rows

    def fetchone(self) -> Row | None:
        """Return the first row, or nothing."""
        return self._rows[0] if self._rows else None


class _Prepared(NamedTuple):
    """A statement on its connection; no readers where a column is of a type that psycopg has to read."""

    name: bytes
    readers: tuple[Callable[[bytes], Any], ...] | None


class Wire:
    """The hot side of one connection, for as long as it lives."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: dict[tuple[str, tuple[int, ...]], _Prepared] = {}

    def execute(self, sql: str, params: Sequence[object] = ()) -> Result:
        """Run a statement with `?` marks."""
        written = _written(params)
        if written is None:
            return self._by_psycopg(sql, params)
        types, values = written
        prepared = self._prepared.get((sql, types)) or self._prepare(sql, types)
        if prepared.readers is None:
            return self._by_psycopg(sql, params)
        result = self._libpq.exec_prepared(prepared.name, values)
        if result.status == pq.ExecStatus.TUPLES_OK:
            rows = _rows(result, prepared.readers)
            return Result(rows, len(rows))
        self._check(result)
        return Result([], result.command_tuples or 0)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row; an INSERT takes many rows at a time."""
        given = list(rows)
        match = _VALUES.fullmatch(sql)
        for start in range(0, len(given), _ROWS_MAX):
            some = given[start : start + _ROWS_MAX]
            if match is None:
                for row in some:
                    self.execute(sql, row)
            else:
                self.execute(_repeated(sql, len(some)), [value for row in some for value in row])

    def script(self, sql: str) -> str:
        """Run statements without values in one round trip and return what the last one tells."""
        result = self._libpq.exec_(sql.encode())
        self._check(result)
        return (result.command_status or b"").decode()

    def _prepare(self, sql: str, types: tuple[int, ...]) -> _Prepared:
        if len(self._prepared) >= _PREPARED_MAX:
            self.script("DEALLOCATE ALL")
            self._prepared.clear()
        name = b"hot_%d" % len(self._prepared)
        self._check(self._libpq.prepare(name, numbered(sql).encode(), types))
        told = self._libpq.describe_prepared(name)
        self._check(told)
        made = _Prepared(name, _readers([told.ftype(column) for column in range(told.nfields)]))
        self._prepared[sql, types] = made
        return made

    def _by_psycopg(self, sql: str, params: Sequence[object]) -> Result:
        cursor = self._connection.execute(percent(sql), params)
        rows = cursor.fetchall() if cursor.description is not None else []
        return Result(rows, cursor.rowcount)

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            return
        if self._libpq.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError(self._libpq.error_message.decode("utf-8", "replace"))
        raise error_from_result(result)


def _written(params: Sequence[Any]) -> tuple[tuple[int, ...], list[Any]] | None:
    """Return types and values as libpq takes them, nothing when one of them is psycopg's affair."""
    types: list[int] = []
    values: list[bytes | None] = []  # None is NULL
    for value in params:
        kind = type(value)
        if kind is str:
            if "\0" in value:
                return None  # libpq would take what stands before it; psycopg refuses
            types.append(_UNKNOWN)
            values.append(value.encode())
        elif kind is int:
            types.append(_INT4 if -_INT4_MAX < value < _INT4_MAX else _INT8)
            values.append(b"%d" % value)
        elif value is None:
            types.append(_UNKNOWN)
            values.append(None)
        elif kind is bool:
            types.append(_BOOL)
            values.append(b"t" if value else b"f")
        else:
            return None
    return tuple(types), values


def _readers(types: Sequence[int]) -> tuple[Callable[[bytes], Any], ...] | None:
    known = [_READERS[kind] for kind in types if kind in _READERS]
    return tuple(known) if len(known) == len(types) else None


def _rows(result: pq.abc.PGresult, readers: Sequence[Callable[[bytes], Any]]) -> list[Row]:
    get, columns = result.get_value, tuple(enumerate(readers))
    return [
        tuple(None if (value := get(row, column)) is None else read(value) for column, read in columns)
        for row in range(result.ntuples)
    ]


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """Return a `?` statement in PostgreSQL's spelling."""
    first, *rest = sql.split("?")
    return first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))


@lru_cache(maxsize=1024)
def percent(sql: str) -> str:
    """Return a `?` statement in psycopg's spelling."""
    return sql.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=1024)
def _repeated(sql: str, times: int) -> str:
    match = _VALUES.fullmatch(sql)
    assert match is not None, "asked before"
    return match[1] + ", ".join([match[2]] * times)
