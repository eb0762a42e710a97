"""Hot statements on PostgreSQL by libpq's own calls: psycopg's cursor costs several times what the statement does.

Each statement is prepared on its connection when it is first run. What holds a value of another type than `prepared`
writes goes by psycopg, which knows them all and whose loaders read.

A round trip costs more than most statements, so statements wait and travel together (libpq's pipeline): the BEGIN, what
will be asked soon (`ahead`), writes whose count nobody needs (`later`), and behind them whatever is waited for. They
are run in the order in which they were given. Should one fail, those behind it are not run and the failure is raised
where the answer was waited for, at the latest by the COMMIT that would have travelled with them.

A thread waits here for what is sent; a flow gives way.
"""

from __future__ import annotations

import select
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

from yibaobox.domain.store import flow, prepared
from yibaobox.domain.store.memory import Read, Row
from yibaobox.domain.store.prepared import Kinds, Prepared, Result
from yibaobox.domain.store.tx import OTHER_ROWS, Conflict, Outdated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# A statement with its values, and under what its result is kept; whether it is of remembered tables, and counted.
_Sent = tuple[Prepared, list[bytes | None], Read | None, bool, bool]

_DONE: Final = int(pq.ExecStatus.COMMAND_OK)
_FINE: Final = (prepared.TUPLES, _DONE)
_STATE: Final = pq.DiagnosticField.SQLSTATE
_BY_ZERO: Final = b"22012"
_IDLE: Final = int(pq.TransactionStatus.IDLE)
_GOOD: Final = int(pq.ConnStatus.OK)
_ROWS_MAX: Final = 64
_WAITING_MAX: Final = 64
_PREPARED_MAX: Final = 2000


class Wire:
    """The hot side of one connection, for as long as it lives."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared: dict[tuple[str, Kinds], Prepared] = {}
        self._waiting: list[_Sent] = []
        self._asked: set[Read] = set()  # what among the waiting is kept when it comes
        self._kept: dict[Read, Result] = {}
        self._drawn: dict[Read, Result] = {}  # numbers of sequences, which nothing makes untrue
        self._steady: dict[Read, Result] = {}
        self._believed: dict[Read, list[Row]] = {}
        self._begun = 0  # how many of the waiting begin a transaction of which nothing was run yet
        self._socket = connection.pgconn.socket
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)
        self._both = select.poll()
        self._both.register(self._socket, select.POLLIN | select.POLLOUT)

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
        return sent[0].result(self._exchange()[-1])

    def later(self, sql: str, params: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody needs, with whatever is run next."""
        sent = self._sent(sql, params)
        if sent is None:
            self._by_psycopg(sql, params)
            return
        self._outdate(sent[0])
        self._waiting.append(sent)
        if len(self._waiting) >= _WAITING_MAX:
            self._exchange()

    def exactly(self, rows: int, sql: str, params: Sequence[object]) -> None:
        """Run an UPDATE or DELETE as `later` does; Conflict where it touches another number of rows than said."""
        sent = self._sent(prepared.counted(sql), (*params, rows), counted=True)
        assert sent is not None, "such values go by libpq"
        self._outdate(sent[0])
        self._waiting.append(sent)

    def ahead(self, reads: Iterable[Read], *, steady: bool = False) -> None:
        """Announce statements that will be run soon, in this order: they travel with what is run next.

        What one gives is kept until something is changed or locked; `steady`: one of the remembered tables.
        """
        for read in reads:
            sent = self._sent(*read, read, steady=steady)
            if sent is not None:
                self._waiting.append(sent)
                self._asked.add(read)

    def believe(self, believed: dict[Read, list[Row]]) -> None:
        """Announce statements on remembered tables and the rows they gave before, with whatever is run next.

        What still gives the same is taken out of `believed`; Outdated where anything gives others.
        """
        self._believed = believed
        self.ahead(list(believed), steady=True)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row, with whatever is run next; an INSERT takes many rows at a time."""
        given = list(rows)
        if not prepared.takes_rows(sql):
            for row in given:
                self.later(sql, row)
            return
        for start in range(0, len(given), _ROWS_MAX):
            some = given[start : start + _ROWS_MAX]
            self.later(prepared.repeated(sql, len(some)), tuple(chain.from_iterable(some)))

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
        flow.leave()
        self.settle()
        result = self._libpq.exec_(sql.encode())
        self._check(result)
        return (result.command_status or b"").decode()

    def rollback(self) -> None:
        """Take the transaction back, and what waits."""
        self.drop()
        if self._libpq.transaction_status != _IDLE:
            self._check(self._alone(lambda: self._libpq.send_query_params(b"ROLLBACK", None)))

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

    def _outdate(self, what: Prepared) -> None:
        """Forget what a statement may make untrue."""
        if not what.looks:
            self._kept.clear()
            if what.stirs:
                self._steady.clear()

    def _forget(self) -> None:
        self._kept.clear()
        self._drawn.clear()
        self._steady.clear()

    def _sent(
        self,
        sql: str,
        params: Sequence[object],
        key: Read | None = None,
        *,
        steady: bool = False,
        counted: bool = False,
    ) -> _Sent | None:
        """Return a statement with its values, nothing when one of them is psycopg's affair."""
        kinds = prepared.kinds_of(params)
        found = self._prepared.get((sql, kinds))
        if found is None:
            if not prepared.is_ours(kinds):
                return None
            found = self._prepare(sql, kinds)
        values = found.written(params)
        return None if values is None else (found, values, key, steady, counted)

    def _prepare(self, sql: str, kinds: Kinds) -> Prepared:
        if self._waiting:  # a statement is understood in the transaction and by the search path that may be among it
            self._exchange()
        if len(self._prepared) >= _PREPARED_MAX:
            self._check(self._alone(lambda: self._libpq.send_query_params(b"DEALLOCATE ALL", None)))
            self._prepared.clear()
        made = Prepared(b"hot_%d" % len(self._prepared), Transformer(self._connection), sql, kinds)
        text = prepared.numbered(sql).encode()
        self._check(self._alone(lambda: self._libpq.send_prepare(made.name, text, made.types)))
        self._prepared[sql, kinds] = made
        return made

    def _exchange(self) -> list[pq.abc.PGresult]:
        """Send what waits, keep what was asked ahead, and return all results; the first failure is raised."""
        waiting, self._waiting, self._begun = self._waiting, [], 0
        self._asked.clear()
        results = self._together(waiting)
        for (what, _, key, steady, counted), result in zip(waiting, results, strict=True):
            if result.status not in _FINE:
                self._forget()
                if counted and result.error_field(_STATE) == _BY_ZERO:
                    raise Conflict(OTHER_ROWS)
                self._check(result)
            self._outdate(what)
            if key is not None:
                self._keep(what, key, what.result(result), steady=steady)
        return results

    def _keep(self, what: Prepared, read: Read, found: Result, *, steady: bool) -> None:
        if read in self._believed:
            if self._believed[read] != found.fetchall():
                raise Outdated(read[0])
            del self._believed[read]
        if steady:
            self._steady[read] = found
        else:
            (self._drawn if what.draws else self._kept)[read] = found

    def _together(self, waiting: Sequence[_Sent]) -> list[pq.abc.PGresult]:
        libpq = self._libpq
        try:
            libpq.enter_pipeline_mode()
            send = libpq.send_query_prepared
            for what, values, *_ in waiting:
                send(what.name, values)
            libpq.pipeline_sync()
            self._flush()
            results = self._received(len(waiting))
            libpq.exit_pipeline_mode()
        except BaseException:
            self._connection.close()  # lost, or left in the middle: nobody knows which answer would come next
            raise
        return results

    def _received(self, count: int) -> list[pq.abc.PGresult]:
        """Return so many results and read the end of the pipeline behind them."""
        after, results = self._libpq.get_result, []
        for _ in range(count):
            results.append(self._next())
            after()  # nothing: the end of the statement
        self._next()
        return results

    def _next(self) -> pq.abc.PGresult:
        """Return the next result when it is there."""
        libpq = self._libpq
        while libpq.is_busy():
            self._wait()
        result = libpq.get_result()
        if result is None:
            raise psycopg.OperationalError("the connection was lost")
        return result

    def _alone(self, send: Callable[[], None]) -> pq.abc.PGresult:
        """Send one command and return its result."""
        libpq = self._libpq
        try:
            send()
            self._flush()
            result = self._next()
            libpq.get_result()  # nothing
        except BaseException:
            self._connection.close()
            raise
        return result

    def _flush(self) -> None:
        while self._libpq.flush():
            self._wait(writing=True)

    def _wait(self, *, writing: bool = False) -> None:
        """Wait for the server, or for room to write: libpq itself would wait without letting others go on."""
        here = flow.current()
        if here is None:
            (self._both if writing else self._readable).poll()
        else:
            here.wait(self._socket, writing=writing)
        self._libpq.consume_input()

    def _by_psycopg(self, sql: str, params: Sequence[object]) -> Result:
        flow.leave()
        self.settle()
        texts = [value.decode() if type(value) is bytes else value for value in params]
        cursor = self._connection.execute(prepared.percent(sql), texts)
        rows = cursor.fetchall() if cursor.description is not None else []
        return Result(rows, cursor.rowcount)

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status in _FINE:
            return
        if self._libpq.status != _GOOD:
            raise psycopg.OperationalError(self._libpq.error_message.decode("utf-8", "replace"))
        raise error_from_result(result)
