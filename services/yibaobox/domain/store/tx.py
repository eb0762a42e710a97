"""One atomic transaction on a world's database."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, CursorResult, Executable

Dialect = Literal["sqlite", "postgresql"]


# Small tables that most requests read and hardly any writes.
STEADY: Final = frozenset({"clock", "faults", "institutions", "settings", "worlds"})
# Beside them what is known of the person of a visit, whose messages follow each other.
REMEMBERED: Final = STEADY | {"persons", "participations", "benefit_periods", "filings", "family_bindings"}
_MEMORY_MAX: Final = 2048
_HARMLESS: Final[set[str]] = set()  # statements that change no remembered table
_HARMLESS_MAX: Final = 1024
_DRAW: Final = "SELECT nextval(CAST(? AS regclass))"
AS_TEXT: Final = "CAST(? AS TEXT)"  # the mark of a text that was written as UTF-8 and is given as these bytes
_TARGET: Final = re.compile(r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+(\w+)", re.IGNORECASE)

Row = tuple[Any, ...]
Read = tuple[str, tuple[object, ...]]  # a SELECT and its values


class Memory:
    """Rows of remembered tables as the one process that owns a database last read them.

    A statement that may change such a table empties it, and nothing is remembered again before its transaction ends.
    """

    def __init__(self) -> None:
        self.rows: dict[tuple[str, tuple[object, ...]], list[Row]] = {}
        self.changing = False

    def forget(self, *, changing: bool = False) -> None:
        """Drop everything."""
        self.rows.clear()
        self.changing = changing


class Conflict(Exception):
    """The database gave up before the commit; nothing happened and the work may be done again."""


class Outdated(Conflict):
    """What was believed of remembered tables is no longer so: done again, the work meets them as they stand."""


class Occupied(Exception):
    """A brief request would have to wait where nobody may: nothing has come of it, and a thread may wait."""


class OutcomeUnknown(Exception):
    """The connection broke during the commit: look before doing the work again."""


class PlaceGone(Exception):
    """The database was dropped or replaced while this process still knew it."""


class Tx:
    """A transaction: SQLAlchemy Core for cold paths, the driver's connection for the few hot statements.

    Hot statements carry `?` marks and are written once for both databases; `for_update` is the clause that locks the
    rows of a SELECT where the database has more than one writer.
    """

    def __init__(
        self,
        driver: Any,
        dialect: Dialect,
        core: Callable[[], Connection],
        memory: Memory | None = None,
        *,
        writes: bool,
    ) -> None:
        self._driver = driver
        self._core = core
        self._memory = memory
        self._now_us: int | None = None
        self.usual: set[str] = set()  # what most transactions ask of remembered tables, where none is remembered
        self.held: dict[str, tuple[int, str]] = {}  # books that this transaction has locked: length and head
        self.dialect: Dialect = dialect
        self.writes = writes
        self.races: tuple[type[Exception], ...] = (Conflict,)  # what a lost race looks like before it is a Conflict
        self.for_update = " FOR UPDATE" if writes and dialect == "postgresql" else ""

    def execute(
        self,
        statement: Executable,
        params: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
    ) -> CursorResult[Any]:
        """Execute a Core statement."""
        if self._memory is not None and self.writes:
            self._memory.forget(changing=True)
        return self._core().execute(statement, params)

    def query(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of a hot SELECT."""
        if sql not in _HARMLESS:
            self._mind(sql)
        rows: list[tuple[Any, ...]] = self._driver.execute(sql, params).fetchall()
        return rows

    def one(self, sql: str, *params: object) -> tuple[Any, ...] | None:
        """Return the first row of a hot SELECT, or nothing."""
        if sql not in _HARMLESS:
            self._mind(sql)
        row: tuple[Any, ...] | None = self._driver.execute(sql, params).fetchone()
        return row

    def known(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of a hot SELECT on remembered tables alone, as `query` would."""
        memory = self._memory
        if memory is None:
            if not params:
                self.usual.add(sql)
            return self.query(sql, *params)
        if memory.changing:
            return self.query(sql, *params)
        rows = memory.rows.get((sql, params))
        if rows is None:
            if len(memory.rows) >= _MEMORY_MAX:
                memory.forget()
            rows = memory.rows[sql, params] = self.query(sql, *params)
        return rows

    def run(self, sql: str, *params: object) -> int:
        """Execute a hot statement and return the number of rows it touched."""
        if sql not in _HARMLESS:
            self._mind(sql)
        count: int = self._driver.execute(sql, params).rowcount
        return count

    def put(self, sql: str, *params: object) -> None:
        """Execute a hot statement whose count nobody needs; where it waits to travel with others, it may fail later."""
        if self.dialect == "postgresql":
            self._driver.later(sql, params)
        else:
            self.run(sql, *params)

    def exactly(self, rows: int, sql: str, *params: object) -> None:
        """Execute an UPDATE or DELETE as `put` does, which touches so many rows."""
        if self.dialect == "postgresql":
            self._driver.exactly(rows, sql, params)
        else:
            assert self.run(sql, *params) == rows, "it touches the rows it is told"

    def ahead(self, *reads: Read) -> None:
        """Announce SELECTs that will be asked soon, in this order, where asking each by itself costs a round trip."""
        if self.dialect == "postgresql":
            self._driver.ahead(reads)

    def foreseen(self, read: Read) -> Row | None:
        """Return the first row of what was announced and has been read and not been outdated since; else nothing."""
        found = self._driver.foreseen(read) if self.dialect == "postgresql" else None
        return None if found is None else found.fetchone()

    def is_race(self, error: Exception) -> bool:
        """Tell whether an error only says that somebody else was quicker: done again, the work may succeed."""
        return isinstance(getattr(error, "orig", None) or error, self.races)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a hot statement once per row, as `put` does."""
        if self.dialect == "postgresql":
            self._driver.many(sql, rows)
        else:
            self._mind(sql)
            self._driver.executemany(sql, list(rows))

    def script(self, sql: str) -> None:
        """Execute several statements without values in one round trip (PostgreSQL)."""
        assert self.dialect == "postgresql", "a copy of schemas is PostgreSQL's affair"
        self._driver.script(sql)

    def next_number(self, sequence: str) -> int:
        """Return the next number of a sequence of this world: strictly increasing, gaps allowed."""
        if self.dialect == "postgresql":
            row = self.one(_DRAW, f"seq_{sequence}")
        else:
            row = self.one("UPDATE sequences SET value = value + 1 WHERE name = ? RETURNING value", sequence)
        assert row is not None, f"the sequence {sequence} exists"
        return int(row[0])

    def drawing(self, sequence: str) -> Read:
        """Return what `next_number` asks, for `ahead`; a number that is announced and not asked for is lost."""
        return _DRAW, (f"seq_{sequence}",)

    def next_numbers(self, sequence: str, count: int) -> list[int]:
        """Return several next numbers of a sequence in one statement."""
        if self.dialect == "postgresql":
            drawn = "SELECT nextval(CAST(? AS regclass)) FROM generate_series(1, CAST(? AS integer))"
            return sorted(int(row[0]) for row in self.query(drawn, f"seq_{sequence}", count))
        row = self.one("UPDATE sequences SET value = value + ? WHERE name = ? RETURNING value", count, sequence)
        assert row is not None, f"the sequence {sequence} exists"
        return list(range(int(row[0]) - count + 1, int(row[0]) + 1))

    @property
    def now_us(self) -> int:
        """The sandbox instant of this transaction, in microseconds since the epoch."""
        # Python 3.11's cached_property holds one lock for all transactions meanwhile, and whoever asks here may wait.
        if self._now_us is None:
            self._now_us = clock.reading(self.known(clock.READ)).now_us()
        return self._now_us

    @property
    def now(self) -> datetime:
        """The sandbox instant of this transaction, in Shanghai."""
        return clock.from_us(self.now_us)

    @property
    def today(self) -> date:
        """The sandbox day of this transaction."""
        return clock.day_of(self.now_us)

    def forget_now(self) -> None:
        """Read the clock again: this transaction has just set it."""
        self._now_us = None

    def rewind(self) -> None:
        """Forget what was learned since a savepoint that has just undone it."""
        self.held.clear()
        self.forget_now()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Take back what the block did when it ends in a refusal, which goes on to the caller."""
        self.run("SAVEPOINT attempt")
        try:
            yield
        except Refusal:
            self.run("ROLLBACK TO SAVEPOINT attempt")
            self.rewind()
            self.run("RELEASE SAVEPOINT attempt")
            raise
        self.run("RELEASE SAVEPOINT attempt")

    def _mind(self, sql: str) -> None:
        """Forget what is remembered where a statement may change it."""
        if not _may_change(sql):
            if len(_HARMLESS) >= _HARMLESS_MAX:
                _HARMLESS.clear()
            _HARMLESS.add(sql)
        elif self._memory is not None and self.writes:
            self._memory.forget(changing=True)

    @property
    def alone(self) -> bool:
        """Whether nobody else can write while this transaction is open."""
        return self.writes and self.dialect == "sqlite"


def _may_change(sql: str) -> bool:
    """Tell whether a statement may change a remembered table; one that is not understood may."""
    if sql.lstrip()[:6].upper() == "SELECT":
        return False
    target = _TARGET.match(sql)
    return target is None or target[1].lower() in REMEMBERED
