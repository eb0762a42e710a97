"""Habits of real clients: each of them alone, and a whole visit as a client sends it that has them all."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import Any

import pytest

from clinic import SINGLE, Clinic, Reply

BILL = "865.45"


@pytest.fixture
def patient(clinic):
    return clinic.box.person(enrolled=True, account_fen=10_000)


@pytest.mark.parametrize(
    "msgid",
    [
        "231228092744-H51040000001-6162",
        str(uuid.UUID(int=7)),
        uuid.UUID(int=8).hex.upper(),
        "{B2A7C5E4-1-2-3-4}",
        "H510400000012025112010000000010001234567",
        "1",
    ],
)
def test_a_msgid_is_opaque(clinic, patient, msgid):
    visit = clinic.visit(patient, BILL)

    made, again = (clinic.settle(patient, visit, BILL, msgid) for _ in range(2))

    assert (made.setlinfo["medins_setl_id"], again.replayed) == (msgid, True)


@pytest.mark.parametrize("msgid", ["", " ", "x" * 41, "空", "a b", None])
def test_what_is_no_msgid_is_refused(clinic, patient, msgid):
    message = clinic.envelope("2201", clinic.registration(patient)) | {"msgid": msgid}

    assert clinic.send(message).code == "INVALID_INPUT"


@pytest.mark.parametrize("empty", [None, "", "0"])
def test_an_empty_text_is_null_or_nothing_or_zero_and_an_empty_amount_is_zero(clinic, patient, empty):
    visit = clinic.visit(patient, BILL)
    texts = {"invono": empty, "card_sn": empty, "exp_content": empty}
    zero = dict.fromkeys(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"), "0")

    assert clinic.settle(patient, visit, BILL, **zero, **texts).ok


@pytest.mark.parametrize("empty", [None, ""])
def test_an_amount_that_is_needed_is_not_left_empty(clinic, patient, empty):
    reply = clinic.settle(patient, clinic.visit(patient, BILL), BILL, preselfpay_amt=empty)

    assert (reply.code, "preselfpay_amt" in reply.body["err_msg"]) == ("INVALID_INPUT", True)


@pytest.mark.parametrize("written", ["865.45", "865.450", 865.45, "0865.45", " 865.45"])
def test_an_amount_is_a_number_or_its_text_and_nothing_else(clinic, patient, written):
    visit = clinic.visit(patient, BILL)

    reply = clinic.presettle(patient, visit, written)

    if written in ("865.45", 865.45):
        assert reply.ok, reply.body
    else:
        assert reply.ok or reply.code == "INVALID_INPUT"


@pytest.mark.parametrize("count", [1, "1", "1.0000", 1.0])
def test_a_count_is_a_number_or_its_text(clinic, patient, count):
    number = clinic.register(patient).output["data"]["mdtrt_id"]
    row = clinic.row(patient, number, "10.00", cnt=count, pric=10, det_item_fee_sumamt=10)

    told = clinic.call("2204", {"feedetail": [row]})

    assert told.output["result"][0]["det_item_fee_sumamt"] == 10


@pytest.mark.parametrize("name", ["exp_content", "expContent"])
def test_both_spellings_of_the_extension_bring_the_quote(clinic, patient, name):
    visit = clinic.visit(patient, BILL)
    quote = clinic.presettle(patient, visit, BILL).setlinfo["exp_content"]
    clinic.box.ask("PUT", "/switches", {"require_presettle": "on"})
    message = clinic.settlement(patient, visit, BILL)
    message["data"].pop("exp_content")

    reply = clinic.call("2207", {"data": message["data"] | {name: quote}})

    assert "exp_content" in reply.setlinfo


def test_a_reversal_says_the_cash_in_both_spellings(clinic, patient):
    visit = clinic.visit(patient, BILL)
    made = clinic.settle(patient, visit, BILL).setlinfo["setl_id"]

    told = clinic.reverse(patient, visit, made).setlinfo

    assert told["psn_cash_pay"] == told["pdn_cash_pay"] == -432.72


def test_signing_out_answers_both_nodes(clinic):
    number = clinic.call("9001", {"signIn": {"opter_no": "1", "mac": "m", "ip": "1"}}).output["signinoutb"]["sign_no"]

    told = clinic.call("9002", {"signOut": {"sign_no": number, "opter_no": "1"}}).output

    assert told["sign_time"] == told["signoutoutb"]["sign_time"]


def awkward(clinic: Clinic, infno: str, body: dict[str, Any], media_type: str) -> Reply:
    """Send a message as such a client does: input as text, empties of all kinds, keys of its own, any content type."""
    message = clinic.envelope(infno, body, f"231228092744-{uuid.uuid4().hex[:20]}")
    message |= {"input": json.dumps(body, ensure_ascii=False), "dev_no": None, "dev_safe_info": "null", "cainfo": ""}
    message |= {"enc_type": "plain", "encType": "", "serv_code": "S", "serv_sign": None, "app_id": 7}
    message |= {"signtype": None, "infver": "V1.0", "recer_sys_code": "99", "fixmedins_name": "名" * 60}
    headers = {"Content-Type": media_type} if media_type else {}
    data = json.dumps(message, ensure_ascii=False).encode()
    return Reply(clinic.box.request("POST", SINGLE, data=data, headers=headers))


@pytest.mark.parametrize("media_type", ["text/plain; charset=utf-8", "", "application/x-www-form-urlencoded"])
def test_a_client_that_has_them_all_is_served_from_end_to_end(any_clinic, media_type):
    clinic = any_clinic
    person = clinic.box.person(enrolled=True, account_fen=10_000)

    def send(infno: str, body: dict[str, Any]) -> Any:
        reply = awkward(clinic, infno, body, media_type)
        assert reply.ok, reply.raw.text
        return reply.output

    registration = clinic.registration(person)["data"] | {"exp_content": None, "unknown": {"x": [1]}}
    visit = send("2201", {"data": registration})["data"]["mdtrt_id"]
    row = clinic.row(person, visit, BILL, cnt=1, pric=865.45, det_item_fee_sumamt=865.45, hosp_appr_flag="0", memo="")
    send("2204", {"feedetail": [row | {"er_flag": "0", "comb_no": None}]})
    payment = clinic.payment(person, visit, BILL)
    quoted = send("2206", {"data": payment | {"exp_content": None}})["setlinfo"]
    parts = {"fulamt_ownpay_amt": 0, "overlmt_selfpay": "0", "preselfpay_amt": 0.0, "inscp_scp_amt": 865.45}
    payment |= parts | {"invono": None, "expContent": quoted["exp_content"]}
    payment.pop("exp_content")
    settled = send("2207", {"data": payment})["setlinfo"]

    assert {Decimal(str(told["hifp_pay"])) for told in (quoted, settled)} == {Decimal("332.73")}
    assert settled["psn_cash_pay"] == 432.72


@pytest.mark.parametrize("infno", ["2201", "2207"])
def test_a_msgid_of_two_patients_is_a_conflict_and_tells_nothing_of_the_first(any_clinic, infno):
    clinic = any_clinic
    first, second = (clinic.box.person(enrolled=True, account_fen=10_000) for _ in range(2))
    msgid = clinic.msgid()
    if infno == "2201":
        made, other = clinic.register(first, msgid), clinic.register(second, msgid)
    else:
        visits = [clinic.visit(one, BILL) for one in (first, second)]
        made = clinic.settle(first, visits[0], BILL, msgid)
        other = clinic.settle(second, visits[1], BILL, msgid)

    assert made.ok
    assert (other.code, other.body["output"], other.replayed) == ("MSGID_CONFLICT", None, False)
    told = other.raw.text + str(other.raw.headers)
    known = [first[name] for name in ("psn_no", "name", "id_no")]
    assert [one for one in known if one in told] == []
    assert clinic.box.ask("GET", f"/people/{second['psn_no']}")["account_fen"] == 10_000
    trace = other.raw.headers["X-Sandbox-Trace"]
    explained = json.dumps(clinic.box.ask("GET", f"/refusals/{trace}/explain"), ensure_ascii=False)
    assert first["psn_no"] not in explained
