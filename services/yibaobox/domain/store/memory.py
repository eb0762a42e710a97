"""What the one process that owns a database remembers of it, and when that is forgotten."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Small tables that most requests read and hardly any writes.
STEADY: Final = frozenset({"clock", "faults", "institutions", "settings", "worlds"})
# Beside them what is known of the person of a visit, whose messages follow each other.
REMEMBERED: Final = STEADY | {"persons", "participations", "benefit_periods", "filings", "family_bindings"}
_COUNTED: Final = "sequences"
# What each message of a visit may change, for this visit alone; whether somebody lies in hospital is of the person.
_OF_VISIT: Final = frozenset({"visits", "fees"})
_OF_PERSON: Final = frozenset({"stays"})
_MEMORY_MAX: Final = 2048
_ROWS_MAX: Final = 8192  # of visits: some 4 MiB
_MANY: Final = 64  # rows that are read once, of a long stay
_TARGET: Final = re.compile(
    r"\s*(?P<verb>INSERT|UPDATE|DELETE)(?:\s+OR\s+\w+)?(?:\s+(?:INTO|FROM))?\s+(?P<table>\w+)", re.IGNORECASE
)
_INSERTED: Final = re.compile(r"\s*\(psn_no, visit_id\b[^)]*\)\s*VALUES\s*\(\?, \?", re.IGNORECASE)
_GIVEN: Final = re.compile(r"\bpsn_no = \? AND visit_id = \?")
_NAMED: Final = re.compile(r"\bpsn_no\b")

Row = tuple[Any, ...]
Read = tuple[str, tuple[object, ...]]  # a SELECT and its values


class Whose(NamedTuple):
    """What a statement may change: a table, for the person and the visit at these places among its values."""

    table: str
    places: tuple[int, ...] = ()


HARMLESS: Final = None
ANYBODY: Final = Whose("")


class Memory:
    """Rows of remembered tables, and of visits, as they were last read; the numbers that were drawn last.

    A statement that may change a remembered table empties all of it, and nothing is remembered again before its
    transaction ends. One that changes a visit does so for what was read of this visit and names the table.
    """

    def __init__(self) -> None:
        self.rows: dict[Read, list[Row]] = {}
        self.changing = False
        self.numbers: dict[str, int] = {}  # the last that was drawn of each sequence
        self._visits: dict[str, dict[Read, list[Row]]] = {}
        self._size = 0  # rows of visits
        self._touched: list[tuple[str, tuple[object, ...]]] = []  # table, person and visit, by what is not committed
        self._learned: dict[Read, list[Row]] = {}  # what will be remembered when it is

    def forget(self, *, changing: bool = False) -> None:
        """Drop everything."""
        self.rows.clear()
        self.numbers.clear()
        self._visits.clear()
        self._learned.clear()
        self._size = 0
        self.changing = changing

    def keep(self, read: Read, rows: list[Row]) -> None:
        """Remember what was read of remembered tables."""
        if self.changing:
            return
        if len(self.rows) >= _MEMORY_MAX:
            self.rows.clear()
        self.rows[read] = rows

    def of_visit(self, read: Read) -> list[Row] | None:
        """Return what is remembered of a visit."""
        known = self._visits.get(str(read[1][0]))
        return None if known is None else known.get(read)

    def keep_of_visit(self, read: Read, rows: list[Row]) -> None:
        """Remember what was read of a visit; those persons' that were read first make room."""
        sql, (psn_no, visit_id, *_) = read
        changed = (table for table, named in self._touched if named in ((psn_no,), (psn_no, visit_id)))
        if self.changing or len(rows) > _MANY or any(_concerns(sql, table) for table in changed):
            return
        self._visits.setdefault(str(psn_no), {})[read] = rows
        self._size += 1 + len(rows)
        while self._size > _ROWS_MAX:
            self._drop("", next(iter(self._visits)))

    def learn(self, read: Read, rows: list[Row]) -> None:
        """Remember of a visit what was not read but written, once it is committed."""
        self._learned[read] = rows

    def mind(self, whose: Whose, values: Iterable[Sequence[object]]) -> None:
        """Forget what a statement may change that is run with these values."""
        if whose is ANYBODY:
            self.forget(changing=True)
            return
        for named in dict.fromkeys(tuple([each[place] for place in whose.places]) for each in values):
            self._touched.append((whose.table, named))
            self._drop(whose.table, *named)

    def undone(self) -> None:
        """Take back what was learned and drawn by what is rolled back."""
        self.numbers.clear()
        self._learned.clear()

    def ended(self) -> None:
        """Remember again: no transaction is open."""
        if self.changing:
            self.forget()
        if self._touched:
            self._touched.clear()
        if self._learned:
            learned, self._learned = self._learned, {}
            for read, rows in learned.items():
                self.keep_of_visit(read, rows)

    def _drop(self, table: str, psn_no: object, visit_id: object = None) -> None:
        """Forget what was read of a visit, or of all of a person's, that names a table."""
        for read in [each for each in self._learned if _is_of(each, psn_no, visit_id) and _concerns(each[0], table)]:
            del self._learned[read]
        known = self._visits.get(str(psn_no), {})
        for read in [each for each in known if _is_of(each, psn_no, visit_id) and _concerns(each[0], table)]:
            self._size -= 1 + len(known.pop(read))
        if not known:
            self._visits.pop(str(psn_no), None)


def _is_of(read: Read, psn_no: object, visit_id: object) -> bool:
    return read[1][0] == psn_no and visit_id in (None, read[1][1])


@lru_cache(maxsize=256)
def _concerns(sql: str, table: str) -> bool:
    """Tell whether a SELECT names a table (every one names the empty one)."""
    return not table or re.search(rf"\b{table}\b", sql) is not None


@lru_cache(maxsize=1024)
def whose(sql: str) -> Whose | None:
    """Tell whose rows a statement may change: HARMLESS where nothing is remembered of them.

    ANYBODY's where it is not understood, or changes what is read without a visit.
    """
    if sql.lstrip()[:6].upper() == "SELECT":
        return HARMLESS
    target = _TARGET.match(sql)
    if target is None:
        return ANYBODY
    table = target["table"].lower()
    if table in REMEMBERED or table == _COUNTED:
        return ANYBODY
    if table not in _OF_VISIT | _OF_PERSON:
        return HARMLESS
    if target["verb"].upper() == "INSERT":
        at = 0 if _INSERTED.match(sql, target.end()) else -1
    else:
        given = _GIVEN.search(sql)
        at = sql.count("?", 0, given.start()) if given and len(_NAMED.findall(sql)) == 1 else -1
    if at < 0:
        return ANYBODY
    return Whose(table, (at,) if table in _OF_PERSON else (at, at + 1))
