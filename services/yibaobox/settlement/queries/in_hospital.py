"""5303 在院信息查询."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import people, visits
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case, Listed


def in_hospital(case: Case) -> Listed:
    """List the stays that began within a time and last: a person's, in whatever hospital, or all of this one."""
    data, tx = case.data, case.tx
    named = data["psn_no"] and known.person(case, data["psn_no"]).psn_no
    between = known.span(data["begntime"], data["endtime"], tx.now)
    here = None if named else case.institution.code
    return [_told(case, visit) for visit in visits.lying_between(tx, *between, psn_no=named or None, institution=here)]


def _told(case: Case, visit: Visit) -> dict[str, Any]:
    return known.about(people.get(case.tx, visit.psn_no), case.tx.today) | {
        "mdtrt_id": visit.number,
        "insutype": visit.insutype,
        "begndate": visit.day,
        "med_type": visit.med_type,
        "ipt_otp_no": visit.ipt_otp_no,
        "out_flag": "0" if visit.psn_no.startswith(case.institution.region) else "1",
    }


TRANSACTION: Final = query("5303", in_hospital)
