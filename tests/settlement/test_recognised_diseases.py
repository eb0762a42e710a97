"""门诊慢特病 and 两病: own deductible, ratio and caps for each disease, no benefit twice; medical aid pays last."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import Clinic

BILL = "865.45"


def recognise(clinic, person, code="M03900", name="高血压", **changes: Any):
    node = {"psn_no": person["psn_no"], "insutype": "310", "opsp_dise_code": code, "opsp_dise_name": name}
    node |= {"insu_optins": "510400", "ide_fixmedins_no": clinic.institution, "ide_fixmedins_name": "人民医院"}
    node |= {"hosp_ide_date": "2025-11-20", "diag_dr_codg": "D1", "diag_dr_name": "测医生", "begndate": "2025-11-20"}
    reply = clinic.call("2503", {"data": node | changes})
    return reply.output["result"]["trt_dcla_detl_sn"]


def visit(clinic, person, yuan, code="M03900", med_type="14", batch="B1"):
    number = clinic.register(person).output["data"]["mdtrt_id"]
    assert clinic.describe(person, number, med_type=med_type, dise_codg=code, dise_name="病种").ok
    assert clinic.charge(person, number, yuan, chrg_bchno=batch).ok
    return number


def settle(clinic, person, yuan, code="M03900", med_type="14"):
    return clinic.settle(person, visit(clinic, person, yuan, code, med_type), yuan, med_type=med_type)


def test_a_recognised_disease_is_settled_by_its_own_table(any_clinic):
    person = any_clinic.box.person(enrolled=True)
    number = recognise(any_clinic, person)

    told = settle(any_clinic, person, BILL).setlinfo

    assert (told["act_pay_dedc"], told["hifp_pay"], told["clr_type"]) == (200, 532.36, "14")  # 665.45 × 80 %
    explained = any_clinic.box.ask("GET", f"/settlements/{told['setl_id']}/explain")
    assert explained["setting"] == "chronic"
    assert [one["filing_id"] for one in explained["filings"]] == [number]


def test_each_disease_has_a_cap_of_its_own_and_ordinary_visits_have_theirs(clinic):
    person = clinic.box.person(enrolled=True)
    recognise(clinic, person)
    recognise(clinic, person, "M01600", "糖尿病")

    paid = [
        settle(clinic, person, yuan, code).setlinfo["hifp_pay"]
        for yuan, code in ((BILL, "M03900"), ("5000.00", "M03900"), ("100.00", "M03900"), ("100.00", "M01600"))
    ]
    ordinary = clinic.settle(person, clinic.visit(person, BILL), BILL).setlinfo

    assert paid == [532.36, 1467.64, 0, 80]  # 2,000.00 a year for each; the deductible is owed once for all
    assert (ordinary["act_pay_dedc"], ordinary["hifp_pay"]) == (200, 332.73)


def test_a_reversal_gives_the_disease_its_cap_back(clinic):
    person = clinic.box.person(enrolled=True)
    recognise(clinic, person)
    number = visit(clinic, person, "9000.00")
    made = clinic.settle(person, number, "9000.00", med_type="14").setlinfo
    assert clinic.reverse(person, number, made["setl_id"]).ok

    assert settle(clinic, person, BILL).setlinfo["hifp_pay"] == 532.36


@pytest.mark.parametrize(
    ("filed", "named", "standing", "said"),
    [
        ({}, "M01600", "NOT_RECOGNISED", "没有 糖尿病 的门诊慢特病资格"),
        ({"begndate": "2025-11-01", "enddate": "2025-11-19"}, "M03900", "RECOGNITION_ENDED", "已于 2025-11-19 到期"),
        ({"begndate": "2025-11-21"}, "M03900", "NOT_RECOGNISED", "没有 高血压"),
    ],
)
def test_what_is_not_recognised_on_the_day_is_refused_with_its_reason(clinic, filed, named, standing, said):
    person = clinic.box.person(enrolled=True)
    recognise(clinic, person, **filed)

    reply = settle(clinic, person, BILL, named)

    assert (reply.code, said in reply.body["err_msg"]) == ("NOT_ELIGIBLE", True), reply.body
    why = clinic.box.ask("GET", f"/refusals/{reply.raw.headers['X-Sandbox-Trace']}/explain")["why_not"]
    assert [one["code"] for one in why] == [standing]
    assert clinic.settle(person, clinic.visit(person, BILL), BILL).ok  # as an ordinary visit it is settled


@pytest.mark.parametrize(("code", "said"), [("", "须有病种编码"), ("M99999", "没有病种编码")])
def test_a_chronic_visit_names_a_disease_that_is_known(clinic, code, said):
    person = clinic.box.person(enrolled=True)
    reply = settle(clinic, person, BILL, code)

    assert (reply.code, said in reply.body["err_msg"]) == ("INVALID_INPUT", True)


def test_the_institutions_that_were_chosen_settle_it_and_no_others(clinic):
    person = clinic.box.person(enrolled=True)
    recognise(clinic, person)
    chosen = {"psn_no": person["psn_no"], "biz_appy_type": "01", "begndate": "2025-11-20", "fix_srt_no": "1"}
    other = "H51040000002"
    assert clinic.call("2505", {"data": chosen | {"fixmedins_code": other, "fixmedins_name": "第二医院"}}).ok

    here, there = settle(clinic, person, BILL), settle(Clinic(clinic.box, other), person, BILL)

    assert (here.code, other in here.body["err_msg"]) == ("NOT_ELIGIBLE", True)
    assert there.setlinfo["hifp_pay"] == 532.36


def test_two_diseases_are_paid_to_whom_they_are_not_recognised_and_not_twice(clinic):
    plain, recognised = clinic.box.person(enrolled=True), clinic.box.person(enrolled=True)
    recognise(clinic, recognised)

    paid = settle(clinic, plain, "100.00", med_type="9901").setlinfo
    twice = settle(clinic, recognised, "100.00", med_type="9901")
    other = settle(clinic, recognised, "100.00", "M01600", med_type="9901").setlinfo
    neither = settle(clinic, plain, "100.00", "M07801", med_type="9901")

    assert (paid["hifp_pay"], paid["clr_type"], other["hifp_pay"]) == (50, "15", 50)
    assert (twice.code, "不再重复享受" in twice.body["err_msg"]) == ("NOT_ELIGIBLE", True)
    assert (neither.code, "不属于门诊两病" in neither.body["err_msg"]) == ("INVALID_INPUT", True)


def test_medical_aid_pays_last_to_whom_it_is_due(any_clinic):
    box = any_clinic.box
    aided, other = (
        box.person(capacity=capacity, enrolled=True, paid_year=[2025]) | {"insutype": "390"}
        for capacity in ("assisted", "resident")
    )
    number = any_clinic.visit(aided, "100.00")
    quote = any_clinic.presettle(aided, number, "100.00").setlinfo

    reply = any_clinic.settle(aided, number, "100.00", exp_content=quote["exp_content"])
    told = reply.setlinfo

    left = round(100 - told["hifp_pay"] - told["hifmi_pay"], 2)
    assert told["maf_pay"] == round(left * 0.7, 2) > 0
    assert told["fund_pay_sumamt"] == round(told["hifp_pay"] + told["hifmi_pay"] + told["maf_pay"], 2)
    assert [row["fund_payamt"] for row in reply.output["setldetail"] if row["fund_pay_type"] == "610100"] == [
        told["maf_pay"]
    ]
    assert any_clinic.settle(other, any_clinic.visit(other, "100.00"), "100.00").setlinfo["maf_pay"] == 0
    undone = any_clinic.reverse(aided, number, told["setl_id"]).setlinfo
    assert undone["maf_pay"] == -told["maf_pay"]


def test_the_magic_persons_are_as_they_are_said_to_be(clinic):
    wanted = {"regions": ["510400"], "at": "2025-11-20T10:00:00+08:00"}
    town = clinic.box.elsewhere(clinic.box.ask("POST", "/worlds", wanted)["name"])
    clinic = Clinic(town)
    found = {one["state"]: one["psn_no"] for one in town.ask("GET", "/people/magic")["items"] if one["psn_no"]}
    valid, expired, blocked = (
        town.ask("GET", f"/people/{found[state]}")
        for state in ("chronic_valid", "chronic_expired_yesterday", "blocked")
    )

    assert settle(clinic, valid, BILL).setlinfo["hifp_pay"] == 565.63  # a retiree: 665.45 × 85 %
    assert "到期" in settle(clinic, expired, BILL).body["err_msg"]
    refused = clinic.settle(blocked, clinic.visit(blocked, BILL), BILL)
    assert (refused.code, "暂停其联网结算" in refused.body["err_msg"]) == ("BLOCKED", True)
    assert clinic.query(blocked).ok


@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("UPDATE filings SET until_day = '2025-11-19', from_day = '2025-11-01'", {"D2"}),
        ("DELETE FROM filings", {"D2"}),
        ("{rest} twice", {"D1"}),
    ],
)
def test_the_audit_finds_what_was_settled_without_a_filing(app, clinic, change, rules):
    person = clinic.box.person(enrolled=True)
    recognise(clinic, person)
    assert settle(clinic, person, BILL).ok
    rest = "kind, type, region, destination, institutions, from_day, until_day, source, detail, filed_us, cancelled_us"
    with app.worlds.get(clinic.box.world).write() as tx:
        for (name,) in tx.query("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'filings'"):
            tx.run(f"DROP TRIGGER {name}")
        tx.run("DELETE FROM filings WHERE psn_no <> ?", person["psn_no"])
        named = f"INSERT INTO filings (psn_no, filing_id, {rest}) SELECT psn_no, filing_id + 1, {rest} FROM filings"
        tx.run(named if "{rest}" in change else change)

    found = {one["rule"] for one in clinic.box.violations()}

    assert found == rules
