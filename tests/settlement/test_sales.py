"""Sales over the counter: an employee with 100.00 at the pharmacy of Panzhihua, which counts as a level-3 hospital."""

from __future__ import annotations

import pytest

from clinic import HOSPITAL, Clinic
from ward import Counter, Ward
from yibaobox.cli.stories import hospital

PHARMACY, SCHOOL = "P51040000001", "H51040000007"
BILL = "865.45"  # (865.45 - 200) x 50% from the fund


@pytest.fixture
def counter(world):
    return Counter(world, PHARMACY)


@pytest.fixture
def patient(counter):
    return counter.box.person(enrolled=True, account_fen=10_000)


def held(box, person):
    found = box.ask("GET", f"/people/{person['psn_no']}")
    return found["account_fen"], {name: fen for name, fen in found["accumulators"].items() if fen}


def code_of(box, person):
    asked = {"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True}
    begun = box.post("/ec/v1/activations", asked).json()["activation"]
    token = box.post(f"/ec/v1/activations/{begun}/face").json()["token"]
    return box.post("/ec/v1/codes", headers={"Authorization": f"Bearer {token}"}).json()["code"]


def test_a_sale_is_quoted_settled_and_taken_back_whole(any_world):
    counter = Counter(any_world, PHARMACY)
    patient = any_world.person(enrolled=True, account_fen=10_000)
    rows, before = counter.packs("800.00", "65.45"), held(any_world, patient)

    quoted = counter.ask_price(patient, BILL, rows=rows)
    sold = counter.sell(patient, BILL, rows=rows, exp_content=quoted.setlinfo["exp_content"])

    names = ("medfee_sumamt", "hifp_pay", "acct_pay", "psn_cash_pay", "med_type", "clr_type", "balc")
    assert [sold.setlinfo[name] for name in names] == [865.45, 332.73, 100, 432.72, "41", "41", 0]
    assert [quoted.setlinfo[name] for name in names] == [sold.setlinfo[name] for name in names]
    assert [row["inscp_scp_amt"] for row in sold.output["detlcutinfo"]] == [800, 65.45]
    undone = counter.take_back(patient, sold.setlinfo)
    assert (undone.setlinfo["medfee_sumamt"], undone.setlinfo["balc"]) == (-865.45, 100)
    assert held(any_world, patient) == before
    assert counter.take_back(patient, sold.setlinfo).code == "ALREADY_REVERSED"


def test_a_code_is_scanned_and_pays(counter, patient):
    shown = {"mdtrt_cert_type": "01", "mdtrt_cert_no": code_of(counter.box, patient)}
    told = counter.query(patient, **shown).output

    assert told["baseinfo"]["psn_no"] == patient["psn_no"]
    assert counter.sell(patient, "10.00", **shown).ok
    assert counter.sell(patient, "10.00", mdtrt_cert_type="01", mdtrt_cert_no="1" * 28).code == "NOT_FOUND"
    other = counter.box.person(enrolled=True)
    assert counter.sell(other, "10.00", **shown).code == "NOT_FOUND"


def test_a_lost_sale_is_answered_again_or_repaired(counter, patient):
    msgid = counter.msgid()
    message = counter.envelope("2102", counter.sale(patient, BILL), msgid)
    first = counter.send(message)

    assert counter.send(message).raw.content == first.raw.content
    assert counter.send(message | {"input": counter.sale(patient, "1.00")}).code == "MSGID_CONFLICT"
    assert counter.repair(patient, msgid, "2102").ok
    assert counter.send(message).code == "REVERSED"
    assert counter.take_back(patient, first.setlinfo).code == "ALREADY_REVERSED"
    assert held(counter.box, patient)[0] == 10_000
    late = counter.msgid()
    assert counter.repair(patient, late, "2102").code == "NOT_FOUND_TOMBSTONED"
    assert counter.sell(patient, "1.00", late).code == "TOMBSTONED"


def test_what_does_not_fit_is_refused_and_leaves_nothing(counter, patient):
    counter.box.ask("POST", "/snapshots", {"name": "before"})
    rows = counter.packs("10.00")
    trace = {"feedetl_sn": rows[0]["feedetl_sn"], "drug_trac_codg": "81000000000000000001", "trdn_flag": "0"}
    astray = [rows[0] | {"durg_trac_info": [trace | {"feedetl_sn": "other"}]}]
    twice = [rows[0] | {"durg_trac_info": [trace, trace]}]

    for changes, code in (
        ({"medfee_sumamt": "9.00"}, "AMOUNT_MISMATCH"),
        ({"med_type": "2101"}, "INVALID_INPUT"),
        ({"rows": astray}, "INVALID_INPUT"),
        ({"rows": twice}, "INVALID_INPUT"),
        ({"rows": [rows[0] | {"cnt": "-1", "det_item_fee_sumamt": "-10.00"}]}, "INVALID_INPUT"),
        ({"begntime": "2025-11-21 00:00:00"}, "INVALID_INPUT"),
        ({"insutype": "390"}, "NOT_ELIGIBLE"),
        ({"acct_used_flag": "2"}, "NO_FAMILY_BINDING"),
        ({"exp_content": '{"quote": "other"}'}, "PRESETTLE_STALE"),
    ):
        assert counter.sell(patient, "10.00", **changes).code == code, changes
    assert Counter(counter.box).sell(patient, "10.00").code == "INVALID_INPUT"  # a hospital sells nothing
    counter.box.ask("POST", "/snapshots", {"name": "after"})
    found = counter.box.ask("GET", "/snapshots/before/diff/after")
    assert set(found.get("tables", {})) <= {"messages"}, found
    assert counter.sell(patient, "10.00", rows=[rows[0] | {"durg_trac_info": [trace]}]).ok


def test_a_school_clinic_sells_by_its_own_table_and_no_region_is_guessed(counter, patient):
    school = Counter(counter.box, SCHOOL)
    sold = school.sell(patient, "300.00", med_type="11").setlinfo

    assert (sold["act_pay_dedc"], sold["hifp_pay"], sold["clr_type"]) == (200, 60, "11")
    counter.box.ask("PUT", "/switches", {"policy": "strict"})
    assert school.sell(patient, "100.00", med_type="11").code == "POLICY_GAP"


def test_a_pharmacy_may_settle_a_visit_that_it_describes_by_its_own_transaction(counter, patient):
    at, diagnosis = Clinic(counter.box, PHARMACY), hospital.diagnosis
    visit = at.register(patient).output["data"]["mdtrt_id"]
    body = diagnosis(hospital.Visit(patient, visit, ""), at.now)

    assert Clinic(counter.box).call("2203A", body).code == "INVALID_INPUT"
    prescription = {"rxfixmedinsCode": HOSPITAL, "rxIn": [37, 80], "rxfilename": "rx.pdf"}
    assert at.call("2203A", body | {"mdtrtinfo": body["mdtrtinfo"] | prescription}).ok
    assert at.charge(patient, visit, "300.00").ok
    assert at.settle(patient, visit, "300.00").setlinfo["hifp_pay"] == 50


def test_a_sale_is_no_visit_and_a_patient_in_hospital_buys_nothing(counter, patient):
    sold = counter.sell(patient, "10.00").setlinfo
    clinic = Clinic(counter.box, PHARMACY)

    assert clinic.charge(patient, sold["mdtrt_id"], "1.00").code == "NOT_FOUND"
    assert clinic.reverse(patient, sold["mdtrt_id"], sold["setl_id"]).code == "NOT_FOUND"
    visit = Clinic(counter.box).visit(patient, "1.00")
    assert counter.take_back(patient, {"mdtrt_id": visit, "setl_id": sold["setl_id"]}).code == "NOT_FOUND"
    ward = Ward(counter.box)
    ward.admit(patient)
    assert counter.sell(patient, "10.00").code == "IN_HOSPITAL"
