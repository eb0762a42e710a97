"""5204 费用明细查询, 5205 人员慢特病用药记录查询."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import catalogue, visits
from yibaobox.domain.errors import NotFound
from yibaobox.domain.money import PPM
from yibaobox.domain.people import institutions
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from yibaobox.domain.visits import Charged, Fee
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
    return [_row(each) | _valued(each.fee) | known.some(each.facts, _SAID) | named for each in rows]


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
    return known.some(facts, _FLAGS) | {
        "feedetl_sn": fee.feedetl_sn,
        "rx_drord_no": facts.get("rxno") or facts.get("drord_no") or "",
        "med_type": each.med_type,
        "fee_ocur_time": known.moment(facts, "fee_ocur_time"),
        "cnt": fee.count_e4,
        "pric": fee.price_e6,
        "chrgitm_lv": item.class_code,
        "hilist_code": item.code,
        "hilist_name": item.name,
        "list_type": item.list_type,
        "med_list_codg": item.code,
        "medins_list_codg": facts["medins_list_codg"],
        "medins_list_name": item.name,
        "med_chrgitm_type": item.charge_type,
        "spec": item.spec,
        "dosform_name": "",
        "lmt_used_flag": "1" if item.restricted else "0",
        "bas_medn_flag": "1" if item.basic else "0",
        "hi_nego_drug_flag": "1" if item.negotiated else "0",
        "chld_medc_flag": "1" if item.child else "0",
        "list_sp_item_flag": "0",
    }


def _valued(fee: Fee) -> dict[str, Any]:
    return {
        "det_item_fee_sumamt": fee.amount_fen,
        "pric_uplmt_amt": catalogue.find(fee.item).ceiling_price or 0,
        "selfpay_prop": PPM if fee.grade == "C" else fee.first_pay_ppm,
        "fulamt_ownpay_amt": fee.out_fen,
        "overlmt_amt": fee.over_fen,
        "preselfpay_amt": fee.first_pay_fen,
        "inscp_scp_amt": fee.eligible_fen,
        "drt_reim_flag": "0",
    }


def _medicine(case: Case, each: Charged) -> dict[str, Any]:
    where = institutions.get(case.tx, each.institution)
    named = {"psn_no": each.fee.psn_no, "fixmedins_code": where.code, "fixmedins_name": where.name}
    return _row(each) | named


CHARGES: Final = query("5204", charges)
MEDICINES: Final = query("5205", medicines)
