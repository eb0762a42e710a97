"""What is refused, each rule once: with -1, a sentence in Chinese and a machine code, and without any effect."""

import pytest

BILL = "865.45"
B_CAPPED = "001102000029999"  # class B, ceiling 30.00, first pay 10 %
CLASS_C = "001102000109999"
RESTRICTED = "T990000010"


@pytest.fixture
def patient(clinic, couple):
    return couple(clinic.box)[0]


@pytest.fixture
def visit(clinic, patient):
    return clinic.visit(patient, BILL)


def heads(box):
    return box.ask("GET", "/audit")["head"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"medfee_sumamt": "865.44"}, "AMOUNT_MISMATCH"),
        ({"inscp_scp_amt": "865.44"}, "AMOUNT_MISMATCH"),
        ({"fulamt_ownpay_amt": "0.01"}, "AMOUNT_MISMATCH"),
        ({"chrg_bchno": "B9"}, "NOT_FOUND"),
        ({"mdtrt_id": "999999"}, "NOT_FOUND"),
        ({"mdtrt_id": "abc"}, "NOT_FOUND"),
        ({"psn_no": "51040000000000999999"}, "NOT_FOUND"),
        ({"psn_no": "nobody"}, "NOT_FOUND"),
        ({"mdtrt_cert_no": "510401199001010000"}, "NOT_FOUND"),
        ({"certno": "510401199001010000"}, "NOT_FOUND"),
        ({"insutype": "390"}, "NOT_ELIGIBLE"),
        ({"med_type": "2101"}, "INVALID_INPUT"),
        ({"med_type": "77"}, "INVALID_INPUT"),
        ({"acct_used_flag": "3"}, "INVALID_INPUT"),
        ({"medfee_sumamt": "865.455"}, "INVALID_INPUT"),
        ({"medfee_sumamt": ""}, "INVALID_INPUT"),
        ({"exp_content": '{"quote":"0123"}'}, "PRESETTLE_STALE"),
    ],
)
def test_a_settlement_that_is_not_right_is_refused_and_moves_nothing(clinic, patient, visit, changes, code):
    before = heads(clinic.box)

    refused = clinic.settle(patient, visit, BILL, **changes)

    assert (refused.body["infcode"], refused.code, refused.body["output"]) == (-1, code, None)
    assert any("\u4e00" <= char <= "\u9fff" for char in refused.body["err_msg"])
    assert heads(clinic.box) == before


def test_a_batch_is_settled_once(clinic, patient, visit):
    assert clinic.settle(patient, visit, BILL).ok

    assert clinic.settle(patient, visit, BILL).code == "ALREADY_SETTLED"
    assert clinic.presettle(patient, visit, BILL).code == "ALREADY_SETTLED"


def test_settled_rows_are_not_taken_back(clinic, patient, visit):
    assert clinic.settle(patient, visit, BILL).ok
    mine = {"psn_no": patient["psn_no"], "mdtrt_id": visit}

    assert clinic.call("2205", {"data": mine | {"chrg_bchno": "B1"}}).code == "ALREADY_SETTLED"
    assert clinic.call("2202", {"data": mine | {"ipt_otp_no": "other"}}).code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"med_list_codg": "XNOSUCHITEM"}, "UNKNOWN_ITEM", "XNOSUCHITEM"),
        ({"det_item_fee_sumamt": "10.01"}, "AMOUNT_MISMATCH", "10.01"),
        ({"cnt": "0"}, "INVALID_INPUT", "数量"),
        ({"cnt": "-1", "det_item_fee_sumamt": "-10.00"}, "INVALID_INPUT", "数量"),
        ({"cnt": "1.00001"}, "INVALID_INPUT", "cnt"),
        ({"chrg_bchno": "0000"}, "INVALID_INPUT", "0000"),
        ({"hosp_appr_flag": "9"}, "INVALID_INPUT", "hosp_appr_flag"),
        ({"bilg_dr_name": ""}, "INVALID_INPUT", "bilg_dr_name"),
    ],
)
def test_a_fee_row_that_is_not_right_is_refused_by_name(clinic, patient, visit, changes, code, said):
    refused = clinic.charge(patient, visit, "10.00", **changes)

    assert refused.code == code
    assert said in refused.body["err_msg"]


def test_a_row_is_count_times_price_rounded_half_up(clinic, patient, visit):
    thirds = {"cnt": "3", "pric": "0.335", "det_item_fee_sumamt": "1.01", "chrg_bchno": "B2"}
    [row] = clinic.charge(patient, visit, "1.01", **thirds).output["result"]

    assert (row["det_item_fee_sumamt"], row["cnt"], row["pric"]) == (1.01, 3, 0.335)
    assert clinic.charge(patient, visit, "1.00", **thirds | {"det_item_fee_sumamt": "1.00"}).code == "AMOUNT_MISMATCH"


def test_a_serial_number_is_uploaded_once(clinic, patient, visit):
    assert clinic.charge(patient, visit, "1.00", feedetl_sn="S1", chrg_bchno="B2").ok

    assert clinic.charge(patient, visit, "1.00", feedetl_sn="S1", chrg_bchno="B3").code == "ALREADY_EXISTS"
    assert clinic.charge(patient, visit, "1.00", "2.00", feedetl_sn="S2", chrg_bchno="B3").code == "INVALID_INPUT"


def test_the_catalogue_divides_a_row(clinic, patient, visit):
    rows = [
        clinic.row(patient, visit, "40.00", med_list_codg=B_CAPPED, chrg_bchno="B2"),
        clinic.row(patient, visit, "50.00", med_list_codg=CLASS_C, chrg_bchno="B2"),
        clinic.row(patient, visit, "60.00", med_list_codg=RESTRICTED, chrg_bchno="B2"),
        clinic.row(patient, visit, "60.00", med_list_codg=RESTRICTED, hosp_appr_flag="2", chrg_bchno="B2"),
    ]
    told = clinic.call("2204", {"feedetail": rows}).output["result"]
    parts = [[row[name] for name in ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt")] for row in told]

    assert parts[:2] == [[0, 10, 3], [50, 0, 0]]
    assert [row["fulamt_ownpay_amt"] for row in told[2:]] == [60, 60]
    assert [row["lmt_used_flag"] for row in told] == ["0", "0", "1", "1"]


def test_someone_elses_record_answers_like_one_that_does_not_exist(any_clinic, couple):
    patient, spouse = couple(any_clinic.box)
    visit = any_clinic.visit(patient, BILL)

    theirs = any_clinic.settle(spouse, visit, BILL)
    nobodys = any_clinic.settle(spouse, "987654321", BILL)

    assert (theirs.code, theirs.body["err_msg"]) == (nobodys.code, nobodys.body["err_msg"])
    assert theirs.raw.headers.keys() == nobodys.raw.headers.keys()


def test_another_institutions_visit_answers_like_one_that_does_not_exist(clinic, patient, visit):
    other = type(clinic)(clinic.box, "H51040000002")

    refused = other.settle(patient, visit, BILL)

    assert (refused.code, refused.body["err_msg"]) == ("NOT_FOUND", "就诊记录不存在")


def test_a_wrong_name_answers_like_an_unknown_number(clinic, patient):
    stranger = {"mdtrt_cert_no": "510401199001010016", "certno": "510401199001010016"}
    wrong_name, unknown = clinic.query(patient, psn_name="测别人"), clinic.query(patient, **stranger)

    assert (wrong_name.code, wrong_name.body["err_msg"]) == (unknown.code, unknown.body["err_msg"])
    assert clinic.register(patient, psn_name="测别人").body["err_msg"] == unknown.body["err_msg"]
    assert clinic.register(patient, psn_no="51040000000000999999").body["err_msg"] == unknown.body["err_msg"]


def test_a_wrong_check_digit_is_told(clinic, patient):
    wrong = patient["id_no"][:17] + ("0" if patient["id_no"][17] != "0" else "1")
    refused = clinic.query(patient, mdtrt_cert_no=wrong, certno=wrong)

    assert (refused.code, refused.body["err_msg"]) == ("INVALID_INPUT", "身份证号码校验位不正确")


def test_a_social_security_card_needs_its_serial_number(clinic, patient):
    assert clinic.query(patient, mdtrt_cert_type="03").code == "INVALID_INPUT"
    assert clinic.query(patient, mdtrt_cert_type="03", card_sn="A1").ok


def test_a_visit_cannot_begin_tomorrow(clinic, patient):
    assert clinic.register(patient, begntime="2025-11-21 00:00:00").code == "INVALID_INPUT"
    assert clinic.register(patient, begntime="2025-11-20 23:59:59").ok


def test_a_settlement_is_reversed_once(clinic, patient, visit):
    msgid = clinic.msgid()
    setl_id = clinic.settle(patient, visit, BILL, msgid).setlinfo["setl_id"]
    assert clinic.reverse(patient, visit, setl_id).ok

    assert clinic.reverse(patient, visit, setl_id).code == "ALREADY_REVERSED"
    assert clinic.repair(patient, msgid).code == "ALREADY_REVERSED"
    assert clinic.reverse(patient, visit, "424242").code == "NOT_FOUND"


def test_the_newest_settlement_goes_first_where_the_world_says_so(clinic, patient, visit):
    clinic.box.ask("PUT", "/switches", {"reversal_order": "lifo"})
    first = clinic.settle(patient, visit, BILL).setlinfo["setl_id"]
    later = clinic.visit(patient, "10.00")
    second = clinic.settle(patient, later, "10.00").setlinfo["setl_id"]

    assert clinic.reverse(patient, visit, first).code == "LATER_SETTLEMENT_EXISTS"
    assert clinic.reverse(patient, later, second).ok
    assert clinic.reverse(patient, visit, first).ok


def test_a_quote_that_no_longer_holds_is_stale(any_clinic, couple):
    patient, spouse = couple(any_clinic.box)
    visit = any_clinic.visit(patient, BILL)
    quote = any_clinic.presettle(patient, visit, BILL).setlinfo["exp_content"]
    any_clinic.box.ask("POST", f"/people/{patient['psn_no']}/topup", {"amount_fen": 1})

    stale = any_clinic.settle(patient, visit, BILL, exp_content=quote)

    assert stale.code == "PRESETTLE_STALE"
    assert any_clinic.box.ask("GET", f"/people/{spouse['psn_no']}")["account_fen"] == 100_000
    fresh = any_clinic.presettle(patient, visit, BILL).setlinfo["exp_content"]
    assert any_clinic.settle(patient, visit, BILL, exp_content=fresh).ok


def test_a_world_may_ask_for_the_quote(any_clinic, couple):
    patient, _ = couple(any_clinic.box)
    any_clinic.box.ask("PUT", "/switches", {"require_presettle": "on"})
    visit = any_clinic.visit(patient, BILL)

    assert any_clinic.settle(patient, visit, BILL).code == "PRESETTLE_REQUIRED"
    quote = any_clinic.presettle(patient, visit, BILL).setlinfo["exp_content"]
    assert any_clinic.settle(patient, visit, BILL, exp_content=quote).ok


def test_unknown_keys_are_refused_where_the_world_says_so(clinic, patient, visit):
    assert clinic.presettle(patient, visit, BILL, colour="red").ok

    clinic.box.ask("PUT", "/switches", {"unknown_keys": "refuse"})

    assert clinic.presettle(patient, visit, BILL, colour="red").code == "INVALID_INPUT"


@pytest.mark.parametrize("wanted", [{"family_auto": "maybe"}, {"colour": "red"}, {"family_auto": True}])
def test_a_switch_has_its_positions(world, wanted):
    assert world.refusal("PUT", "/switches", wanted) == (422, "INVALID_INPUT")


def test_what_is_no_transaction_of_ours_is_named(clinic):
    refused = clinic.call("4101", {"setlinfo": {}})

    assert refused.code == "UNSUPPORTED_TRANSACTION"
    assert refused.body["err_msg"] == "未支持的交易：4101 医疗保障基金结算清单信息上传"


def test_an_institution_without_contract_is_refused_and_nothing_is_kept(clinic, patient):
    stranger = type(clinic)(clinic.box, "H51040099999")

    refused = stranger.register(patient, "S-1")

    assert refused.code == "UNKNOWN_INSTITUTION"
    assert clinic.box.ask("GET", "/txns/H51040099999/2201/S-1")["state"] == "NEVER_SEEN"


@pytest.mark.parametrize("missing", ["opter", "opter_name", "inf_time", "recer_sys_code", "mdtrtarea_admvs"])
def test_the_envelope_is_whole(clinic, patient, missing):
    message = clinic.envelope("2201", {"data": {}})
    del message[missing]

    refused = clinic.send(message)

    assert refused.code == "INVALID_INPUT"
    assert missing in refused.body["err_msg"]
