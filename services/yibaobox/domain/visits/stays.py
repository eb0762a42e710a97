"""A stay in hospital: admitted, changed, discharged, settled for good; each step can be taken back in turn.

A stay is a visit of the kind STAY with days of its own. `closed_by` is the settlement that settled it for good; before
it there may be interim settlements.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import AlreadyAdmitted, Conflicting, InvalidInput, StayClosed
from yibaobox.domain.visits import visits
from yibaobox.domain.visits.numbers import written
from yibaobox.domain.visits.visits import STAY, NewVisit, Visit

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

NO_BATCH: Final = ""  # rows of a stay or a sale belong to no batch
_NEVER: Final = 2**62  # later than any instant that a clock can show
_ROW: Final = "psn_no, visit_id, begin_us, end_us, state, closed_by, discharge"
_WHERE: Final = "WHERE psn_no = ? AND visit_id = ?"
# Another stay that shares a day's time with this one, touching ends apart.
_OVERLAPPING: Final = (
    "SELECT institution, s.begin_us FROM stays s JOIN visits v ON v.psn_no = s.psn_no AND v.visit_id = s.visit_id"
    " WHERE s.psn_no = ? AND s.visit_id <> ? AND s.state <> 'CANCELLED' AND s.begin_us < ?"
    " AND CASE WHEN s.end_us IS NOT NULL THEN s.end_us > ? ELSE s.closed_by IS NULL END LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Stay:
    """The days of a stay and what became of it; `discharge` is what was told when it ended."""

    psn_no: str
    visit_id: int
    begin_us: int
    end_us: int | None
    state: str
    closed_by: int | None
    discharge: Mapping[str, Any] | None

    @property
    def admitted(self) -> date:
        """The day of admission."""
        return clock.day_of(self.begin_us)

    @property
    def discharged(self) -> date | None:
        """The day of discharge."""
        return None if self.end_us is None else clock.day_of(self.end_us)


def admit(tx: Tx, wanted: NewVisit, diagnoses: Sequence[Mapping[str, Any]]) -> tuple[Visit, int]:
    """Admit a person who lies in no hospital; return the visit and the number of the admission's effect."""
    assert wanted.kind == STAY, "a stay is admitted"
    visit = visits.describe(tx, visits.register(tx, wanted), wanted.facts, diagnoses)
    _check_free(tx, visit, visit.begin_us, None)
    number = tx.next_number("txn")
    tx.run(
        "INSERT INTO stays (psn_no, visit_id, begin_us, end_us, state, closed_by, discharge, admitted_txn)"
        " VALUES (?, ?, ?, NULL, 'IN', NULL, NULL, ?)",
        *(visit.psn_no, visit.visit_id, visit.begin_us, number),
    )
    return visit, number


def stay_of(tx: Tx, visit: Visit) -> Stay:
    """Return the stay that a visit of this kind is."""
    row = tx.one(f"SELECT {_ROW} FROM stays {_WHERE}", visit.psn_no, visit.visit_id)
    assert row is not None, "a visit of the kind STAY has its row"
    psn_no, visit_id, begin_us, end_us, state, closed_by, told = row
    facts = None if told is None else json.loads(told)
    return Stay(psn_no, visit_id, begin_us, end_us, state, closed_by, facts)


def admitted_by(tx: Tx, psn_no: str, number: int) -> Visit:
    """Return the stay that began with the effect of this number."""
    row = tx.one("SELECT visit_id FROM stays WHERE psn_no = ? AND admitted_txn = ?", psn_no, number)
    assert row is not None, "an admission has its stay"
    return visits.by_number(tx, psn_no, row[0])


def change(tx: Tx, visit: Visit, facts: Mapping[str, Any], diagnoses: Sequence[Mapping[str, Any]]) -> None:
    """Write the facts of a stay anew, its begin among them; its charges stay within it."""
    stay = _open(stay_of(tx, visit))
    anew = visits.describe(tx, visit, facts, diagnoses)
    if stay.end_us is not None and stay.end_us < anew.begin_us:
        raise InvalidInput("入院时间不能晚于出院时间", field="begntime")
    _check_charges(tx, visit, anew.day, None)
    _check_free(tx, visit, anew.begin_us, stay.end_us)
    tx.run(f"UPDATE stays SET begin_us = ? {_WHERE}", anew.begin_us, visit.psn_no, visit.visit_id)


def discharge(tx: Tx, visit: Visit, at: datetime, facts: Mapping[str, Any]) -> None:
    """End a stay, not before its last charge and not on a day to come."""
    stay, end_us = _open(stay_of(tx, visit)), clock.to_us(at)
    if stay.state == "OUT":
        raise Conflicting("该次住院已办理出院")
    if end_us < stay.begin_us:
        raise InvalidInput("出院时间不能早于入院时间", field="endtime")
    if clock.day_of(end_us) > tx.today:
        raise InvalidInput(f"出院时间晚于沙箱当前日期 {tx.today.isoformat()}", field="endtime")
    _check_charges(tx, visit, stay.admitted, clock.day_of(end_us))
    tx.run(
        f"UPDATE stays SET state = 'OUT', end_us = ?, discharge = ? {_WHERE}",
        *(end_us, written(facts), visit.psn_no, visit.visit_id),
    )


def undo_discharge(tx: Tx, visit: Visit) -> None:
    """Take a discharge back: the person lies in hospital again."""
    stay = _open(stay_of(tx, visit))
    if stay.state != "OUT":
        raise Conflicting("该次住院尚未办理出院，无需撤销")
    _check_free(tx, visit, stay.begin_us, None)
    where = (visit.psn_no, visit.visit_id)
    tx.run(f"UPDATE stays SET state = 'IN', end_us = NULL, discharge = NULL {_WHERE}", *where)


def undo_admission(tx: Tx, visit: Visit) -> None:
    """Take an admission back; discharge, fee rows and settlements go first."""
    if _open(stay_of(tx, visit)).state == "OUT":
        raise Conflicting("该次住院已办理出院，请先撤销出院")
    visits.cancel(tx, visit)
    tx.run(f"UPDATE stays SET state = 'CANCELLED' {_WHERE}", visit.psn_no, visit.visit_id)


def close(tx: Tx, visit: Visit, setl_id: int) -> None:
    """Settle a stay for good."""
    tx.run(f"UPDATE stays SET closed_by = ? {_WHERE}", setl_id, visit.psn_no, visit.visit_id)


def reopen(tx: Tx, visit: Visit, setl_id: int) -> None:
    """Open a stay again whose last settlement was reversed."""
    stay = stay_of(tx, visit)
    if stay.closed_by != setl_id:
        return
    _check_free(tx, visit, stay.begin_us, stay.end_us)
    tx.run(f"UPDATE stays SET closed_by = NULL {_WHERE}", visit.psn_no, visit.visit_id)


def still_open(tx: Tx, visit: Visit) -> Stay:
    """Return a stay that is not settled for good yet; StayClosed."""
    return _open(stay_of(tx, visit))


def _open(stay: Stay) -> Stay:
    if stay.closed_by is not None:
        raise StayClosed("该次住院已结算，请先撤销结算")
    return stay


def _check_free(tx: Tx, visit: Visit, begin_us: int, end_us: int | None) -> None:
    """Refuse days on which the person lies in a hospital already."""
    row = tx.one(_OVERLAPPING, visit.psn_no, visit.visit_id, _NEVER if end_us is None else end_us, begin_us)
    if row is not None:
        since = clock.day_of(row[1]).isoformat()
        here = "本机构" if row[0] == visit.institution else "其他定点医疗机构"
        raise AlreadyAdmitted(f"该人员自 {since} 起在{here}有住院登记，住院期间重叠", since=since)


def _check_charges(tx: Tx, visit: Visit, first: date, last: date | None) -> None:
    """Refuse days outside which the stay has charges."""
    row = tx.one(f"SELECT min(charged_on), max(charged_on) FROM fees {_WHERE}", visit.psn_no, visit.visit_id)
    assert row is not None, "an aggregate has a row"
    if row[0] is not None and row[0] < first.isoformat():
        raise InvalidInput(f"已有 {row[0]} 的费用明细，入院日期不能更晚", field="begntime")
    if row[1] is not None and last is not None and row[1] > last.isoformat():
        raise InvalidInput(f"已有 {row[1]} 的费用明细，出院日期不能更早", field="endtime")
