"""Look visits, diagnoses and charged rows up, for those who ask about a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.visits.fees import JOINED, NAMES, Fee
from yibaobox.domain.visits.visits import OF_PERSON, READ_FROM, Visit, visit_of

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

_STANDS: Final = "NOT EXISTS (SELECT 1 FROM setl_reversals r WHERE r.psn_no = s.psn_no AND r.setl_id = s.setl_id)"
_MAX: Final = 1000  # rows of one answer


@dataclass(frozen=True, slots=True)
class Charged:
    """A settled row with the whole of what the institution said of it."""

    fee: Fee
    facts: Mapping[str, Any]
    institution: str
    med_type: str


def visits_between(tx: Tx, psn_no: str, institution: str, begin_us: int, end_us: int) -> list[Visit]:
    """Return a person's visits, stays and sales at an institution that began within a time, the oldest first."""
    rows = tx.query(
        f"{OF_PERSON} AND v.institution = ? AND v.state = 'OPEN'"
        f" AND v.begin_us BETWEEN ? AND ? ORDER BY v.visit_id LIMIT {_MAX}",
        *(psn_no, institution, begin_us, end_us),
    )
    return [visit_of(row) for row in rows]


def lying_between(tx: Tx, begin_us: int, end_us: int, *, psn_no: str | None, institution: str | None) -> list[Visit]:
    """Return stays that last and began within a time, of a person or at an institution, the oldest first."""
    where, given = ("v.psn_no = ?", psn_no) if psn_no is not None else ("v.institution = ?", institution)
    rows = tx.query(
        f"{READ_FROM} JOIN stays k ON k.psn_no = v.psn_no AND k.visit_id = v.visit_id WHERE {where}"
        " AND k.state = 'IN' AND k.closed_by IS NULL AND k.begin_us BETWEEN ? AND ?"
        f" ORDER BY v.visit_id LIMIT {_MAX}",
        *(given, begin_us, end_us),
    )
    return [visit_of(row) for row in rows]


def diagnoses_of(tx: Tx, visit: Visit) -> list[Mapping[str, Any]]:
    """Return the diagnoses with which a visit was described, in their order."""
    where = "WHERE psn_no = ? AND visit_id = ? ORDER BY line"
    return [
        json.loads(row[0]) for row in tx.query(f"SELECT detail FROM diagnoses {where}", visit.psn_no, visit.visit_id)
    ]


def charged_in(tx: Tx, psn_no: str, setl_id: int) -> list[Charged]:
    """Return the rows that a settlement holds, in their order."""
    return _charged(tx, "s.psn_no = ? AND s.setl_id = ? ORDER BY f.place", psn_no, setl_id)


def charged_for(tx: Tx, psn_no: str, med_types: tuple[str, ...], first: date, last: date) -> list[Charged]:
    """Return the settled rows of some kinds of treatment that a person has anywhere, by day of the visit."""
    marks = ", ".join("?" * len(med_types))
    return _charged(
        tx,
        f"s.psn_no = ? AND s.med_type IN ({marks}) AND {_STANDS} AND s.rule_day BETWEEN ? AND ?"
        f" ORDER BY s.setl_id, f.place LIMIT {_MAX}",
        *(psn_no, *med_types, first.isoformat(), last.isoformat()),
    )


def _charged(tx: Tx, where: str, *given: object) -> list[Charged]:
    rows = tx.query(
        f"SELECT {NAMES}, f.detail, s.institution, s.med_type"
        " FROM settlements s CROSS JOIN fees f CROSS JOIN fee_uploads u"
        f" WHERE f.psn_no = s.psn_no AND f.visit_id = s.visit_id AND {JOINED} AND u.setl_id = s.setl_id AND {where}",
        *given,
    )
    return [Charged(Fee(*row[:-3]), json.loads(row[-3]), row[-2], row[-1]) for row in rows]
