"""A stay from admission to settlement and back: an employee with 1,000.00 at the level-3 hospital of Panzhihua.

There the deductible of an employee is 700.00 for each admission and the fund pays 85% of the rest.
"""

from __future__ import annotations

import json

import pytest

from clinic import Clinic
from ward import Ward

BILL = "10000.00"
POOL = 7905.0  # (10000 - 700) x 85%


@pytest.fixture
def ward(world):
    return Ward(world)


@pytest.fixture
def any_ward(any_world):
    return Ward(any_world)


@pytest.fixture
def patient(ward):
    return employee(ward)


def employee(ward, own_fen=100_000):
    return ward.box.person(enrolled=True, account_fen=own_fen)


def accumulated(ward, person):
    found = ward.box.ask("GET", f"/people/{person['psn_no']}")["accumulators"]
    return {name.split(":", 3)[3]: fen for name, fen in found.items() if fen}


def held(ward, person):
    return ward.box.ask("GET", f"/people/{person['psn_no']}")["account_fen"]


def sums(reply):
    names = ("medfee_sumamt", "act_pay_dedc", "hifp_pay", "fund_pay_sumamt", "acct_pay", "psn_cash_pay", "balc")
    return [reply.setlinfo[name] for name in names]


def test_fund_then_own_account_then_cash_pay(any_ward):
    patient = employee(any_ward)
    stay = any_ward.stayed(patient, "4000.00", "6000.00")

    quoted = any_ward.quote(patient, stay, BILL)
    settled = any_ward.pay(patient, stay, BILL, exp_content=quoted.setlinfo["exp_content"])

    assert sums(quoted) == sums(settled) == [10000, 700, POOL, POOL, 1000, 1095, 0]
    assert (settled.setlinfo["med_type"], settled.setlinfo["clr_type"]) == ("2101", "21")
    assert accumulated(any_ward, patient) == {
        "2025:INPATIENT_DED": 70_000,
        "2025:INPATIENT_CAP": 790_500,
        "2025:INPATIENT_COUNT": 1,
    }


def test_a_reversal_restores_everything_and_frees_the_charges(any_ward):
    patient = employee(any_ward)
    stay = any_ward.stayed(patient, BILL)
    first, second = (any_ward.msgid() for _ in range(2))

    setl_id = any_ward.pay(patient, stay, BILL, first).setlinfo["setl_id"]
    told = any_ward.unpay(patient, stay, setl_id).setlinfo
    assert (told["medfee_sumamt"], told["hifp_pay"], told["balc"]) == (-10000, -POOL, 1000)
    assert (accumulated(any_ward, patient), held(any_ward, patient)) == ({}, 100_000)
    assert any_ward.unpay(patient, stay, setl_id).code == "ALREADY_REVERSED"
    assert any_ward.pay(patient, stay, BILL, first).code == "REVERSED"

    assert any_ward.pay(patient, stay, BILL, second).ok
    assert any_ward.repair(patient, second, "2304").ok
    assert (accumulated(any_ward, patient), held(any_ward, patient)) == ({}, 100_000)
    assert any_ward.undischarge(patient, stay).ok
    assert any_ward.uncharge(patient, stay).ok
    assert any_ward.unadmit(patient, stay).ok


def test_each_step_asks_for_the_one_before_and_is_taken_back_in_turn(ward, patient):
    stay = ward.admit(patient)
    assert ward.quote(patient, stay, "1.00").code == "NOT_FOUND"
    row = ward.row(patient, stay, BILL)
    assert ward.charge_rows([row]).ok

    assert ward.unadmit(patient, stay).code == "CONFLICT"
    assert ward.undischarge(patient, stay).code == "CONFLICT"
    assert ward.quote(patient, stay, "9999.00").code == "AMOUNT_MISMATCH"
    assert ward.quote(patient, stay, BILL).ok
    assert ward.pay(patient, stay, BILL).code == "NOT_DISCHARGED"
    assert ward.discharge(patient, stay).ok
    assert ward.discharge(patient, stay).code == "CONFLICT"
    setl_id = ward.pay(patient, stay, BILL).setlinfo["setl_id"]

    for refused in (
        ward.pay(patient, stay, BILL),
        ward.charge(patient, stay, "1.00"),
        ward.uncharge(patient, stay),
        ward.undischarge(patient, stay),
        ward.unadmit(patient, stay),
        ward.change(patient, stay),
        ward.discharge(patient, stay),
    ):
        assert refused.code == "STAY_CLOSED", refused.body
    assert ward.unpay(patient, stay, "1").code == "NOT_FOUND"
    assert ward.unpay(patient, stay, setl_id).ok
    assert ward.uncharge(patient, stay, row["feedetl_sn"]).ok
    assert ward.uncharge(patient, stay, row["feedetl_sn"]).code == "NOT_FOUND"


def test_nobody_lies_in_two_hospitals_or_is_settled_as_an_outpatient_meanwhile(ward, patient):
    clinic, other = Clinic(ward.box), Ward(ward.box, "H51040000002")
    before = clinic.register(patient).output["data"]["mdtrt_id"]
    stay = ward.admit(patient, begntime="2025-11-18 10:00:00")

    assert other.try_admit(patient).code == "ALREADY_ADMITTED"
    assert ward.charge(patient, stay, "100.00", fee_ocur_time="2025-11-18 11:00:00").ok
    assert ward.charge(patient, before, "5.00").code == "NOT_FOUND"  # a registration is no stay
    assert clinic.charge(patient, stay, "5.00").code == "NOT_FOUND"  # nor the other way round
    assert clinic.charge(patient, before, "5.00").ok
    assert clinic.settle(patient, before, "5.00").code == "IN_HOSPITAL"
    ward.box.ask("PUT", "/switches", {"outpatient_in_hospital": "allow"})
    assert clinic.settle(patient, before, "5.00").ok
    ward.box.ask("PUT", "/switches", {"outpatient_in_hospital": "refuse"})

    assert ward.discharge(patient, stay, endtime="2025-11-19 10:00:00").ok
    assert clinic.settle(patient, clinic.visit(patient, "5.00"), "5.00").ok
    assert other.try_admit(patient, begntime="2025-11-19 09:00:00").code == "ALREADY_ADMITTED"
    assert other.try_admit(patient, begntime="2025-11-19 10:00:00").ok
    assert ward.undischarge(patient, stay).code == "ALREADY_ADMITTED"


def test_charges_lie_within_the_days_of_the_stay(ward, patient):
    stay = ward.admit(patient, begntime="2025-11-10 10:00:00")
    early, late = "2025-11-09 23:59:59", "2025-11-21 00:00:00"

    for at in (early, late):
        assert ward.charge(patient, stay, "1.00", fee_ocur_time=at).code == "INVALID_INPUT"
    assert ward.charge(patient, stay, "1.00", fee_ocur_time="2025-11-12 00:00:00").ok
    assert ward.change(patient, stay, begntime="2025-11-13 00:00:00").code == "INVALID_INPUT"
    assert ward.change(patient, stay, begntime="2025-11-11 00:00:00").ok
    for at in ("2025-11-10 00:00:00", "2025-11-11 23:00:00", late):
        assert ward.discharge(patient, stay, endtime=at).code == "INVALID_INPUT"
    assert ward.discharge(patient, stay, endtime="2025-11-12 08:00:00").ok
    assert ward.charge(patient, stay, "1.00", fee_ocur_time="2025-11-13 00:00:00").code == "INVALID_INPUT"
    assert ward.try_admit(patient, begntime="2025-11-21 00:00:00").code == "INVALID_INPUT"
    assert ward.try_admit(patient, med_type="11").code == "INVALID_INPUT"


def test_returns_take_rows_back_and_no_more_than_that(ward, patient):
    stay = ward.admit(patient)
    row = ward.row(patient, stay, "100.00", cnt="10", pric="10.00")
    back = row | {"feedetl_sn": "r1", "init_feedetl_sn": row["feedetl_sn"], "cnt": "-4", "det_item_fee_sumamt": "-40"}

    assert ward.charge_rows([back]).code == "NOT_FOUND"
    assert ward.charge_rows([row, back]).output["result"][1]["det_item_fee_sumamt"] == -40
    rest = back | {"feedetl_sn": "r2", "cnt": "-6", "det_item_fee_sumamt": "-60"}
    for changed in (
        {"cnt": "-7", "det_item_fee_sumamt": "-70"},
        {"pric": "9.00", "det_item_fee_sumamt": "-54"},
        {"init_feedetl_sn": ""},
        {"init_feedetl_sn": "r1"},
        {"det_item_fee_sumamt": "-59"},
        {"cnt": "0", "det_item_fee_sumamt": "0"},
    ):
        assert not ward.charge_rows([rest | changed]).ok, changed
    assert ward.uncharge(patient, stay, row["feedetl_sn"]).code == "CONFLICT"
    assert ward.quote(patient, stay, "60.00").setlinfo["medfee_sumamt"] == 60
    assert ward.charge_rows([rest]).ok
    assert ward.uncharge(patient, stay, "r1").code == "CONFLICT"  # a later one was reckoned after it
    assert ward.quote(patient, stay, "0").code == "INVALID_INPUT"
    assert ward.uncharge(patient, stay, "r2").ok
    assert ward.discharge(patient, stay).ok
    settled = ward.pay(patient, stay, "60.00")
    assert settled.ok
    assert ward.unpay(patient, stay, settled.setlinfo["setl_id"]).ok


def test_interim_settlements_owe_the_deductible_once_and_are_reversed_from_the_newest(ward, patient):
    stay = ward.admit(patient, begntime="2025-11-10 10:00:00")
    parts = []
    for yuan in ("500.00", "1000.00"):
        assert ward.charge(patient, stay, yuan).ok
        parts.append(ward.pay(patient, stay, yuan, mid_setl_flag="1").setlinfo)
    assert ward.charge(patient, stay, "2000.00").ok
    assert ward.discharge(patient, stay).ok
    parts.append(ward.pay(patient, stay, "2000.00").setlinfo)

    assert [(part["act_pay_dedc"], part["hifp_pay"]) for part in parts] == [(500, 0), (200, 680), (0, 1700)]
    assert accumulated(ward, patient)["2025:INPATIENT_COUNT"] == 1
    assert ward.unpay(patient, stay, parts[0]["setl_id"]).code == "LATER_SETTLEMENT_EXISTS"
    for part in reversed(parts):
        assert ward.unpay(patient, stay, part["setl_id"]).ok
    assert accumulated(ward, patient) == {}
    assert ward.pay(patient, stay, "3500.00").setlinfo["act_pay_dedc"] == 700


def test_a_second_stay_of_a_resident_owes_half_the_deductible(ward):
    patient = ward.box.person(enrolled=True, capacity="resident")
    first = ward.stayed(patient, "1000.00")
    setl_id = ward.pay(patient, first, "1000.00").setlinfo["setl_id"]
    ward.now = "2025-11-20 10:00:01"
    ward.box.ask("POST", "/clock/advance", {"by": "PT1M"})
    second = ward.stayed(patient, "1000.00")

    assert ward.quote(patient, second, "1000.00").setlinfo["act_pay_dedc"] == 200
    assert ward.unpay(patient, first, setl_id).ok
    assert ward.pay(patient, second, "1000.00").setlinfo["act_pay_dedc"] == 400


def test_an_admission_is_repaired_by_its_number(ward, patient):
    message, lost = ward.admission(patient), ward.msgid()
    stay = ward.call("2401", message, lost).output["result"]["mdtrt_id"]
    assert ward.charge(patient, stay, "1.00").ok

    assert ward.repair(patient, lost, "2401").code == "CONFLICT"
    assert ward.uncharge(patient, stay).ok
    assert ward.repair(patient, lost, "2401").ok
    assert ward.call("2401", message, lost).code == "REVERSED"
    assert ward.repair(patient, lost, "2401").code == "ALREADY_REVERSED"
    assert ward.repair(patient, ward.msgid(), "2401").code == "NOT_FOUND_TOMBSTONED"
    assert ward.try_admit(patient).ok


def test_a_stay_over_new_year_is_settled_by_the_day_of_discharge(ward, patient):
    stay = ward.admit(patient)
    assert ward.charge(patient, stay, "5000.00").ok
    ward.box.ask("POST", "/clock/advance", {"by": "P2M"})
    ward.now = "2026-01-10 10:00:00"
    assert ward.charge(patient, stay, "5000.00").ok
    assert ward.discharge(patient, stay).ok

    setl_id = ward.pay(patient, stay, BILL).setlinfo["setl_id"]

    assert set(accumulated(ward, patient)) == {f"2026:INPATIENT_{bucket}" for bucket in ("DED", "CAP", "COUNT")}
    told = ward.box.ask("GET", f"/settlements/{setl_id}/explain")
    assert (told["setting"], told["on"], told["year"]) == ("inpatient", "2026-01-10", 2026)
    again = ward.box.ask("POST", f"/settlements/{setl_id}/what-if", {"level": "L1"})
    assert again["what_if"]["amounts"]["deductible_fen"] == 20_000
    ward.box.ask("POST", "/clock/advance", {"by": "P1Y"})
    assert ward.unpay(patient, stay, setl_id).ok
    assert accumulated(ward, patient) == {}


def test_a_stay_needs_beds_and_entitlement_and_its_own_credential(ward, patient):
    stranger = ward.box.person()
    stay = ward.stayed(stranger | {"insutype": "310"}, BILL)
    assert ward.pay(stranger | {"insutype": "310"}, stay, BILL).code == "NOT_ELIGIBLE"

    other = ward.box.person(enrolled=True)
    mine = ward.stayed(patient, BILL)
    assert ward.pay(patient, mine, BILL, mdtrt_cert_no=other["id_no"]).code == "NOT_FOUND"
    assert ward.pay(patient, mine, BILL, insutype="390").code == "NOT_ELIGIBLE"
    assert Ward(ward.box, "P51040000001").try_admit(patient).code == "INVALID_INPUT"
    assert ward.try_admit(patient | {"psn_no": other["psn_no"]}).code == "NOT_FOUND"


def test_a_stay_passes_with_the_habits_of_real_clients(ward, patient):
    """Numbers as numbers, empties as null, "" or "0", extra keys, input as text, both spellings of a name."""
    body = ward.admission(patient)
    facts = body["mdtrtinfo"] | {"medrcdno": None, "geso_val": "0", "fetts": "", "expContent": "{}", "his_extra": "x"}
    message = ward.envelope("2401", {}, "231228092744-H510-6162", enc_type="", serv_code=None, dev_safe_info="null")
    admitted = ward.send(
        message | {"input": json.dumps(body | {"mdtrtinfo": facts})}, headers={"Content-Type": "text/plain"}
    )
    stay = admitted.output["result"]["mdtrt_id"]
    row = ward.row(patient, stay, "100.00", feedetl_sn=4711, cnt=1, pric=100, det_item_fee_sumamt=100.0)
    empties = {"init_feedetl_sn": None, "drord_no": "", "hosp_appr_flag": "", "memo": None, "comb_no": "", "extra": []}
    assert ward.charge_rows([row | empties]).ok
    assert ward.discharge(patient, stay, die_date="", dscg_bed=None).ok

    for spelling in ("dscgTime", "dscg_time"):
        zeros = dict.fromkeys(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"), "0")
        more = {spelling: "2025-11-20", "invono": "", "acct_used_flag": "", "psn_type": None, "inscp_scp_amt": 100}
        assert ward.quote(patient, stay, "100", **zeros, **more).ok
    assert ward.quote(patient, stay, "100", mdtrt_cert_no="", certno=patient["id_no"]).ok  # need not be presented again
    assert ward.quote(patient, stay, "100", mdtrt_cert_no="", psn_name="别人").code == "NOT_FOUND"
    msgid = "{B2A7C5E4-1-2-3-4}"
    paid = ward.pay(patient, stay, 100, msgid, mdtrt_cert_no=patient["id_no"].lower(), invono=None)
    assert paid.setlinfo["medins_setl_id"] == msgid
    assert ward.pay(patient, stay, 100, msgid, mdtrt_cert_no=patient["id_no"].lower(), invono=None).replayed
    other = ward.box.person(enrolled=True)
    assert ward.pay(other, stay, 100, msgid).code == "MSGID_CONFLICT"
