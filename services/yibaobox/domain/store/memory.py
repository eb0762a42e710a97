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
_OF_A_PERSON: Final = frozenset({"persons", "participations", "benefit_periods", "filings", "family_bindings"})
REMEMBERED: Final = STEADY | _OF_A_PERSON | {"explanation_sources"}
_COUNTED: Final = "sequences"
# What each message of a visit may change, for this visit alone; whether somebody lies in hospital is of the person.
_OF_VISIT: Final = frozenset({"visits", "fees", "fee_uploads"})
_OF_PERSON: Final = frozenset({"stays"})
_MEMORY_MAX: Final = 2048
_VISITS_MAX: Final = 8 << 20  # about so many bytes
_ROW: Final = 1000  # bytes of a row beside its text
_MANY: Final = 64  # rows that are read once, of a long stay
_NOTHING: Final = re.compile(r"\s*(?:SELECT|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_TARGET: Final = re.compile(
    r"\s*(?P<verb>INSERT|UPDATE|DELETE)(?P<instead>\s+OR\s+\w+)?(?:\s+(?:INTO|FROM))?"
    r"\s+(?!(?:OR|INTO|FROM)\b)(?P<table>\w+)\b(?!\s*\.)",
    re.IGNORECASE,
)
# What follows the table where it is understood: one row of a visit that stands first, or a visit named by a WHERE.
_PLAIN: Final = r"(?:[^?'()]|\?|'[^'?]*')*"
_INSERTED: Final = re.compile(rf"\s*\(psn_no, visit_id\b[^()]*\)\s*VALUES\s*\(\?, \?{_PLAIN}\)\s*", re.IGNORECASE)
_CHANGED: Final = re.compile(
    rf"(?P<before>{_PLAIN}?)\sWHERE psn_no = \? AND visit_id = \?(?P<after>(?:\s+AND\s{_PLAIN})?)", re.IGNORECASE
)
_MORE: Final = re.compile(r"\b(?:OR|SELECT|FROM|WHERE|psn_no|visit_id)\b", re.IGNORECASE)

Row = tuple[Any, ...]
Read = tuple[str, tuple[object, ...]]  # a SELECT and its values


_Visit = tuple[str, str]  # the numbers of its person and its own


class _Kept(NamedTuple):
    """What was read, and about how many bytes it takes."""

    rows: list[Row]
    weight: int


class Change(NamedTuple):
    """What a statement may change: a table; of visits, for the person and the visit at these places of its values."""

    table: str
    places: tuple[int, ...] = ()


ANYTHING: Final = Change("")


class Memory:
    """Rows of remembered tables, and of visits, as they were last read; the numbers that it may still give.

    A statement that may change a remembered table empties what was read of all of them, and nothing is remembered again
    before its transaction ends. One that changes a visit does so for what was read of this visit and names the table.
    """

    def __init__(self) -> None:
        self.rows: dict[Read, list[Row]] = {}
        self.numbers: dict[str, tuple[int, int]] = {}  # of each sequence the last that was drawn, and was reserved
        self.reserving: set[str] = set()  # sequences whose numbers were reserved by what is not committed
        self._changing = False  # remembered tables, by what is not committed
        self._lost = False  # visits, too, and nobody knows which
        self._touched: list[tuple[str, tuple[str, ...]]] = []  # the table, person and visit of those that are known
        self._visits: dict[_Visit, dict[Read, _Kept]] = {}
        self._size = 0  # of visits
        self._learned: dict[Read, list[Row]] = {}  # what will be remembered of visits once it is committed

    def forget(self, *, changing: bool = False) -> None:
        """Drop everything."""
        self.rows.clear()
        self.numbers.clear()
        self.reserving.clear()
        self._visits.clear()
        self._learned.clear()
        self._size = 0
        self._changing = self._lost = changing

    def keep(self, read: Read, rows: list[Row]) -> None:
        """Remember what was read of remembered tables."""
        if self._changing:
            return
        if len(self.rows) >= _MEMORY_MAX:
            self.rows.clear()
        self.rows[read] = rows

    def of_visit(self, read: Read) -> list[Row] | None:
        """Return what is remembered of a visit."""
        known = self._visits.get(_visit(read))
        kept = None if known is None else known.get(read)
        return None if kept is None else kept.rows

    def keep_of_visit(self, read: Read, rows: list[Row]) -> None:
        """Remember what was read of a visit; those that were read first make room."""
        visit = _visit(read)
        changed = (table for table, named in self._touched if named in (visit[:1], visit))
        if self._lost or len(rows) > _MANY or any(_concerns(read[0], table) for table in changed):
            return
        known = self._visits.setdefault(visit, {})
        before, known[read] = known.get(read), _Kept(rows, _weight(rows))
        self._size += known[read].weight - (0 if before is None else before.weight)
        while self._size > _VISITS_MAX:
            self._size -= sum(kept.weight for kept in self._visits.pop(next(iter(self._visits))).values())

    def learn(self, read: Read, rows: list[Row]) -> None:
        """Remember of a visit what was not read but written, once it is committed."""
        if not self._lost:
            self._learned[read] = rows

    def mind(self, change: Change, values: Iterable[Sequence[object]]) -> None:
        """Forget what a statement may change that is run with these values."""
        if change is ANYTHING:
            self.forget(changing=True)
        elif change.table in REMEMBERED:
            self.rows.clear()
            self._changing = True
        elif not self._lost:
            for named in dict.fromkeys(tuple([str(each[place]) for place in change.places]) for each in values):
                self._touched.append((change.table, named))
                self._drop(change.table, *named)

    def undone(self) -> None:
        """Take back what was learned and reserved by what is rolled back; a number that was only drawn is lost."""
        for sequence in self.reserving:
            self.numbers.pop(sequence, None)
        self.reserving.clear()
        self._learned.clear()

    def ended(self) -> None:
        """Remember again: no transaction is open."""
        self._changing = self._lost = False
        self.reserving.clear()
        if self._touched:
            self._touched.clear()
        if self._learned:
            learned, self._learned = self._learned, {}
            for read, rows in learned.items():
                self.keep_of_visit(read, rows)

    def _drop(self, table: str, psn_no: str, visit_id: str | None = None) -> None:
        """Forget what was read of a visit, or of all of a person's, that names a table."""
        one = None if visit_id is None else (psn_no, visit_id)
        visits = [visit for visit in self._visits if visit[0] == psn_no] if one is None else [one]
        for visit in visits:
            known = self._visits.get(visit, {})
            for read in [each for each in known if _concerns(each[0], table)]:
                self._size -= known.pop(read).weight
            if not known:
                self._visits.pop(visit, None)
        for read in [each for each in self._learned if _concerns(each[0], table)]:
            visit = _visit(read)
            if visit == one or (one is None and visit[0] == psn_no):
                del self._learned[read]


def _visit(read: Read) -> _Visit:
    psn_no, visit_id = read[1][:2]
    return str(psn_no), str(visit_id)


def _weight(rows: Sequence[Row]) -> int:
    """Return about how many bytes rows take."""
    return _ROW + sum([_ROW + sum([len(value) for value in row if type(value) is str]) for row in rows])


@lru_cache(maxsize=256)
def _concerns(sql: str, table: str) -> bool:
    """Tell whether a SELECT names a table."""
    return re.search(rf"\b{table}\b", sql) is not None


@lru_cache(maxsize=1024)
def change_of(sql: str) -> Change | None:
    """Return what a statement may change of what is remembered: nothing, or ANYTHING where it is not understood."""
    if _NOTHING.match(sql):
        return None
    target = _TARGET.match(sql)
    if target is None:
        return ANYTHING
    table = target["table"].lower()
    if table in REMEMBERED:
        return Change(table)
    if table == _COUNTED:
        return ANYTHING
    if table not in _OF_VISIT | _OF_PERSON:
        return None
    at = _first_mark(sql, target)
    if at is None:
        return ANYTHING
    return Change(table, (at,) if table in _OF_PERSON else (at, at + 1))


def _first_mark(sql: str, target: re.Match[str]) -> int | None:
    """Return the place of the person's number, before the visit's, where a statement changes one visit and no other."""
    if target["instead"]:
        return None  # it may remove others that are in its way
    if target["verb"].upper() == "INSERT":
        return 0 if _INSERTED.fullmatch(sql, target.end()) else None
    named = _CHANGED.fullmatch(sql.rstrip(), target.end())
    if named is None or _MORE.search(named["before"] + named["after"]):
        return None
    return named["before"].count("?")
