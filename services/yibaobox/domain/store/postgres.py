"""A world in one PostgreSQL schema: any number of processes, durable by default.

Each transaction sets its own search path, so a pooled connection carries no state from one world to another.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary
from zlib import crc32

import psycopg
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import flow
from yibaobox.domain.store.tx import Conflict, OutcomeUnknown, Outdated, PlaceGone, Tx
from yibaobox.domain.store.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine, PoolProxiedConnection

    from yibaobox.domain.store.memory import Read, Row

    _Lent = tuple[PoolProxiedConnection, Wire]

# A unique violation is a lost race: done again, the work finds the winner's row and takes the ordinary path.
_RETRY = (psycopg.OperationalError, psycopg.errors.UniqueViolation)
_GONE = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)


_TABLE = re.compile(r"\bFROM (\w+)")
_GATE = 0x79696261  # "yiba": the first half of the keys of advisory locks on a schema
_PATH = "set_config('search_path', ?, true)"
_SHARED = f"SELECT pg_advisory_xact_lock_shared({_GATE}, CAST(? AS integer)), {_PATH}"
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SOLE = f"SELECT pg_advisory_xact_lock({_GATE}, CAST(? AS integer)), {_PATH}"


# Flows, threads, the journal and what runs by itself come to some two dozen users, and some need two connections. More
# of them than may be opened would wait for SQLAlchemy's pool, which is not told of what lies in `_IDLE`.
_MORE = 3


def connect(url: str, *, size: int = 8) -> Engine:
    """Open a pool of connections that leave BEGIN and COMMIT to the store; ValueError for a URL that is none."""
    try:
        engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=size, max_overflow=_MORE * size)
    except ArgumentError as reason:
        raise ValueError(str(reason)) from reason

    @event.listens_for(engine, "connect")
    def _plain(connection: Any, _record: object) -> None:
        # Hot statements are prepared by `wire`. Were psycopg to prepare any, it would now and then forget all of them.
        connection.prepare_threshold = None
        # What is planned while a world is new finds its tables empty and reads them whole, and such plans of triggers,
        # foreign keys and prepared statements are kept until the tables are analysed. Where one has to be read whole,
        # it is now believed to be so dear that the statement would be compiled, which takes milliseconds.
        connection.execute("SET enable_seqscan = off; SET jit = off")
        connection.execute(_QUICK_TO_COMPRESS)
        connection.commit()

    return engine


# Long texts are compressed in half the time, where the server was built with it.
_QUICK_TO_COMPRESS = """SELECT set_config(name, 'lz4', false) FROM pg_settings
    WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"""


# Connections that wait for the next transaction, by engine: SQLAlchemy's pool costs more to enter and leave than a
# statement. Half of what the pool may open stays with it, for those who ask it.
_IDLE: WeakKeyDictionary[Engine, list[_Lent]] = WeakKeyDictionary()
_IDLE_MAX = 8
_SEEN_MAX = 1024


def dispose(engine: Engine) -> None:
    """Close all connections that nobody uses; those in use are closed when they come back."""
    for lent, _ in _IDLE.pop(engine, []):
        lent.invalidate()
    engine.dispose()


def quoted(name: str) -> str:
    """Return a schema name as an SQL identifier; names are checked before, this is the second lock on the door."""
    assert '"' not in name
    assert "\0" not in name
    return f'"{name}"'


class PostgresStore:
    """Transactions on one schema of a PostgreSQL database."""

    dialect = "postgresql"
    own: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True
    errors: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error,)

    def __init__(self, engine: Engine, schema: str) -> None:
        self._engine = engine
        self.schema = schema
        self._path = quoted(schema)
        self._usual: set[str] = set()
        self._seen: dict[Read, list[Row]] = {}  # what glances gave
        self._of_thread = _GlancesOfThread()
        self._key = crc32(schema.encode()) - 2**31

    def write(self) -> AbstractContextManager[Tx]:
        """Run one writing transaction, READ COMMITTED: all of it or nothing."""
        return self._transaction("BEGIN", (_SHARED, (self._key, self._path)), writes=True)

    def sole(self) -> AbstractContextManager[Tx]:
        """Run one writing transaction with no other writer about; readers go on with what they see.

        Whoever overwrites every table would meet writers halfway, each holding what the other waits for.
        """
        return self._transaction("BEGIN", (_SOLE, (self._key, self._path)), writes=True)

    def read(self) -> AbstractContextManager[Tx]:
        """Run one reading transaction on one snapshot."""
        return self._transaction(_SNAPSHOT, (f"SELECT {_PATH}", (self._path,)), writes=False)

    @contextmanager
    def core(self) -> Iterator[Connection]:
        """Lend a connection in a transaction on the schema, for migrations."""
        flow.leave()
        with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
            connection.execute(text(f"SET search_path TO {quoted(self.schema)}"))
            connection.commit()
            try:
                yield connection
            finally:
                connection.rollback()
                connection.execute(text("RESET search_path"))
                connection.commit()

    def glance(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT on remembered tables: one round trip, for others may change them.

        Who is `believing` gets what it gave before in none.
        """
        read = (sql, params)
        glances = self._glances
        believed = glances.believed
        rows = None if believed is None else self._seen.get(read)
        if believed is not None and rows is not None:
            believed[read] = rows
            return rows
        if params:
            glances.last = read
        with _translated(), self._borrowed() as (_, wire):
            rows = wire.execute(_placed(sql, self.schema), params).fetchall()
        if len(self._seen) >= _SEEN_MAX:
            self._seen.clear()
        self._seen[read] = rows
        return rows

    @contextmanager
    def believing(self) -> Iterator[None]:
        """Let what this thread or flow glances at be as before; its next transaction looks whether that still holds.

        It does so before anything else of it counts, and the end of the block for what no transaction looked at.
        Where it does not hold: Outdated, and the work is to be done again.
        """
        glances, outer = self._glances, self._glances.believed
        glances.believed = {}
        try:
            yield
            self._confirm()
        except Refusal:
            self._confirm()
            raise
        finally:
            glances.believed = outer

    def _confirm(self) -> None:
        """Look at what was believed and not looked at."""
        if self._glances.believed:
            with self.read():
                pass

    def rest(self) -> bool:
        """Do nothing: PostgreSQL copies back by itself."""
        return False

    def copy_back(self) -> bool:
        """Do nothing, as above."""
        return False

    @property
    def pending(self) -> bool:
        """Tell that each transaction is committed by itself."""
        return False

    def claim(self) -> bool:
        """Tell that others cannot be kept out: transactions of other sessions may always have to be waited for."""
        return False

    def release(self) -> bool:
        """Let go of what is never held."""
        return True

    def close(self) -> None:
        """Leave the pool to its owner."""

    @property
    def _glances(self) -> _Glances:
        """Whatever runs here has its own, and a thread may run several flows."""
        here = flow.current()
        if here is None:
            return self._of_thread
        found = here.own.get(self)
        if found is None:
            found = here.own[self] = _Glances()
        assert isinstance(found, _Glances)
        return found

    @contextmanager
    def _transaction(self, begin: str, first: Read, *, writes: bool) -> Iterator[Tx]:
        """Run a transaction; it begins with its first statement."""
        with _translated(), self._borrowed() as (lent, wire):
            driver: Any = lent.driver_connection
            tx = Tx(wire, "postgresql", lambda: self._core(lent, wire), writes=writes)
            tx.races = (Conflict, *_RETRY)
            glances = self._glances
            try:
                wire.begin((begin, ()), first)
                wire.ahead(self._foreseen(tx, glances), steady=True)
                if glances.believed:
                    wire.believe(glances.believed)
                yield tx
                _commit(driver, wire)
            except BaseException as error:
                if isinstance(error, Outdated):
                    self._seen.clear()
                self._abandon(driver, wire)
                raise

    def _foreseen(self, tx: Tx, glances: _Glances) -> list[Read]:
        """Give what most transactions ask, and what this thread glanced at last: all of it travels with the BEGIN."""
        tx.usual = self._usual
        reads: list[Read] = [(sql, ()) for sql in self._usual]
        if glances.last is not None:
            reads.append(glances.last)
            glances.last = None
        return reads

    def _core(self, lent: PoolProxiedConnection, wire: Wire) -> Connection:
        flow.leave()
        wire.settle()
        return Connection(self._engine, connection=lent)

    @contextmanager
    def _borrowed(self) -> Iterator[_Lent]:
        """Lend a connection with its hot side."""
        idle = _IDLE.setdefault(self._engine, [])
        try:
            pair = idle.pop()
        except IndexError:
            flow.leave()
            lent = self._engine.raw_connection()
            pair = (lent, _wire(lent))
        try:
            yield pair
        finally:
            if pair[1].is_idle and len(idle) < _IDLE_MAX and _IDLE.get(self._engine) is idle:
                idle.append(pair)
            else:
                pair[0].close()

    def _abandon(self, driver: Any, wire: Wire) -> None:
        """Roll back; after a lost connection distrust every pooled one, for they died together."""
        if not driver.closed and not driver.broken:
            wire.rollback()
        else:
            dispose(self._engine)


class _Glances:
    """What was glanced at last, and what is believed and was not looked at."""

    last: Read | None = None
    believed: dict[Read, list[Row]] | None = None


class _GlancesOfThread(threading.local, _Glances):
    """Those of a thread."""


@lru_cache(maxsize=1024)
def _placed(sql: str, schema: str) -> str:
    """Return a statement whose tables are named with their schema."""
    return _TABLE.sub(rf"FROM {quoted(schema)}.\1", sql)


def _wire(lent: PoolProxiedConnection) -> Wire:
    """Return the hot side of a pooled connection, which knows the statements prepared there; made when first lent."""
    wire = lent.info.get("wire")
    if wire is None:
        driver: Any = lent.driver_connection
        wire = lent.info["wire"] = Wire(driver)
    assert isinstance(wire, Wire)
    return wire


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what may safely be done again into Conflict; everything else passes."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, _RETRY):
            raise Conflict(str(cause)) from error
        if isinstance(cause, _GONE):
            raise PlaceGone(str(cause)) from error
        raise


def _commit(driver: Any, wire: Wire) -> None:
    try:
        told = wire.commit()
    except psycopg.OperationalError as error:
        if driver.closed or driver.broken:
            raise OutcomeUnknown(str(error)) from error
        raise
    # PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK and no error.
    assert told == "COMMIT", "a statement failed and the failure was swallowed"
