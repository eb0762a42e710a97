"""5201 就诊信息查询."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, visits
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.people import Person
    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case, Values


_WARD: Final = (
    *("coner_name", "tel", "medrcdno", "atddr_no", "chfpdr_name", "adm_dept_codg", "adm_dept_name", "adm_bed"),
    *("dscg_maindiag_code", "dscg_maindiag_name", "oprn_oprt_code", "oprn_oprt_name", "fpsc_no", "matn_type"),
    *("birctrl_type", "latechb_flag", "geso_val", "fetts", "fetus_cnt", "pret_flag"),
)
_LEFT: Final = ("dscg_dept_codg", "dscg_dept_name", "dscg_bed", "dscg_way", "cop_flag")
_BOTH: Final = ("main_cond_dscr", "dise_codg", "dise_name")
_LYING, _GONE = "1", "0"  # inhosp_stas


def of_person(case: Case) -> Values:
    """List a person's visits, stays and sales at this institution, of one kind of treatment, within a time."""
    data = case.data
    person = known.person(case, data["psn_no"])
    between = known.span(data["begntime"], data["endtime"], case.tx.now)
    found = visits.visits_between(case.tx, person.psn_no, case.institution.code, *between)
    kind_on = known.psn_type(case, person.psn_no)
    told = [
        _told(case, person, visit) | {"psn_type": kind_on(visit.day)}
        for visit in found
        if visit.med_type == data["med_type"] and data["mdtrt_id"] in (None, visit.number)
    ]
    return {"mdtrtinfo": told}


def _told(case: Case, person: Person, visit: Visit) -> dict[str, Any]:
    facts = visit.uploaded
    told = known.about(person, visit.day) | {
        "mdtrt_id": visit.number,
        "insutype": visit.insutype,
        "cvlserv_flag": "0",
        "begntime": clock.from_us(visit.begin_us),
        "endtime": clock.from_us(visit.begin_us),
        "mdtrt_cert_type": visit.registered.get("mdtrt_cert_type") or "",
        "med_type": visit.med_type,
        "ipt_otp_no": visit.ipt_otp_no,
        **known.some(facts, _BOTH),
    }
    return told | (_of_stay(case, visit, facts) if visit.kind == visits.STAY else {})


def _of_stay(case: Case, visit: Visit, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a stay has besides; one that lasts has no end, so the end is that of the answer."""
    stay = visits.stay_of(case.tx, visit)
    ended = case.tx.now_us if stay.end_us is None else stay.end_us
    return {
        "endtime": clock.from_us(ended),
        "inhosp_stas": _LYING if stay.end_us is None else _GONE,
        "ipt_days": max(1, (clock.day_of(ended) - stay.admitted).days),
        **known.some(facts, _WARD),
        **known.some(stay.discharge or {}, (*_LEFT, *_BOTH[1:])),
    }


TRANSACTION: Final = query("5201", of_person)
