"""What an institution may ask: institutions, entitlement, and what the centre holds of a person."""

from __future__ import annotations

import pytest

from clinic import Clinic
from ward import Counter, Ward

PHARMACY = "P51040000001"
DAY = {"begntime": "2025-11-20 00:00:00", "endtime": "2025-11-20 23:59:59"}


@pytest.fixture
def ward(world):
    return Ward(world)


@pytest.fixture
def patient(ward):
    return ward.box.person(enrolled=True, account_fen=10_000)


def asked(clinic, infno, **data):
    return clinic.call(infno, {"data": data})


def told(clinic, infno, node, **data):
    output = asked(clinic, infno, **data).output
    return output if node is None else output[node]


def test_an_institution_is_found_by_code_or_name(ward):
    by_code = {"fixmedins_type": "1", "fixmedins_code": "H51040000004", "fixmedins_name": ""}
    found = ward.call("1201", {"medinsinfo": by_code}).output["medinsinfo"]

    assert (found["fixmedins_code"], found["hosp_lv"], found["fixmedins_type"]) == ("H51040000004", "2", "1")
    by_name = {"fixmedins_type": "1", "fixmedins_name": found["fixmedins_name"]}
    assert ward.call("1201", {"medinsinfo": by_name}).output["medinsinfo"] == found
    assert ward.call("1201", {"medinsinfo": by_code | {"fixmedins_type": "2"}}).code == "NOT_FOUND"
    assert ward.call("1201", {"medinsinfo": {"fixmedins_type": "1"}}).code == "INVALID_INPUT"


def test_entitlement_is_told_fund_by_fund(ward, patient):
    asks = {"psn_no": patient["psn_no"], "insutype": "310", "fixmedins_code": ward.institution, "begntime": ward.now}
    rows = told(ward, "2001", "trtinfo", **asks, med_type="11")

    assert [(row["fund_pay_type"], row["trt_enjymnt_flag"]) for row in rows] == [
        ("310100", "1"),
        ("330100", "1"),
        ("310200", "1"),
    ]
    assert asked(ward, "2001", **asks, med_type="9903").code == "INVALID_INPUT"
    stranger = ward.box.person()
    (pool, *_) = told(ward, "2001", "trtinfo", **asks | {"psn_no": stranger["psn_no"]}, med_type="2101")
    assert (pool["trt_enjymnt_flag"], pool["trt_chk_rslt"][:3]) == ("0", "未参保")
    ward.admit(patient)
    (pool, *_) = told(ward, "2001", "trtinfo", **asks, med_type="11")
    assert (pool["trt_enjymnt_flag"], "正在住院" in pool["trt_chk_rslt"]) == ("0", True)
    assert told(ward, "2001", "trtinfo", **asks, med_type="2101")[0]["trt_enjymnt_flag"] == "1"
    for changed in ({"fixmedins_code": PHARMACY}, {"insutype": "320"}, {"psn_no": "1"}):
        assert not asked(ward, "2001", **asks | {"med_type": "11"} | changed).ok, changed


def test_visits_diagnoses_settlement_and_rows_are_told_as_they_are(ward, patient):
    stay = ward.stayed(patient, "1000.00", "500.00")
    paid = ward.pay(patient, stay, "1500.00").setlinfo
    named = {"psn_no": patient["psn_no"], "mdtrt_id": stay}

    (visit,) = told(ward, "5201", "mdtrtinfo", psn_no=patient["psn_no"], **DAY, med_type="2101")
    assert (visit["mdtrt_id"], visit["inhosp_stas"], visit["ipt_days"], visit["dscg_way"]) == (stay, "0", 1, "1")
    assert told(ward, "5201", "mdtrtinfo", psn_no=patient["psn_no"], **DAY, med_type="11") == []
    found = told(ward, "5202", "diseinfo", **named)
    assert [(one["inout_diag_type"], one["maindiag_flag"], one["diag_code"]) for one in found] == [
        ("1", "1", "J18.900"),
        ("2", "1", "J18.900"),
    ]
    asks = named | {"setl_id": paid["setl_id"]}
    info = told(ward, "5203", "setlinfo", **asks)
    same = ("medfee_sumamt", "hifp_pay", "acct_pay", "act_pay_dedc", "clr_type", "med_type", "setl_time")
    assert {name: info[name] for name in same} == {name: paid[name] for name in same}
    assert (info["psn_pay"], info["cash_payamt"]) == (paid["psn_part_amt"], paid["psn_cash_pay"])
    assert (info["pay_loc"], info["year"], info["refd_setl_flag"]) == ("2", "2025", "0")
    assert [row["det_item_fee_sumamt"] for row in told(ward, "5204", None, **asks)] == [1000, 500]

    undone = ward.unpay(patient, stay, paid["setl_id"]).setlinfo
    back = told(ward, "5203", "setlinfo", **named, setl_id=undone["setl_id"])
    assert (back["medfee_sumamt"], back["refd_setl_flag"]) == (-1500, "1")
    assert told(ward, "5204", None, **asks) == []
    other = Ward(ward.box, "H51040000002")
    for infno in ("5203", "5204"):
        assert asked(other, infno, **asks).code == "NOT_FOUND"
    assert asked(ward, "5202", **named | {"mdtrt_id": "999999"}).code == "NOT_FOUND"


def test_who_lies_in_hospital_is_told_while_they_do(ward, patient):
    stay = ward.admit(patient)
    other = Ward(ward.box, "H51040000002")

    for clinic, who in ((ward, ""), (ward, patient["psn_no"]), (other, patient["psn_no"])):
        (found,) = told(clinic, "5303", None, psn_no=who, **DAY)
        assert (found["mdtrt_id"], found["certno"], found["begndate"]) == (stay, patient["id_no"], "2025-11-20")
    assert told(other, "5303", None, psn_no="", **DAY) == []
    (visit,) = told(ward, "5201", "mdtrtinfo", psn_no=patient["psn_no"], **DAY, med_type="2101")
    assert visit["inhosp_stas"] == "1"
    assert ward.discharge(patient, stay).ok
    assert told(ward, "5303", None, psn_no="", **DAY) == []
    swapped = {"begntime": DAY["endtime"], "endtime": DAY["begntime"]}
    assert asked(ward, "5303", psn_no="", **swapped).code == "INVALID_INPUT"


def test_what_was_used_up_is_told_as_of_a_month(ward, patient):
    ward.pay(patient, ward.stayed(patient, "1000.00"), "1000.00")
    Counter(ward.box, PHARMACY).sell(patient, "300.00")

    def held(**month):
        rows = told(ward, "5206", "cuminfo", psn_no=patient["psn_no"], **month)
        return {row["cum_type_code"]: row["cum"] for row in rows}

    used = {"ZY_QF": 700, "ZY_TC": 255, "ZY_CS": 1, "MZ_QF": 200, "MZ_TC": 50}
    assert held() == held(cum_ym="202511") == used
    assert held(cum_ym="202510") == {}
    assert asked(ward, "5206", psn_no=patient["psn_no"], cum_ym="202513").code == "INVALID_INPUT"


def test_what_is_on_file_is_told_until_it_is_cancelled(ward, patient):
    who = {"psn_no": patient["psn_no"]}
    body = {
        "insutype": "310",
        "opsp_dise_code": "M03900",
        "opsp_dise_name": "高血压",
        "insu_optins": "510400",
        "ide_fixmedins_no": ward.institution,
        "ide_fixmedins_name": "沙箱人民医院",
        "hosp_ide_date": "2025-11-01",
        "diag_dr_codg": "D001",
        "diag_dr_name": "测医生",
        "begndate": "2025-11-01",
    }
    assert ward.call("2503", {"data": who | body}).ok
    (found,) = told(ward, "5301", "feedetail", **who)
    assert (found["opsp_dise_code"], found["begndate"], found["enddate"]) == ("M03900", "2025-11-01", "2027-10-31")
    chosen = {"biz_appy_type": "03", "begndate": "2025-11-01", "fix_srt_no": "1"}
    named = {"fixmedins_code": ward.institution, "fixmedins_name": "沙箱人民医院"}
    filed = ward.call("2505", {"data": who | chosen | named}).output["result"]["trt_dcla_detl_sn"]
    (found,) = told(ward, "5302", "psnfixmedin", **who, biz_appy_type="03")
    assert (found["fixmedins_code"], found["fix_srt_no"]) == (ward.institution, "1")
    assert told(ward, "5302", "psnfixmedin", **who, biz_appy_type="01") == []
    assert ward.call("2506", {"data": who | {"trt_dcla_detl_sn": filed, "memo": "错"}}).ok
    assert told(ward, "5302", "psnfixmedin", **who, biz_appy_type="03") == []
    clinic = Clinic(ward.box)
    visit = clinic.register(patient).output["data"]["mdtrt_id"]
    assert clinic.describe(patient, visit, med_type="14", dise_codg="M03900", dise_name="高血压").ok
    assert clinic.charge(patient, visit, "100.00").ok
    paid = clinic.settle(patient, visit, "100.00", med_type="14")
    assert paid.ok, paid.body
    (row,) = told(ward, "5205", "feedetail", **who, **DAY)
    assert (row["fixmedins_code"], row["med_type"], row["cnt"]) == (ward.institution, "14", 1)
    transfer = {
        "diag_code": "J18.900",
        "diag_name": "肺炎",
        "reflin_medins_no": "H51170000001",
        "reflin_medins_name": "达州沙箱人民医院",
        "mdtrtarea_admdvs": "511700",
        "refl_type": "2",
        "refl_date": "2025-11-20",
        "refl_rea": "病情需要",
        "refl_opnn": "同意",
        "begndate": "2025-11-20",
    }
    assert ward.call("2501", {"refmedin": who | transfer}).ok
    (found,) = told(ward, "5304", None, **who, **DAY)
    assert (found["reflin_medins_no"], found["out_flag"]) == ("H51170000001", "1")
