"""One effect for a msgid, one answer, for ever; addresses, signatures, and what a tombstone bars."""

import json
import threading
from decimal import Decimal

import pytest

from yibaobox.domain import clock

BILL = "865.45"


@pytest.fixture
def patient(any_clinic, couple):
    return couple(any_clinic.box)[0]


def posted(box):
    return {entry["txn_id"] for entry in box.ask("GET", "/ledger/entries")["items"] if entry["kind"] == "settlement"}


def test_a_number_used_again_with_another_body_is_refused_and_names_nothing(any_clinic, patient):
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    assert any_clinic.settle(patient, visit, BILL, msgid).ok

    other = any_clinic.settle(patient, visit, BILL, msgid, invono="X")

    assert other.code == "MSGID_CONFLICT"
    assert patient["psn_no"] not in other.raw.text
    assert len(posted(any_clinic.box)) == 1


def test_another_institutions_number_is_judged_on_its_own(any_clinic, patient):
    other = type(any_clinic)(any_clinic.box, "H51040000002")

    assert any_clinic.register(patient, "SAME").ok
    assert other.register(patient, "SAME").ok


def test_a_business_refusal_is_kept(any_clinic, patient):
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    message = any_clinic.envelope("2207", any_clinic.settlement(patient, visit, "1.00"), msgid)
    first, again = any_clinic.send(message), any_clinic.send(message)

    assert (first.code, again.code, again.replayed) == ("AMOUNT_MISMATCH", "AMOUNT_MISMATCH", True)
    assert first.raw.content == again.raw.content
    assert any_clinic.settle(patient, visit, BILL, msgid).code == "MSGID_CONFLICT"


def test_a_syntactic_refusal_is_not_kept(any_clinic, patient):
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()

    assert any_clinic.settle(patient, visit, "1.234", msgid).code == "INVALID_INPUT"
    assert any_clinic.settle(patient, visit, BILL, msgid).ok


def test_a_reversed_message_never_settles_again(any_clinic, patient):
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    assert any_clinic.settle(patient, visit, BILL, msgid).ok
    assert any_clinic.repair(patient, msgid).ok

    assert any_clinic.settle(patient, visit, BILL, msgid).code == "REVERSED"


def test_what_was_never_seen_is_dead_from_now_on(any_clinic, patient):
    visit, repair = any_clinic.visit(patient, BILL), any_clinic.msgid()

    first = any_clinic.repair(patient, "LATE-1", msgid=repair)
    again = any_clinic.repair(patient, "LATE-1", msgid=repair)
    another = any_clinic.repair(patient, "LATE-1")

    assert [reply.code for reply in (first, again, another)] == ["NOT_FOUND_TOMBSTONED"] * 3
    assert (again.replayed, first.raw.content == again.raw.content) == (True, True)
    assert any_clinic.settle(patient, visit, BILL, "LATE-1").code == "TOMBSTONED"
    assert any_clinic.box.ask("GET", f"/txns/{any_clinic.institution}/2207/LATE-1")["state"] == "TOMBSTONED"
    assert posted(any_clinic.box) == set()


def test_a_repair_needs_the_person_of_the_message(any_clinic, couple):
    patient, spouse = couple(any_clinic.box)
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    assert any_clinic.settle(patient, visit, BILL, msgid).ok

    assert any_clinic.repair(spouse, msgid).code == "NOT_FOUND"
    assert any_clinic.repair(patient, msgid, oinfno="2201").code == "INVALID_INPUT"
    assert any_clinic.settle(patient, visit, BILL, msgid).replayed


def test_a_refused_message_needs_no_repair_and_a_reversal_has_none(any_clinic, patient):
    visit, refused, undone = any_clinic.visit(patient, BILL), any_clinic.msgid(), any_clinic.msgid()
    assert not any_clinic.settle(patient, visit, "1.00", refused).ok
    setl_id = any_clinic.settle(patient, visit, BILL).setlinfo["setl_id"]
    assert any_clinic.reverse(patient, visit, setl_id, undone).ok

    assert any_clinic.repair(patient, refused).code == "NOT_FOUND"
    assert any_clinic.repair(patient, undone, oinfno="2208").code == "ALREADY_REVERSED"


def test_sixty_four_identical_requests_have_one_effect_and_one_answer(any_clinic, patient):
    visit, msgid = any_clinic.visit(patient, BILL), any_clinic.msgid()
    message = any_clinic.envelope("2207", any_clinic.settlement(patient, visit, BILL), msgid)

    answers = together(64, lambda: any_clinic.send(message))

    assert len({answer.raw.content for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert len(posted(any_clinic.box)) == 1


def test_one_batch_is_settled_by_one_of_many_messages(any_clinic, patient):
    visit = any_clinic.visit(patient, BILL)

    answers = together(16, lambda: any_clinic.settle(patient, visit, BILL))

    assert sorted(answer.code or "" for answer in answers) == ["", *["ALREADY_SETTLED"] * 15]


@pytest.mark.parametrize(
    "address",
    ["/fsi/api/2207", "/fsi/api/outpatientSettleService/saveSettletmentV2", "/mbs-fsi/web/api/fsi/callService"],
)
def test_a_settlement_answers_at_each_address(any_clinic, patient, address):
    visit = any_clinic.visit(patient, BILL)
    message = any_clinic.envelope("2207", any_clinic.settlement(patient, visit, BILL))

    assert any_clinic.send(message | {"input": json.dumps(message["input"])}, address).ok


def test_a_number_that_is_not_the_addresss_is_refused(any_clinic, patient):
    assert any_clinic.send(any_clinic.envelope("2208", {"data": {}}), "/fsi/api/2207").code == "INVALID_INPUT"


def test_a_signature_is_verified_where_one_is_sent(any_clinic, patient):
    keys = any_clinic.box.ask("GET", "/credentials")["fsi"]
    signed = any_clinic.csb("1101", keys, clock.wall_us() // 1000)
    body = {"data": any_clinic.card(patient) | identity(patient)}

    right = any_clinic.send(any_clinic.envelope("1101", body), headers=signed)
    wrong = any_clinic.send(any_clinic.envelope("1101", body), headers=signed | {"_api_version": "2.0.0"})

    assert right.ok
    assert (wrong.raw.status_code, wrong.body) == (200, {"code": 401, "message": "签名不一致!"})
    hint = wrong.raw.headers["X-Sandbox-Hint"]
    assert "first difference" in hint or "differs at" in hint
    assert f"_api_access_key={keys['access_key']}&_api_name=1101" in hint


def test_an_institution_may_ask_for_a_signature(any_clinic, patient):
    any_clinic.box.ask("PUT", f"/institutions/{any_clinic.institution}", {"auth": "csb"})

    assert any_clinic.query(patient).body == {"code": 401, "message": "缺少服务网关的请求头!"}


def test_the_amounts_of_a_reply_are_numbers_with_two_decimals(any_clinic, patient):
    visit = any_clinic.visit(patient, BILL)
    text = any_clinic.presettle(patient, visit, BILL).raw.text

    told = json.loads(text, parse_float=Decimal)["output"]["setlinfo"]

    assert (str(told["hifp_pay"]), str(told["psn_cash_pay"]), str(told["pool_prop_selfpay"])) == (
        "332.73",
        "0.00",
        "0.5000",
    )


def identity(person):
    return {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"]}


def together(count, work):
    """Do the work many times at once and return what each came to."""
    found, gate = [None] * count, threading.Barrier(count)

    def run(place):
        gate.wait(30)
        found[place] = work()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return found
