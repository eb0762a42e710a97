"""5202 诊断信息查询."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import visits
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case, Values


_AT_FIRST, _AT_LAST = "1", "2"  # inout_diag_type
_NAMES: Final = ("diag_type", "diag_code", "diag_name", "diag_dept", "dise_dor_no", "dise_dor_name", "adm_cond")


def diagnoses(case: Case) -> Values:
    """List the diagnoses of a visit or stay of this institution: those it began with, then those it ended with."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    visit = visits.asked_for(tx, person.psn_no, data["mdtrt_id"], case.institution.code)
    ended = (visits.stay_of(tx, visit).discharge or {}).get("diseinfo", ()) if visit.kind == visits.STAY else ()
    rows = [*((_AT_FIRST, each) for each in visits.diagnoses_of(tx, visit)), *((_AT_LAST, each) for each in ended)]
    return {"diseinfo": [_told(visit, place, *row) for place, row in enumerate(rows, 1)]}


def _told(visit: Visit, place: int, when: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    number = int(facts["diag_srt_no"])
    return known.some(facts, _NAMES) | {
        "diag_info_id": f"{visit.number}{place:03d}",
        "mdtrt_id": visit.number,
        "psn_no": visit.psn_no,
        "inout_diag_type": when,
        "maindiag_flag": facts.get("maindiag_flag") or ("1" if number == 1 else "0"),
        "diag_srt_no": number,
        "diag_time": known.moment(facts, "diag_time"),
    }


TRANSACTION: Final = query("5202", diagnoses)
