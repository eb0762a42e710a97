"""2501 to 2506: what a hospital files for its patients, and takes back."""

from __future__ import annotations

import pytest

from clinic import Clinic

TRANSFER = {
    "diag_code": "I25.103",
    "diag_name": "冠心病",
    "reflin_medins_no": "H51170000001",
    "reflin_medins_name": "达州沙箱人民医院",
    "mdtrtarea_admdvs": "511702",
    "refl_type": "2",
    "refl_date": "2025-11-20",
    "refl_rea": "无手术条件",
    "refl_opnn": "同意",
}
RECOGNITION = {
    "insutype": "310",
    "opsp_dise_code": "M03900",
    "opsp_dise_name": "高血压",
    "insu_optins": "510400",
    "ide_fixmedins_no": "H51040000001",
    "ide_fixmedins_name": "攀枝花沙箱人民医院",
    "hosp_ide_date": "2025-11-20",
    "diag_dr_codg": "D001",
    "diag_dr_name": "测医生",
    "begndate": "2025-11-20",
}
DESIGNATION = {
    "biz_appy_type": "01",
    "begndate": "2025-11-20",
    "fix_srt_no": "1",
    "fixmedins_code": "H51040000002",
    "fixmedins_name": "攀枝花沙箱第二医院",
}
KINDS = {"2501": ("refmedin", TRANSFER), "2503": ("data", RECOGNITION), "2505": ("data", DESIGNATION)}
CANCELS = {"2501": "2502", "2503": "2504", "2505": "2506"}


def file(clinic, infno, person, msgid=None, **changes):
    node, body = KINDS[infno]
    return clinic.call(infno, {node: body | {"psn_no": person["psn_no"]} | changes}, msgid)


def take_back(clinic, infno, person, number, **changes):
    asked = {"trt_dcla_detl_sn": number, "psn_no": person["psn_no"], "memo": "填错"}
    return clinic.call(CANCELS[infno], {"data": asked | changes})


@pytest.mark.parametrize("infno", sorted(KINDS))
def test_what_is_filed_is_answered_again_refused_twice_and_taken_back_once(any_clinic, infno):
    clinic = any_clinic
    person, msgid = clinic.box.person(enrolled=True), clinic.msgid()

    made = file(clinic, infno, person, msgid)
    number = made.output["result"]["trt_dcla_detl_sn"]

    again = file(clinic, infno, person, msgid)
    assert (again.replayed, again.body) == (True, made.body)
    assert file(clinic, infno, person).code == "DUPLICATE_APPLICATION"
    assert take_back(clinic, infno, person, number).ok
    assert take_back(clinic, infno, person, number).code == "CONFLICT"
    assert file(clinic, infno, person).ok


@pytest.mark.parametrize("infno", sorted(KINDS))
def test_what_another_hospital_or_person_filed_looks_like_what_does_not_exist(clinic, infno):
    person, other = clinic.box.person(enrolled=True), clinic.box.person(enrolled=True)
    number = file(clinic, infno, person).output["result"]["trt_dcla_detl_sn"]
    elsewhere = Clinic(clinic.box, "H51040000002")

    refused = [
        take_back(elsewhere, infno, person, number),
        take_back(clinic, infno, other, number),
        take_back(clinic, infno, person, str(int(number) + 1000)),
        take_back(clinic, infno, person, "abc"),
    ]

    assert {(one.code, one.body["err_msg"]) for one in refused} == {("NOT_FOUND", "备案不存在")}


@pytest.mark.parametrize("infno", sorted(KINDS))
def test_only_who_is_insured_is_filed_for(clinic, infno):
    stranger = {"psn_no": "51040000000000009999"}

    assert file(clinic, infno, clinic.box.person()).code == "NOT_ELIGIBLE"
    assert file(clinic, infno, stranger).code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("infno", "change", "field"),
    [
        ("2501", {"reflin_medins_no": "H99999999999"}, "定点医药机构不存在"),
        ("2501", {"reflin_medins_no": "H51040000001"}, "不能是本院"),
        ("2501", {"mdtrtarea_admdvs": "310000"}, "就医地行政区划与"),
        ("2501", {"mdtrtarea_admdvs": "999999"}, "统筹区"),
        ("2501", {"refl_type": "3"}, "应为 2"),
        ("2501", {"insutype": "390"}, "险种类型"),
        ("2501", {"insu_optins": "511700"}, "参保机构医保区划"),
        ("2501", {"refl_date": "9999-12-31"}, "开始日期"),
        ("2501", {"begndate": "2025-11-20", "enddate": "2025-11-19"}, "结束日期"),
        ("2503", {"opsp_dise_code": "M99999"}, "病种目录代码"),
        ("2503", {"ide_fixmedins_no": "P51040000001"}, "鉴定机构"),
        ("2503", {"hosp_ide_date": "2025-11-21"}, "鉴定日期"),
        ("2503", {"insutype": "390"}, "险种类型"),
        ("2503", {"begndate": "2020-01-01"}, "开始日期"),
        ("2505", {"fixmedins_code": "H51040009999"}, "定点医药机构不存在"),
        ("2505", {"fix_srt_no": "x"}, "定点排序号"),
        ("2505", {"biz_appy_type": "77"}, "biz_appy_type"),
    ],
)
def test_what_does_not_agree_is_refused_and_nothing_is_filed(clinic, infno, change, field):
    person, msgid = clinic.box.person(enrolled=True), clinic.msgid()

    reply = file(clinic, infno, person, msgid, **change)

    assert (reply.code, field in reply.body["err_msg"]) == ("INVALID_INPUT", True), reply.body
    assert file(clinic, infno, person, msgid).ok  # neither the person nor the msgid is spent


def test_a_hospital_that_does_not_agree_transfers_nobody(clinic):
    reply = file(clinic, "2501", clinic.box.person(enrolled=True), hosp_agre_refl_flag="0")

    assert (reply.code, "未同意" in reply.body["err_msg"]) == ("CONFLICT", True)
