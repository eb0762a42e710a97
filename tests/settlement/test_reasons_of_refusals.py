"""Who is refused hears why: each reason has a sentence and a code of its own, and repeats and trials say the same."""

from __future__ import annotations

import pytest

from clinic import Clinic
from yibaobox.domain import credentials, enrolment

BILL = "100.00"


def ended(tx, person):
    part = enrolment.active(tx, person["psn_no"])
    enrolment.suspend(tx, person["psn_no"], part.part_id, on=tx.today, reason="离职")


CASES = {
    "NEVER_ENROLLED": ({}, "未参保"),
    "SUSPENDED": ({"enrolled": True}, "已暂停"),
    "UNPAID": ({"capacity": "resident", "enrolled": True, "paid_year": []}, "尚未缴费"),
    "NOT_YET": ({"capacity": "resident", "paid_year": [2026]}, "自 2026-01-01 起"),
    "ENDED": ({"capacity": "resident", "enrolled": "2024-01-01", "paid_year": [2024]}, "已结束"),
    "NOT_FILED": ({"region": "511700", "enrolled": True}, "未办理到本地的异地就医备案"),
}


def why(clinic, reply):
    trace = reply.raw.headers["X-Sandbox-Trace"]
    return [one["code"] for one in clinic.box.ask("GET", f"/refusals/{trace}/explain")["why_not"]]


@pytest.mark.parametrize("standing", sorted(CASES))
def test_each_reason_has_its_own_sentence_and_code(app, clinic, standing):
    wanted, said = CASES[standing]
    person = clinic.box.person(**wanted)
    person |= {"insutype": "390" if wanted.get("capacity") == "resident" else "310"}
    visit = clinic.visit(person, BILL)
    if standing == "SUSPENDED":
        with app.worlds.get(clinic.box.world).write() as tx:
            ended(tx, person)

    replies = [clinic.presettle(person, visit, BILL), clinic.settle(person, visit, BILL)]

    for reply in replies:
        assert (reply.code, said in reply.body["err_msg"]) == ("NOT_ELIGIBLE", True), reply.body
        assert reply.raw.headers["X-Sandbox-Standing"] == standing
        assert why(clinic, reply) == [standing]
    sentences = {text for code, (_, text) in CASES.items() if code != standing}
    assert not [text for text in sentences if text in replies[0].body["err_msg"]]


def test_who_waits_is_told_until_when(clinic):
    town = clinic.box.elsewhere(
        clinic.box.ask("POST", "/worlds", {"regions": ["511700"], "at": "2025-11-20T10:00:00+08:00"})["name"]
    )
    magic = {one["state"]: one["psn_no"] for one in town.ask("GET", "/people/magic")["items"] if one["psn_no"]}
    hospital = Clinic(town, "H51170000003")
    waiting, exempt = (
        town.ask("GET", f"/people/{magic[state]}") | {"insutype": "390"} for state in ("waiting", "waiting_exempt")
    )
    begins = waiting["periods"][-1]["from_day"]

    reply = hospital.settle(waiting, hospital.visit(waiting, BILL), BILL)

    assert (reply.code, why(hospital, reply)) == ("NOT_ELIGIBLE", ["WAITING"])
    assert f"仍在待遇等待期内，自 {begins} 起享受待遇" in reply.body["err_msg"]
    free = hospital.settle(exempt, hospital.visit(exempt, BILL), BILL)
    assert free.ok or why(hospital, free) != ["WAITING"]


def test_somebody_elses_code_is_nobodys_here_and_spends_nothing(app, clinic):
    mine, other = (clinic.box.person(enrolled=True, account_fen=10_000) for _ in range(2))
    with app.worlds.get(clinic.box.world).write() as tx:
        credentials.set_up(tx, other["psn_no"])
        text = credentials.issue_code(tx, other["psn_no"]).text
    theirs = {"mdtrt_cert_type": "01", "mdtrt_cert_no": text}
    assert clinic.query(other, **theirs).ok
    visit = clinic.visit(mine, BILL)

    refused = [
        clinic.register(mine, **theirs),
        clinic.presettle(mine, visit, BILL, **theirs),
        clinic.settle(mine, visit, BILL, **theirs),
    ]

    assert {(one.code, one.body["err_msg"]) for one in refused} == {
        ("NOT_FOUND", "未查询到人员信息，请核对证件号码和姓名")
    }
    left = [clinic.box.ask("GET", f"/people/{one['psn_no']}")["account_fen"] for one in (mine, other)]
    assert left == [10_000, 10_000]
    assert clinic.settle(mine, visit, BILL).ok
