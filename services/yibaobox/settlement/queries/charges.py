"""5204 费用明细查询, 5205 人员慢特病用药记录查询."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import catalogue, visits
from yibaobox.domain.errors import NotFound
from yibaobox.domain.people import institutions
from yibaobox.settlement import charged
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from yibaobox.domain.visits import Charged
    from yibaobox.settlement.case import Case, Listed, Values


_SAID: Final = (
    *("sin_dos_dscr", "used_frqu_dscr", "medc_way_dscr", "bilg_dept_codg", "bilg_dept_name"),
    *("bilg_dr_codg", "bilg_dr_name", "acord_dept_codg", "acord_dept_name", "orders_dr_code", "orders_dr_name"),
)
_FLAGS: Final = (
    *("hosp_appr_flag", "tcmdrug_used_way", "etip_flag", "etip_hosp_code", "dscg_tkdrug_flag", "matn_fee_flag"),
)
_FOR_DISEASES: Final = ("14", "9901")  # med_type 门诊慢特病, 门诊两病
_MEDICINES: Final = ("101", "102")  # list_type 西药中成药, 中药饮片


def charges(case: Case) -> Listed:
    """List the rows that a settlement of this institution holds; one that was reversed holds none."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    visit = visits.asked_for(tx, person.psn_no, data["mdtrt_id"], case.institution.code)
    made, _ = visits.shown(tx, data["setl_id"])
    if made.psn_no != visit.psn_no or made.visit_id != visit.visit_id:
        raise NotFound("结算记录不存在")
    named = {"mdtrt_id": visit.number, "setl_id": made.number}
    rows = visits.charged_in(tx, person.psn_no, made.setl_id)
    return [_valued(each) | named for each in rows]


def medicines(case: Case) -> Values:
    """List the medicines that a person had for recognised diseases, at whatever institution."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    first, last = data["begntime"].date(), (data["endtime"] or tx.now).date()
    rows = visits.charged_for(tx, person.psn_no, _FOR_DISEASES, first, last)
    taken = [each for each in rows if catalogue.find(each.fee.item).list_type in _MEDICINES]
    return {"feedetail": [_medicine(case, each) for each in taken]}


def _row(each: Charged) -> dict[str, Any]:
    """Return what both tables have: what was charged, and what the institution said of it."""
    fee, facts, item = each.fee, each.facts, catalogue.find(each.fee.item)
    return {
        **known.some(facts, _FLAGS),
        **charged.listed(fee, item),
        "rx_drord_no": facts.get("rxno") or facts.get("drord_no") or "",
        "med_type": each.med_type,
        "fee_ocur_time": known.moment(facts, "fee_ocur_time"),
        "hilist_code": item.code,
        "hilist_name": item.name,
        "list_type": item.list_type,
        "med_list_codg": item.code,
        "medins_list_codg": facts["medins_list_codg"],
        "medins_list_name": item.name,
        "spec": item.spec,
        "dosform_name": "",
    }


def _valued(each: Charged) -> dict[str, Any]:
    return _row(each) | charged.valued(each.fee, catalogue.find(each.fee.item)) | known.some(each.facts, _SAID)


def _medicine(case: Case, each: Charged) -> dict[str, Any]:
    where = institutions.get(case.tx, each.institution)
    named = {"psn_no": each.fee.psn_no, "fixmedins_code": where.code, "fixmedins_name": where.name}
    return _row(each) | named


CHARGES: Final = query("5204", charges)
MEDICINES: Final = query("5205", medicines)
