"""Why a request was refused, by its trace: the words, the facts of that moment, the reason in both languages."""

import pytest

from clinic import Clinic


@pytest.fixture
def clinic(any_box):
    any_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T10:00:00+08:00"})
    return Clinic(any_box)


def refused(reply):
    return reply.raw.headers["X-Sandbox-Trace"]


def test_who_is_entitled_later_is_told_to_wait_until_then_whatever_happens_afterwards(clinic):
    person = clinic.box.person(capacity="resident", paid_year=[2026]) | {"insutype": "390"}
    visit = clinic.visit(person, "100.00")
    asked = [clinic.presettle(person, visit, "100.00"), clinic.settle(person, visit, "100.00")]
    clinic.box.ask("POST", "/clock/advance", {"by": "P60D"})

    for reply in asked:
        told = clinic.box.ask("GET", f"/refusals/{refused(reply)}/explain")
        assert (told["code"], told["psn_no"]) == ("NOT_ELIGIBLE", person["psn_no"])
        assert told["zh"] == reply.body["err_msg"]
        assert (told["facts"]["day"], told["facts"]["entitled_from"]) == ("2025-11-20", "2026-01-01")
        assert told["why_not"] == [
            {
                "code": "NOT_YET",
                "zh": "等待至 2026-01-01 起享受待遇",
                "en": "waiting until 2026-01-01, when benefits begin",
            }
        ]


def test_amounts_that_differ_are_told(local_box):
    local_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T10:00:00+08:00"})
    clinic = Clinic(local_box)
    person = local_box.person(enrolled=True)
    reply = clinic.presettle(person, clinic.visit(person, "100.00"), "99.00")

    told = local_box.ask("GET", f"/refusals/{refused(reply)}/explain")

    assert told["facts"] == {"stated_fen": 9_900, "total_fen": 10_000}
    assert told["why_not"][0]["code"] == "AMOUNT_MISMATCH"


def test_a_problem_of_a_rest_service_is_told_too(local_box):
    reply = local_box.get("/_sandbox/v1/policy/regions/999999")

    told = local_box.ask("GET", f"/refusals/{reply.headers['X-Sandbox-Trace']}/explain")

    assert (told["code"], told["op"], told["facts"]) == ("UNKNOWN_REGION", "policy.show", {"region": "999999"})
    assert told["zh"] == reply.json()["detail"]
    assert told["en"] == "The code names no pooling area of this sandbox."


def test_what_was_not_refused_or_is_not_known_is_not_found(local_box):
    fine = local_box.get("/_sandbox/v1/clock").headers["X-Sandbox-Trace"]

    for trace in (fine, "0" * 16, "x", "％"):
        assert local_box.refusal("GET", f"/refusals/{trace}/explain") == (404, "NOT_FOUND")
