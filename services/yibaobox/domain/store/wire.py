"""Hot statements on PostgreSQL by libpq's own calls: psycopg's cursor costs several times what the statement does.

Each statement is prepared on its connection when it is first run. Values are texts, or the bytes of one, whole numbers,
truth values and NULL; what holds another type of value goes by psycopg, which knows them all and whose loaders read.

A round trip costs more than most statements, so statements wait and travel together (libpq's pipeline): the BEGIN, what
will be asked soon (`ahead`), writes whose count nobody needs (`later`), and behind them whatever is waited for. They
are run in the order in which they were given. Should one fail, those behind it are not run and the failure is raised
where the answer was waited for, at the latest by the COMMIT that would have travelled with them.
"""

from __future__ import annotations

import re
import select
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

from yibaobox.domain.store.tx import STEADY, Outdated, Read, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import abc


_BOOL, _INT8, _INT4, _TEXT, _UNKNOWN = 16, 20, 23, 25, 0  # object ids of types
_INT4_MAX: Final = 2**31
_DONE: Final = int(pq.ExecStatus.COMMAND_OK)
_TUPLES: Final = int(pq.ExecStatus.TUPLES_OK)
_STATE: Final = pq.DiagnosticField.SQLSTATE
_BY_ZERO: Final = b"22012"
_IDLE: Final = int(pq.TransactionStatus.IDLE)
_GOOD: Final = int(pq.ConnStatus.OK)
_VALUES: Final = re.compile(r"(.*\bVALUES )(\((?:[^()]|\([^()]*\))*\))", re.DOTALL | re.IGNORECASE)
_LOOKS: Final = re.compile(r"\s*SELECT\b(?!.*(?:\bFOR (?:UPDATE|SHARE)\b|\bpg_advisory))", re.DOTALL | re.IGNORECASE)
_STIRS: Final = re.compile(rf"\b(?:{'|'.join(sorted(STEADY))}|pg_advisory\w*)\b", re.IGNORECASE)
_ROWS_MAX: Final = 64
_WAITING_MAX: Final = 64
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


class _Prepared:
    """A statement on its connection.

    It `looks` when it neither changes nor locks anything, and `stirs` when that may be a remembered table.
    """

    __slots__ = ("loader", "looks", "name", "ready", "stirs")

    def __init__(self, name: bytes, loader: abc.Transformer, sql: str) -> None:
        self.name = name
        self.loader = loader
        self.looks = _LOOKS.match(sql) is not None
        self.stirs = not self.looks and _STIRS.search(sql) is not None
        self.ready = False

    def result(self, given: pq.abc.PGresult) -> Result:
        """Read what libpq gave."""
        if given.status != _TUPLES:
            return Result([], given.command_tuples or 0)
        loader = self.loader
        loader.set_pgresult(given, set_loaders=not self.ready)
        self.ready = True
        rows = loader.load_rows(0, given.ntuples, tuple)
        loader.set_pgresult(None, set_loaders=False)  # or it would be held until the statement is run again
        return Result(rows, len(rows))


class _Sent(NamedTuple):
    """A statement with its values, and under what its result is kept."""

    prepared: _Prepared
    values: list[Any]
    key: Read | None = None
    steady: bool = False  # it is of remembered tables
    counted: bool = False


class Wire:
    """The hot side of one connection, for as long as it lives."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: dict[tuple[str, tuple[int, ...]], _Prepared] = {}
        self._waiting: list[_Sent] = []
        self._asked: set[Read] = set()  # what among the waiting is kept when it comes
        self._kept: dict[Read, Result] = {}
        self._drawn: dict[Read, Result] = {}  # numbers of sequences, which nothing makes untrue
        self._steady: dict[Read, Result] = {}
        self._believed: dict[Read, list[Row]] = {}
        self._begun = 0  # how many of the waiting begin a transaction of which nothing was run yet
        self._readable = select.poll()
        self._readable.register(connection.pgconn.socket, select.POLLIN)
        self._both = select.poll()
        self._both.register(connection.pgconn.socket, select.POLLIN | select.POLLOUT)

    @property
    def is_idle(self) -> bool:
        """Whether the connection stands, and between transactions."""
        libpq = self._libpq
        return libpq.status == _GOOD and libpq.transaction_status == _IDLE

    def execute(self, sql: str, params: Sequence[object] = ()) -> Result:
        """Run a statement with `?` marks behind all that waits."""
        if sql.startswith("ROLLBACK TO"):
            self.drop()  # what waits came after the savepoint, for that was waited for
        if self._asked or self._kept or self._steady or self._drawn:
            found = self.foreseen((sql, tuple(params)))
            if found is not None:
                return found
        sent = self._sent(sql, params)
        if sent is None:
            return self._by_psycopg(sql, params)
        self._waiting.append(sent)
        return sent.prepared.result(self._exchange()[-1])

    def later(self, sql: str, params: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody needs, with whatever is run next."""
        sent = self._sent(sql, params)
        if sent is None:
            self._by_psycopg(sql, params)
            return
        self._outdate(sent)
        self._waiting.append(sent)
        if len(self._waiting) >= _WAITING_MAX:
            self._exchange()

    def exactly(self, rows: int, sql: str, params: Sequence[object]) -> None:
        """Run an UPDATE or DELETE as `later` does; it fails when it touches another number of rows than said."""
        sent = self._sent(_counted(sql), (*params, rows))
        assert sent is not None, "such values go by libpq"
        self._outdate(sent)
        self._waiting.append(sent._replace(counted=True))

    def ahead(self, reads: Iterable[Read], *, steady: bool = False) -> None:
        """Announce statements that will be run soon, in this order: they travel with what is run next.

        What one gives is kept until something is changed or locked; `steady`: one of the remembered tables.
        """
        for sql, params in reads:
            sent = self._sent(sql, params)
            if sent is not None:
                self._waiting.append(_Sent(sent.prepared, sent.values, (sql, params), steady))
                self._asked.add((sql, params))

    def believe(self, believed: dict[Read, list[Row]]) -> None:
        """Announce statements on remembered tables and the rows they gave before, with whatever is run next.

        What still gives the same is taken out of `believed`; Outdated where anything gives others.
        """
        self._believed = believed
        self.ahead(list(believed), steady=True)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row, with whatever is run next; an INSERT takes many rows at a time."""
        given = list(rows)
        match = _VALUES.fullmatch(sql)
        for start in range(0, len(given), _ROWS_MAX):
            some = given[start : start + _ROWS_MAX]
            if match is None:
                for row in some:
                    self.later(sql, row)
            else:
                self.later(_repeated(sql, len(some)), [value for row in some for value in row])

    def settle(self) -> None:
        """Run what waits."""
        if self._waiting:
            self._exchange()
        self._forget()

    def drop(self) -> None:
        """Forget what waits and what is kept: it is taken back."""
        self._waiting.clear()
        self._begun = 0
        self._asked.clear()
        self._believed = {}
        self._forget()

    def script(self, sql: str) -> str:
        """Run statements without values in one round trip and return what the last one tells."""
        self.settle()
        result = self._libpq.exec_(sql.encode())
        self._check(result)
        return (result.command_status or b"").decode()

    def begin(self, *statements: Read) -> None:
        """Begin a transaction by these statements, with whatever is run next."""
        for sql, params in statements:
            self.later(sql, params)
        self._begun = len(self._waiting)

    def commit(self) -> str:
        """Commit, with all that waits, and return what the server calls it; nothing is asked where nothing was run.

        A COMMIT does not travel with its BEGIN: a connection that was lost before shall not leave the outcome open.
        """
        if self._begun:
            if len(self._waiting) == self._begun:
                self.drop()
                return "COMMIT"
            self.settle()
        sent = self._sent("COMMIT", ())
        assert sent is not None, "it has no values"
        self._waiting.append(sent)
        told = self._exchange()[-1].command_status or b""
        self._believed = {}
        self._forget()
        return told.decode()

    def foreseen(self, key: Read) -> Result | None:
        """Return what an announced statement gave, nothing when it was not announced or is no longer true."""
        if key in self._asked:
            self._exchange()
        return self._kept.get(key) or self._steady.get(key) or self._drawn.pop(key, None)

    def _outdate(self, sent: _Sent) -> None:
        """Forget what a statement may make untrue."""
        if not sent.prepared.looks:
            self._kept.clear()
            if sent.prepared.stirs:
                self._steady.clear()

    def _forget(self) -> None:
        self._kept.clear()
        self._drawn.clear()
        self._steady.clear()

    def _sent(self, sql: str, params: Sequence[object]) -> _Sent | None:
        written = _written(params)
        if written is None:
            return None
        types, values = written
        return _Sent(self._prepared.get((sql, types)) or self._prepare(sql, types), values)

    def _prepare(self, sql: str, types: tuple[int, ...]) -> _Prepared:
        if self._waiting:  # a statement is understood in the transaction and by the search path that may be among it
            self._exchange()
        if len(self._prepared) >= _PREPARED_MAX:
            self.script("DEALLOCATE ALL")
            self._prepared.clear()
        name = b"hot_%d" % len(self._prepared)
        self._check(self._libpq.prepare(name, numbered(sql).encode(), types))
        made = _Prepared(name, Transformer(self._connection), sql)
        self._prepared[sql, types] = made
        return made

    def _exchange(self) -> list[pq.abc.PGresult]:
        """Send what waits, keep what was asked ahead, and return all results; the first failure is raised."""
        waiting, self._waiting, self._begun = self._waiting, [], 0
        self._asked.clear()
        one, *others = waiting
        results = self._together(waiting) if others else [self._libpq.exec_prepared(one.prepared.name, one.values)]
        for sent, result in zip(waiting, results, strict=True):
            if result.status not in (_DONE, _TUPLES):
                self._forget()
                assert not (sent.counted and result.error_field(_STATE) == _BY_ZERO), "it touches the rows it is told"
                self._check(result)
            self._outdate(sent)
            if sent.key is not None:
                self._keep(sent, sent.key, sent.prepared.result(result))
        return results

    def _keep(self, sent: _Sent, read: Read, found: Result) -> None:
        if read in self._believed:
            if self._believed[read] != found.fetchall():
                raise Outdated(read[0])
            del self._believed[read]
        if sent.steady:
            self._steady[read] = found
        else:
            (self._drawn if "nextval(" in read[0] else self._kept)[read] = found

    def _together(self, waiting: Sequence[_Sent]) -> list[pq.abc.PGresult]:
        libpq = self._libpq
        try:
            libpq.enter_pipeline_mode()
            for sent in waiting:
                libpq.send_query_prepared(sent.prepared.name, sent.values)
            libpq.pipeline_sync()
            while libpq.flush():
                self._both.poll()
                libpq.consume_input()
            results = self._received(len(waiting))
            libpq.exit_pipeline_mode()
        except BaseException:
            self._connection.close()  # lost, or left in the middle: nobody knows which answer would come next
            raise
        return results

    def _received(self, count: int) -> list[pq.abc.PGresult]:
        """Return so many results and read the end of the pipeline behind them."""
        libpq, poll, results = self._libpq, self._readable.poll, []
        for _ in range(count + 1):
            while libpq.is_busy():
                poll()  # libpq itself would wait without letting other threads go on
                libpq.consume_input()
            result = libpq.get_result()
            if result is None:
                raise psycopg.OperationalError("the connection was lost")
            results.append(result)
            if len(results) <= count:
                libpq.get_result()  # nothing: the end of the statement
        return results[:count]

    def _by_psycopg(self, sql: str, params: Sequence[object]) -> Result:
        self.settle()
        texts = [value.decode() if type(value) is bytes else value for value in params]
        cursor = self._connection.execute(percent(sql), texts)
        rows = cursor.fetchall() if cursor.description is not None else []
        return Result(rows, cursor.rowcount)

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status in (_DONE, _TUPLES):
            return
        if self._libpq.status != _GOOD:
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
        elif kind is bytes and b"\0" not in value:
            types.append(_TEXT)
            values.append(value)
        elif value is None:
            types.append(_UNKNOWN)
            values.append(None)
        elif kind is bool:
            types.append(_BOOL)
            values.append(b"t" if value else b"f")
        else:
            return None
    return tuple(types), values


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """Return a `?` statement in PostgreSQL's spelling."""
    first, *rest = sql.split("?")
    return first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))


@lru_cache(maxsize=1024)
def _counted(sql: str) -> str:
    """Return an UPDATE or DELETE that divides by zero unless it touches as many rows as its last value says.

    So the count is judged before the COMMIT that travels with it.
    """
    return f"WITH touched AS ({sql} RETURNING 1) SELECT 1 / CAST(count(*) = ? AS integer) FROM touched"


@lru_cache(maxsize=1024)
def percent(sql: str) -> str:
    """Return a `?` statement in psycopg's spelling."""
    return sql.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=1024)
def _repeated(sql: str, times: int) -> str:
    match = _VALUES.fullmatch(sql)
    assert match is not None, "asked before"
    return match[1] + ", ".join([match[2]] * times)
