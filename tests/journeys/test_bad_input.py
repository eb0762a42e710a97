"""What must be refused, over a real socket, on SQLite and on PostgreSQL.

Here: wrong check digits, a wrong name for a known number, expired and replayed codes, someone else's code, another
person's record at every service, details that do not add up. Over a real socket on both databases elsewhere:

- a stale quote, a settlement without quote while `require_presettle` is on: settlement/test_settlement_refusals
- the same msgid with another body, another institution's msgid, a wrong csb signature with the string to sign, 64
  identical requests at once: settlement/test_message_protocol (several processes: settlement/test_settlements_at_once)
- three members who spend one family account: settlement/test_settlements_at_once
- kill -9 during load: test_killed beside this file
"""

import json
from datetime import date

import pytest

from boxes import Box
from citizen import Citizen, citizen
from clinic import Clinic, Reply
from yibaobox.cli.stories import Caller
from yibaobox.cli.stories.citizen import Citizen as Account
from yibaobox.cli.stories.holder import Holder
from yibaobox.cli.stories.premiums import Payer
from yibaobox.domain.people import id_numbers

BILL = "865.45"
HOSPITAL = "H51040000001"
NOBODYS = 987654321
VOLATILE = ("x-sandbox-trace", "date")


@pytest.fixture
def clinic(town):
    return Clinic(town)


@pytest.fixture
def resident(town):
    return town.person(capacity="resident", enrolled=True, paid_year=[2025])


def caller(box: Box) -> Caller:
    return Caller(box.url, box.world, box.session)


def said(reply):
    """What a stranger can tell two answers apart by: status, body and headers, but for the trace and the second."""
    body = json.loads(reply.text)
    for name in ("trace", "inf_refmsgid", "refmsg_time", "respond_time"):
        body.pop(name, None)
    headers = {name: value for name, value in reply.headers.items() if name.lower() not in VOLATILE}
    return reply.status_code, body, headers


def doors(box: Box, person, id_no: str, name: str):
    """Every door at which one says who one is, each with what is asked there."""
    who = {"id_no": id_no, "name": name}
    token = Payer(caller(box), person).token
    sms = Citizen(box, person).sms_code()
    account = {"mobile": person["mobile"], "sms_code": sms, "password": "Sandbox#2025", "agreed": True}
    national = {"mdtrt_cert_no": id_no, "certno": id_no, "psn_name": name}
    yield "1101", Clinic(box).query(person, **national).raw
    yield "portal", box.post("/portal/v1/accounts", who | account)
    yield "tax", box.post("/tax/v1/identity", who | {"mobile": person["mobile"]})
    yield "credential", box.post("/ec/v1/activations", who | {"channel": "wechat", "terms": True})
    family = {"id_no": id_no, "year": 2026}
    yield "family", box.post("/tax/v1/family/quote", family, headers={"Authorization": f"Bearer {token}"})


def code_of(reply):
    return reply.headers.get("X-Sandbox-Code") or json.loads(reply.text)["code"]


def test_a_wrong_check_digit_is_refused_at_every_door(town, resident):
    right = resident["id_no"]
    wrong = right[:17] + ("1" if right[17] == "0" else "0")

    found = {
        door: (code_of(reply), "不正确" in str(json.loads(reply.text)))
        for door, reply in doors(town, resident, wrong, "测某")
    }

    assert found == dict.fromkeys(("1101", "portal", "tax", "credential", "family"), ("INVALID_INPUT", True))


def test_a_wrong_name_for_a_known_number_answers_as_a_number_that_nobody_has(town, resident):
    unknown = id_numbers.make("510401", date(1990, 1, 1), "1", 999)

    wrong_name = dict(doors(town, resident, resident["id_no"], "测别人"))
    nobody = dict(doors(town, resident, unknown, "测别人"))

    for door in ("1101", "portal", "tax", "credential"):
        assert said(wrong_name[door]) == said(nobody[door]), door
        assert code_of(nobody[door]) in ("NOT_FOUND", "CHECK_FAILED", "IDENTITY_MISMATCH"), door


def shown(box: Box, person) -> str:
    return Holder.activate(caller(box), person).code()


def scanned(box: Box, code: str):
    operator = {"operator": "7", "operator_name": "收费员"}
    return box.post("/ec/v1/decode", {"code": code, "institution": HOSPITAL, "purpose": "01301"} | operator)


def test_a_code_works_once_and_for_a_minute(town, clinic, resident):
    used = shown(town, resident)

    first, replayed = scanned(town, used), scanned(town, used)
    at_the_window = clinic.query(resident, mdtrt_cert_type="01", mdtrt_cert_no=used)
    late = shown(town, resident)
    town.ask("POST", "/clock/advance", {"by": "PT1M"})
    expired = scanned(town, late)
    expired_at_the_window = clinic.query(resident, mdtrt_cert_type="01", mdtrt_cert_no=late)

    assert first.json()["id_no"] == resident["id_no"]
    assert [code_of(each) for each in (replayed, expired)] == ["CODE_USED", "CODE_EXPIRED"]
    assert [at_the_window.code, expired_at_the_window.code] == ["CODE_USED", "CODE_EXPIRED"]


def test_a_code_by_text_message_works_once(town):
    student, other = citizen(town), citizen(town)
    form = student.account_form()
    assert student.request("POST", "/accounts", form).status_code == 201

    replayed = other.account_form(mobile=form["mobile"], sms_code=form["sms_code"])

    assert other.refusal("POST", "/accounts", replayed)[:2] == (403, "CHECK_FAILED")


def test_someone_elses_code_serves_nobody(town, clinic, resident):
    thief = town.person(capacity="resident", enrolled=True, paid_year=[2025])
    stolen = {"mdtrt_cert_type": "01", "mdtrt_cert_no": shown(town, resident)}

    as_oneself = clinic.query(thief, **stolen)
    code = scanned(town, shown(town, resident)).json()["ec_token"]
    token = {"mdtrt_cert_type": "01", "mdtrt_cert_no": code}

    assert (as_oneself.code, resident["name"] in as_oneself.raw.text) == ("NOT_FOUND", False)
    assert clinic.register(thief, **token).code == "NOT_FOUND"
    assert Clinic(town, "H51040000002").query(resident, **token).code == "NOT_FOUND"


def records(box: Box, person):
    """What one person has at the portal and at the tax channel: method, address, service."""
    account, payer = Account.join(caller(box), person), Payer(caller(box), person)
    number = account.suspension(account.participation("510400"), "moved", "2025-11-20")
    [paper] = account.ask("GET", f"/applications/{number}")["papers"]
    part = account.participation("510400")["part_id"]
    bill = payer.bill(part, 2026)["bill_id"]
    payer.log_in_at_wechat()
    order = payer.ask("POST", f"/bills/{bill}/orders", {"channel": "wechat"})["out_trade_no"]
    return (
        account,
        payer,
        {
            "/portal/v1/participations/{}": part,
            "/portal/v1/applications/{}": number,
            f"/portal/v1/applications/{number}/papers/{{}}": paper["paper_id"],
            "/tax/v1/participations/{}/years/2026": part,
            "/tax/v1/bills/{}": bill,
            "/tax/v1/orders/{}": order,
        },
    )


def test_another_persons_record_answers_as_one_that_does_not_exist(town, resident):
    mine, payer, found = records(town, resident)
    stranger = town.person(capacity="resident", enrolled=True, paid_year=[2025])
    theirs, other_payer, _ = records(town, stranger)

    for address, number in found.items():
        own, other = (mine, theirs) if address.startswith("/portal") else (payer, other_payer)
        nobodys = f"SB20251120{NOBODYS:012d}" if "orders" in address else NOBODYS
        asked, not_there = (town.get(address.format(each), headers=held(other)) for each in (number, nobodys))
        assert town.get(address.format(number), headers=held(own)).status_code == 200, address
        assert said(asked) == said(not_there), address
        assert not_there.status_code == 404, address


def held(owner) -> dict[str, str]:
    return {"Authorization": f"Bearer {owner.token}"}


def test_another_patients_visit_answers_as_one_that_does_not_exist(town, clinic):
    patient, stranger = (town.person(enrolled=True, account_fen=100_000) for _ in range(2))
    visit = clinic.visit(patient, BILL)
    settlement = clinic.settle(patient, visit, BILL).setlinfo["setl_id"]

    asked = {
        "2203": lambda number: clinic.describe(stranger, number),
        "2204": lambda number: clinic.charge(stranger, number, "1.00"),
        "2206": lambda number: clinic.presettle(stranger, number, BILL),
        "2207": lambda number: clinic.settle(stranger, number, BILL),
        "2208": lambda number: clinic.reverse(stranger, number, settlement),
    }
    for infno, ask in asked.items():
        theirs, nobodys = (ask(number) for number in (visit, str(NOBODYS)))
        assert said(theirs.raw) == said(nobodys.raw), infno
        assert nobodys.code == "NOT_FOUND", infno


def test_details_that_do_not_add_up_are_refused_and_move_nothing(town, clinic):
    patient = town.person(enrolled=True, account_fen=100_000)
    visit = clinic.visit(patient, BILL)
    before = town.ask("GET", "/audit")["head"]

    refused: list[Reply] = [
        clinic.charge(patient, visit, "10.00", det_item_fee_sumamt="10.01"),
        clinic.charge(patient, visit, "10.00", cnt="2"),
        clinic.presettle(patient, visit, "865.44"),
        clinic.settle(patient, visit, "865.46"),
        clinic.settle(patient, visit, BILL, inscp_scp_amt="865.44"),
        clinic.settle(patient, visit, BILL, inscp_scp_amt="800.00", fulamt_ownpay_amt="65.45"),
    ]

    assert [each.code for each in refused] == ["AMOUNT_MISMATCH"] * 6
    assert town.ask("GET", "/audit")["head"] == before
    assert clinic.settle(patient, visit, BILL).ok
