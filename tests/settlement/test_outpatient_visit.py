"""One visit from registration to settlement and back: an employee with 100.00, whose spouse shares 1,000.00."""

from decimal import Decimal

import pytest

BILL = "865.45"


def amounts(reply):
    names = ("medfee_sumamt", "fund_pay_sumamt", "hifp_pay", "psn_part_amt", "acct_pay", "acct_mulaid_pay")
    return [Decimal(str(reply.setlinfo[name])) for name in (*names, "psn_cash_pay", "balc")]


def held(box, *people):
    return [box.ask("GET", f"/people/{person['psn_no']}")["account_fen"] for person in people]


def accumulated(box, person):
    found = box.ask("GET", f"/people/{person['psn_no']}")["accumulators"]
    return {name.rpartition("_")[2]: fen for name, fen in found.items() if fen}


SPLIT = [Decimal(yuan) for yuan in ("865.45", "332.73", "332.73", "532.72", "532.72", "432.72", "0.00", "0.00")]


def test_fund_then_own_account_then_family_pay(any_clinic, couple):
    patient, spouse = couple(any_clinic.box)
    visit = any_clinic.visit(patient, BILL)

    quoted = any_clinic.presettle(patient, visit, BILL)
    settled = any_clinic.settle(patient, visit, BILL, exp_content=quoted.setlinfo["exp_content"])

    assert amounts(quoted) == SPLIT
    assert amounts(settled) == SPLIT
    assert held(any_clinic.box, patient, spouse) == [0, 56_728]
    assert accumulated(any_clinic.box, patient) == {"DED": 20_000, "CAP": 33_273}


def test_a_pre_settlement_changes_nothing(any_clinic, couple):
    patient, _ = couple(any_clinic.box)
    visit = any_clinic.visit(patient, BILL)
    any_clinic.box.ask("POST", "/snapshots", {"name": "before"})

    assert any_clinic.presettle(patient, visit, BILL).ok

    any_clinic.box.ask("POST", "/snapshots", {"name": "after"})
    assert any_clinic.box.ask("GET", "/snapshots/before/diff/after")["equal"] is True


def test_a_second_visit_reaches_the_yearly_cap(any_clinic, couple):
    patient, _ = couple(any_clinic.box)
    any_clinic.settle(patient, any_clinic.visit(patient, BILL), BILL)

    second = any_clinic.settle(patient, any_clinic.visit(patient, "2000.00"), "2000.00").setlinfo

    assert (second["act_pay_dedc"], second["hifp_pay"]) == (0, 667.27)
    assert accumulated(any_clinic.box, patient) == {"DED": 20_000, "CAP": 100_000}


@pytest.mark.parametrize("way", ["2208", "2601"])
def test_a_reversal_restores_everything(any_clinic, couple, way):
    patient, spouse = couple(any_clinic.box)
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    setl_id = any_clinic.settle(patient, visit, BILL, msgid).setlinfo["setl_id"]

    undone = any_clinic.reverse(patient, visit, setl_id) if way == "2208" else any_clinic.repair(patient, msgid)

    assert undone.ok
    assert held(any_clinic.box, patient, spouse) == [10_000, 100_000]
    assert accumulated(any_clinic.box, patient) == {}
    assert any_clinic.settle(patient, visit, BILL).setlinfo["acct_mulaid_pay"] == 432.72


def test_a_reversal_answers_the_amounts_with_a_minus_and_a_number_of_its_own(clinic, couple):
    patient, _ = couple(clinic.box)
    visit = clinic.visit(patient, BILL)
    setl_id = clinic.settle(patient, visit, BILL).setlinfo["setl_id"]

    told = clinic.reverse(patient, visit, setl_id).setlinfo

    assert told["setl_id"].isdigit()
    assert told["setl_id"] != setl_id
    assert (told["medfee_sumamt"], told["hifp_pay"], told["acct_pay"]) == (-865.45, -332.73, -532.72)
    assert told["psn_cash_pay"] == told["pdn_cash_pay"] == 0
    assert told["balc"] == 100


def test_a_reversal_goes_back_to_the_accumulators_of_its_own_year(clinic, couple):
    patient, _ = couple(clinic.box)
    visit = clinic.visit(patient, BILL)
    setl_id = clinic.settle(patient, visit, BILL).setlinfo["setl_id"]
    clinic.box.ask("POST", "/clock/advance", {"by": "P2M"})

    assert clinic.reverse(patient, visit, setl_id).ok

    found = clinic.box.ask("GET", f"/people/{patient['psn_no']}")["accumulators"]
    assert {name: fen for name, fen in found.items() if ":2025:" not in name or fen} == {}


def test_a_new_policy_year_begins_with_its_own_deductible(clinic, couple):
    patient, _ = couple(clinic.box)
    clinic.settle(patient, clinic.visit(patient, BILL), BILL)
    clinic.box.ask("POST", "/clock/advance", {"by": "P2M"})
    clinic.now = "2026-01-20 10:00:00"

    assert clinic.settle(patient, clinic.visit(patient, BILL), BILL).setlinfo["act_pay_dedc"] == 200


def test_a_lost_reply_is_found_under_the_same_number(any_clinic, couple):
    patient, _ = couple(any_clinic.box)
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    message = any_clinic.envelope("2207", any_clinic.settlement(patient, visit, BILL), msgid)
    first = any_clinic.send(message)

    again = any_clinic.send(message | {"inf_time": "2025-11-20 10:00:09", "sign_no": "7"})

    assert again.raw.content == first.raw.content
    assert (first.replayed, again.replayed) == (False, True)
    txn = any_clinic.box.ask("GET", f"/txns/{any_clinic.institution}/2207/{msgid}")
    assert (txn["state"], txn["reply"]["output"]["setlinfo"]["medins_setl_id"]) == ("SETTLED", msgid)


def test_numbers_of_visits_and_settlements_are_digits(clinic, couple):
    patient, _ = couple(clinic.box)
    visit = clinic.visit(patient, BILL)
    settled = clinic.settle(patient, visit, BILL, "any msgid?".replace(" ", "-")).setlinfo

    assert (visit.isdigit(), settled["setl_id"].isdigit()) == (True, True)
    assert settled["medins_setl_id"] == "any-msgid?"


def test_fees_then_registration_can_be_taken_back_before_settlement(any_clinic, couple):
    patient, _ = couple(any_clinic.box)
    registered = any_clinic.register(patient).output["data"]
    visit = registered["mdtrt_id"]
    any_clinic.charge(patient, visit, BILL)
    mine = {"psn_no": patient["psn_no"], "mdtrt_id": visit}

    early = any_clinic.call("2202", {"data": mine | {"ipt_otp_no": registered["ipt_otp_no"]}})
    fees = any_clinic.call("2205", {"data": mine | {"chrg_bchno": "0000"}})
    late = any_clinic.call("2202", {"data": mine | {"ipt_otp_no": registered["ipt_otp_no"]}})

    assert [reply.ok for reply in (early, fees, late)] == [False, True, True]
    assert not any_clinic.charge(patient, visit, BILL).ok


def test_each_batch_is_settled_by_itself(clinic, couple):
    patient, _ = couple(clinic.box)
    visit = clinic.visit(patient, "100.00")
    assert clinic.charge(patient, visit, "30.00", "12.34", chrg_bchno="B2").ok

    first = clinic.settle(patient, visit, "100.00")
    second = clinic.settle(patient, visit, "42.34", chrg_bchno="B2")

    assert (first.setlinfo["act_pay_dedc"], second.setlinfo["act_pay_dedc"]) == (100, 42.34)


def test_signing_in_and_out(any_clinic):
    signed = any_clinic.call("9001", {"signIn": {"opter_no": "01", "mac": "00-00", "ip": "10.0.0.1"}}).output
    sign_no = signed["signinoutb"]["sign_no"]

    out = any_clinic.call("9002", {"signOut": {"sign_no": sign_no, "opter_no": "01"}})
    again = any_clinic.call("9002", {"signOut": {"sign_no": sign_no, "opter_no": "01"}})

    assert signed["signinoutb"]["sign_time"] == "2025-11-20 10:00:00"
    assert out.output == {"sign_time": "2025-11-20 10:00:00", "signoutoutb": {"sign_time": "2025-11-20 10:00:00"}}
    assert again.code == "NOT_FOUND"


def test_a_person_is_told_with_participation_and_balance(any_clinic, couple):
    patient, _ = couple(any_clinic.box)

    told = any_clinic.query(patient).output

    assert told["baseinfo"]["psn_no"] == patient["psn_no"]
    assert [(one["insutype"], one["psn_insu_stas"], one["balc"]) for one in told["insuinfo"]] == [("310", "1", 100)]
    assert told["insuinfo"][0]["insuplc_admdvs"] == "510400"
