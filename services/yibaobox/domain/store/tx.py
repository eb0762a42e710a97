"""One atomic transaction on a world's database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal
from yibaobox.domain.store.memory import Memory, Read, Row, change_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, CursorResult, Executable

Dialect = Literal["sqlite", "postgresql"]
_Made = TypeVar("_Made", bound=tuple[Any, ...])  # a row, with names to its values


_DRAW: Final = "SELECT nextval(CAST(? AS regclass))"
# How many numbers SQLite's one process reserves at a time: each message that writes draws one or two of these, and a
# row that is written for each costs as much as a read of the patient. What is left over when it ends is lost.
_BLOCKS: Final = {"number": 32, "txn": 32}
OTHER_ROWS: Final = "somebody changed the rows that were to be changed"
AS_TEXT: Final = "CAST(? AS TEXT)"  # the mark of a text that was written as UTF-8 and is given as these bytes


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
        self._mind(sql, params)
        rows: list[tuple[Any, ...]] = self._driver.execute(sql, params).fetchall()
        return rows

    def one(self, sql: str, *params: object) -> tuple[Any, ...] | None:
        """Return the first row of a hot SELECT, or nothing."""
        self._mind(sql, params)
        row: tuple[Any, ...] | None = self._driver.execute(sql, params).fetchone()
        return row

    def known(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of a hot SELECT on remembered tables alone, as `query` would."""
        memory = self._memory
        if memory is None:
            if not params:
                self.usual.add(sql)
            return self.query(sql, *params)
        rows = memory.rows.get((sql, params))
        if rows is None:
            rows = self.query(sql, *params)
            memory.keep((sql, params), rows)
        return rows

    def known_of(
        self, psn_no: str, visit_id: int, sql: str, *more: object, of: Callable[[Row], _Made]
    ) -> Sequence[_Made]:
        """Return what `of` makes of all rows of a hot SELECT on a visit, its fees and its person's stays alone.

        Its first values are the person's number and the visit's. What was made is remembered.
        """
        params, memory = (psn_no, visit_id, *more), self._memory
        made: Any = None if memory is None else memory.of_visit((sql, params))
        if made is None:
            made = [of(row) for row in self.query(sql, *params)]
            if memory is not None:
                memory.keep_of_visit((sql, params), made)
        result: Sequence[_Made] = made
        return result

    def learn_of(self, psn_no: str, visit_id: int, sql: str, *more: object, rows: Iterable[Row]) -> None:
        """Tell what `known_of` would return after what this transaction has written of the visit."""
        if self._memory is not None:
            self._memory.learn((sql, (psn_no, visit_id, *more)), list(rows))

    def run(self, sql: str, *params: object) -> int:
        """Execute a hot statement and return the number of rows it touched."""
        self._mind(sql, params)
        count: int = self._driver.execute(sql, params).rowcount
        return count

    def put(self, sql: str, *params: object) -> None:
        """Execute a hot statement whose count nobody needs; where it waits to travel with others, it may fail later."""
        if self.dialect == "postgresql":
            self._driver.later(sql, params)
        else:
            self.run(sql, *params)

    def exactly(self, rows: int, sql: str, *params: object) -> None:
        """Execute an UPDATE or DELETE as `put` does; Conflict where it does not touch so many rows."""
        if self.dialect == "postgresql":
            self._driver.exactly(rows, sql, params)
        elif self.run(sql, *params) != rows:
            raise Conflict(OTHER_ROWS)

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
            given = list(rows)
            self._mind(sql, *given)
            self._driver.executemany(sql, given)

    def script(self, sql: str) -> None:
        """Execute several statements without values in one round trip (PostgreSQL)."""
        assert self.dialect == "postgresql", "a copy of schemas is PostgreSQL's affair"
        self._driver.script(sql)

    def next_number(self, sequence: str) -> int:
        """Return the next number of a sequence of this world: strictly increasing, gaps allowed."""
        if self.dialect == "sqlite":
            return self._draw(sequence, 1)
        row = self.one(_DRAW, f"seq_{sequence}")
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
        last = self._draw(sequence, count)
        return list(range(last - count + 1, last + 1))

    def last_number(self, sequence: str) -> int:
        """Return the highest number of a sequence that was drawn or reserved: no later one has been given."""
        if self.dialect == "postgresql":
            row = self.one(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM seq_{sequence}")
        else:
            row = self.one("SELECT value FROM sequences WHERE name = ?", sequence)
        assert row is not None, f"the sequence {sequence} exists"
        return int(row[0])

    def _draw(self, sequence: str, count: int) -> int:
        """Return the last of so many next numbers where one process draws them all (SQLite)."""
        assert self._memory is not None, "SQLite's transactions have one"
        assert self.writes, "what only reads draws no number"
        last, reserved = self._memory.numbers.get(sequence) or (self.last_number(sequence),) * 2
        last += count
        if last > reserved:
            reserved = last - 1 + _BLOCKS.get(sequence, 1)
            # Not by `run`, which forgets the numbers. RETURNING, in SQLite, costs as much as three statements.
            self._driver.execute("UPDATE sequences SET value = ? WHERE name = ?", (reserved, sequence))
            self._memory.reserving.add(sequence)
        self._memory.numbers[sequence] = last, reserved
        return last

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

    def _mind(self, sql: str, *values: Sequence[object]) -> None:
        """Forget what a statement may change that is run with these values."""
        change = change_of(sql)
        if change is not None and self._memory is not None and self.writes:
            self._memory.mind(change, values)

    @property
    def alone(self) -> bool:
        """Whether nobody else can write while this transaction is open."""
        return self.writes and self.dialect == "sqlite"
