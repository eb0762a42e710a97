"""The lines of an institution by accounting date: one for each settlement, one with a minus for each reversal.

The accounting date is the day of the sandbox clock on which the transaction was committed. What the centre states is
what the books hold, but for settlements that a fault marked: those show what reconciliation is there to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain import clock

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

EXTRA, MISSING, AMOUNT, SHIFT = "EXTRA", "MISSING", "AMOUNT", "SHIFT"
_DAY_US: Final = 86_400_000_000
_LAST: Final = date.max - timedelta(days=2)
_FUND: Final = "s.total_fen - s.own_fen - s.family_fen - s.cash_fen"
_FROM_SETTLED: Final = "FROM settlements s WHERE s.institution = ? AND s.settled_us >= ? AND s.settled_us < ?"
_FROM_UNDONE: Final = (
    "FROM setl_reversals r JOIN settlements s ON s.psn_no = r.psn_no AND s.setl_id = r.setl_id"
    " WHERE r.institution = ? AND r.reversed_us >= ? AND r.reversed_us < ?"
)
_SETTLED: Final = (
    "SELECT s.psn_no, s.setl_id, s.visit_id, s.setl_id, 1, s.msgid, s.region, s.insutype, s.med_type, s.total_fen,"
    f" {_FUND}, s.own_fen + s.family_fen, s.settled_us {_FROM_SETTLED}"
)
_UNDONE: Final = (
    "SELECT s.psn_no, s.setl_id, s.visit_id, r.reversal_id, -1, r.msgid, s.region, s.insutype, s.med_type,"
    f" -s.total_fen, -({_FUND}), -(s.own_fen + s.family_fen), r.reversed_us {_FROM_UNDONE}"
)
_UNCLEARED: Final = " AND NOT EXISTS (SELECT 1 FROM cleared_lines c WHERE c.psn_no = s.psn_no AND c.setl_id = s.setl_id"
_SUM: Final = f"SELECT count(*), sum(s.total_fen), sum({_FUND}), sum(s.own_fen + s.family_fen)"
_MARKED: Final = (
    "SELECT m.kind, m.fen, s.psn_no, s.setl_id, s.visit_id, s.setl_id, 1, s.msgid, s.region, s.insutype, s.med_type,"
    f" s.total_fen, {_FUND}, s.own_fen + s.family_fen, s.settled_us FROM statement_marks m"
    " JOIN settlements s ON s.psn_no = m.psn_no AND s.setl_id = m.setl_id WHERE m.institution = ?"
    " AND NOT EXISTS (SELECT 1 FROM setl_reversals r WHERE r.psn_no = m.psn_no AND r.setl_id = m.setl_id)"
    " ORDER BY m.setl_id"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: amounts of a reversal are negative, `number` is the 结算ID of the settlement or of its reversal."""

    psn_no: str
    setl_id: int
    visit_id: int
    number: int
    sign: int
    msgid: str
    region: str
    insutype: str
    med_type: str
    total_fen: int
    fund_fen: int
    account_fen: int
    at_us: int

    @property
    def cash_fen(self) -> int:
        """What was paid in cash."""
        return self.total_fen - self.fund_fen - self.account_fen

    @property
    def day(self) -> date:
        """The accounting date."""
        return clock.day_of(self.at_us)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: the lines of an institution from a first to a last day; what is empty does not narrow."""

    institution: str
    first: date
    last: date
    insutype: str = ""
    med_types: tuple[str, ...] = ()
    region: str = ""
    sign: int = 0

    @property
    def instants(self) -> tuple[int, int]:
        """The first microsecond, and the one after the last."""
        return clock.start_of(self.first), clock.start_of(min(self.last, _LAST) + timedelta(days=1))

    def holds(self, line: Line) -> bool:
        """Tell whether a line of this institution belongs here."""
        return (
            self.first <= line.day <= self.last
            and self.insutype in ("", line.insutype)
            and (not self.med_types or line.med_type in self.med_types)
            and self.region in ("", line.region)
            and self.sign in (0, line.sign)
        )


class Totals(NamedTuple):
    """How many lines there are and what they come to."""

    lines: int = 0
    total_fen: int = 0
    fund_fen: int = 0
    account_fen: int = 0

    @property
    def cash_fen(self) -> int:
        """What was paid in cash."""
        return self.total_fen - self.fund_fen - self.account_fen

    def plus(self, line: Line, sign: int = 1) -> Totals:
        """Return the totals with a line, or without it."""
        return Totals(
            self.lines + sign,
            self.total_fen + sign * line.total_fen,
            self.fund_fen + sign * line.fund_fen,
            self.account_fen + sign * line.account_fen,
        )


def books(tx: Tx, scope: Scope, *, uncleared: bool = False) -> list[Line]:
    """Return the lines as the settlements themselves have them, settlements first, each by number."""
    narrow, given = _narrowed(scope)
    found = []
    for sign, select, order in ((1, _SETTLED, "s.setl_id"), (-1, _UNDONE, "r.reversal_id")):
        if scope.sign in (0, sign):
            more = f"{narrow}{_UNCLEARED} AND c.sign = {sign})" if uncleared else narrow
            found += tx.query(f"{select}{more} ORDER BY {order}", scope.institution, *scope.instants, *given)
    return [Line(*row) for row in found]


def stated(tx: Tx, scope: Scope) -> list[Line]:
    """Return the lines as the centre states them."""
    changes = list(_changes(tx, scope))
    gone = {(line.setl_id, line.sign) for line, sign in changes if sign < 0}
    kept = [line for line in books(tx, scope) if (line.setl_id, line.sign) not in gone]
    return kept + [line for line, sign in changes if sign > 0]


def known(tx: Tx, scope: Scope) -> list[Line]:
    """Return the lines of which the institution was told: all but those at a window it knows nothing of."""
    strange = {line.setl_id for kind, _, line in _marked(tx, scope.institution) if kind == EXTRA}
    return [line for line in books(tx, scope) if line.setl_id not in strange]


def totals(tx: Tx, scope: Scope) -> Totals:
    """Return the centre's totals without reading every line."""
    narrow, given = _narrowed(scope)
    result = Totals()
    for sign, source in ((1, _FROM_SETTLED), (-1, _FROM_UNDONE)):
        if scope.sign in (0, sign):
            row = tx.one(f"{_SUM} {source}{narrow}", scope.institution, *scope.instants, *given)
            assert row is not None, "a sum has a row"
            count, *amounts = (int(value or 0) for value in row)
            before = result[1:]
            result = Totals(result.lines + count, *(a + sign * b for a, b in zip(before, amounts, strict=True)))
    for line, sign in _changes(tx, scope):
        result = result.plus(line, sign)
    return result


def sum_of(lines: list[Line]) -> Totals:
    """Return the totals of some lines."""
    result = Totals()
    for line in lines:
        result = result.plus(line)
    return result


def mark(tx: Tx, line: Line, institution: str, kind: str, fen: int = 0) -> bool:
    """Let the centre's statement be wrong about a settlement; tell whether it was right before."""
    there = tx.one("SELECT 1 FROM statement_marks WHERE psn_no = ? AND setl_id = ?", line.psn_no, line.setl_id)
    if there is not None:
        return False
    tx.run(
        "INSERT INTO statement_marks (psn_no, setl_id, institution, kind, fen, marked_us) VALUES (?, ?, ?, ?, ?, ?)",
        *(line.psn_no, line.setl_id, institution, kind, fen, tx.now_us),
    )
    return True


def unmarked(tx: Tx, scope: Scope) -> Line | None:
    """Return the newest settlement that stands and that the centre states as it is, or nothing."""
    newest_first = reversed(books(tx, replace(scope, sign=1)))
    return next((line for line in newest_first if not _is_marked_or_undone(tx, line)), None)


def _is_marked_or_undone(tx: Tx, line: Line) -> bool:
    return any(
        tx.one(f"SELECT 1 FROM {table} WHERE psn_no = ? AND setl_id = ?", line.psn_no, line.setl_id) is not None
        for table in ("statement_marks", "setl_reversals")
    )


def _marked(tx: Tx, institution: str) -> list[tuple[str, int, Line]]:
    """Return the marks on settlements that stand: once reversed, the centre states again what the books hold."""
    return [(kind, fen, Line(*row)) for kind, fen, *row in tx.query(_MARKED, institution)]


def _changes(tx: Tx, scope: Scope) -> Iterator[tuple[Line, int]]:
    """Yield each line that the centre's statement lacks with −1, and each that it has besides with +1."""
    for kind, fen, line in _marked(tx, scope.institution):
        if kind == EXTRA:
            continue  # the centre is right about it
        if scope.holds(line):
            yield line, -1
        shown = _as_stated(kind, fen, line)
        if shown is not None and scope.holds(shown):
            yield shown, 1


def _as_stated(kind: str, fen: int, line: Line) -> Line | None:
    if kind == MISSING:
        return None
    if kind == SHIFT:
        return replace(line, at_us=line.at_us + _DAY_US)
    return replace(line, total_fen=line.total_fen + fen, fund_fen=line.fund_fen + fen)


def _narrowed(scope: Scope) -> tuple[str, list[object]]:
    narrow, given = "", list[object]()
    if scope.insutype:
        narrow, given = f"{narrow} AND s.insutype = ?", [*given, scope.insutype]
    if scope.region:
        narrow, given = f"{narrow} AND s.region = ?", [*given, scope.region]
    if scope.med_types:
        marks = ", ".join("?" * len(scope.med_types))
        narrow, given = f"{narrow} AND s.med_type IN ({marks})", [*given, *scope.med_types]
    return narrow, given
