"""Faults that change a world between two requests: really, so that everything else sees it and the books stay right."""

import pytest

from clinic import Clinic


@pytest.fixture
def person(place):
    return place.person(enrolled=True, account_fen=10_000)


@pytest.fixture
def couple(place, person):
    giver = place.person(enrolled=True, account_fen=50_000)
    place.ask("POST", f"/people/{giver['psn_no']}/family", {"member_psn_no": person["psn_no"], "relation": "spouse"})
    return person, giver


@pytest.fixture
def clinic(place):
    return Clinic(place)


def balance(place, someone):
    return place.ask("GET", f"/people/{someone['psn_no']}")["account_fen"]


def struck_settlement(clinic, person, visit, fault, yuan="100.00", **changes):
    message = clinic.envelope("2207", clinic.settlement(person, visit, yuan, **changes))
    return clinic.send(message, headers={"X-Sandbox-Fault": fault})


def quoted(clinic, person, visit, fault, yuan="100.00"):
    message = clinic.envelope("2206", {"data": clinic.payment(person, visit, yuan)})
    return clinic.send(message, headers={"X-Sandbox-Fault": fault}).setlinfo


@pytest.mark.parametrize("fen", [250, -2_500])
def test_after_a_drift_the_settlement_differs_from_the_quote(struck, clinic, person, fen):
    visit = clinic.visit(person, "300.00")
    told = quoted(clinic, person, visit, f"presettle.drift;fen={fen}", "300.00")

    assert balance(struck.box, person) == 10_000 + fen
    assert clinic.settle(person, visit, "300.00", exp_content=told["exp_content"]).code == "PRESETTLE_STALE"
    settled = clinic.settle(person, visit, "300.00").setlinfo
    assert round(settled["acct_pay"] - told["acct_pay"], 2) == fen / 100


def test_an_expired_quote_is_refused_once(struck, clinic, person):
    visit = clinic.visit(person, "100.00")

    assert struck_settlement(clinic, person, visit, "presettle.expired").code == "PRESETTLE_STALE"
    assert clinic.settle(person, visit, "100.00").ok


def test_suspended_between_means_no_longer_entitled(struck, clinic, person):
    visit = clinic.visit(person, "100.00")
    assert quoted(clinic, person, visit, "suspend.between")

    assert clinic.settle(person, visit, "100.00").code == "NOT_ELIGIBLE"
    parts = struck.box.ask("GET", f"/people/{person['psn_no']}")["enrolments"]
    assert [part["state"] for part in parts] == ["SUSPENDED"]


def test_a_pre_settlement_that_is_refused_suspends_nobody(struck, clinic, person):
    before = struck.fired()
    message = clinic.envelope("2206", {"data": clinic.payment(person, "999999", "100.00")})

    assert not clinic.send(message, headers={"X-Sandbox-Fault": "suspend.between"}).ok
    assert struck.fired() == before


def test_with_the_cap_exhausted_the_fund_pays_nothing(struck, clinic, person):
    visit = clinic.visit(person, "100.00")
    usual = clinic.presettle(person, visit, "100.00").setlinfo

    told = struck_settlement(clinic, person, visit, "cap.exhausted").setlinfo

    assert told["fund_pay_sumamt"] <= usual["fund_pay_sumamt"]
    assert struck.box.ask("GET", "/requests", op="2207", person=person["psn_no"])["items"][0]["status"] == 200
    assert (told["hifp_pay"], told["acct_pay"]) == (0, 100)


def test_an_item_that_the_catalogue_does_not_know_is_refused(struck, clinic, person):
    visit = clinic.register(person).output["data"]["mdtrt_id"]
    message = clinic.envelope("2204", {"feedetail": [clinic.row(person, visit, "100.00")]})

    assert clinic.send(message, headers={"X-Sandbox-Fault": "catalog.missing_code"}).code == "UNKNOWN_ITEM"
    assert clinic.send(message).ok


def test_drained_relatives_pay_nothing(struck, clinic, couple):
    person, giver = couple
    visit = clinic.visit(person, "400.00")

    told = struck_settlement(clinic, person, visit, "family.drained", "400.00").setlinfo

    assert balance(struck.box, giver) == 0
    assert told["acct_mulaid_pay"] == 0
    assert told["acct_pay"] == 100


def test_relatives_who_unbind_midway_pay_nothing(struck, clinic, couple):
    person, giver = couple
    visit = clinic.visit(person, "400.00")

    told = struck_settlement(clinic, person, visit, "family.unbound_midway", "400.00").setlinfo

    assert (told["acct_mulaid_pay"], balance(struck.box, giver)) == (0, 50_000)


def test_a_relative_is_suspended_before_the_settlement(struck, clinic, couple):
    person, giver = couple
    visit = clinic.visit(person, "100.00")

    assert struck_settlement(clinic, person, visit, "family.payer_suspended").ok
    parts = struck.box.ask("GET", f"/people/{giver['psn_no']}")["enrolments"]
    assert [part["state"] for part in parts] == ["SUSPENDED"]


def test_a_fault_about_relatives_does_not_fire_without_any(struck, clinic, person):
    visit = clinic.visit(person, "100.00")
    struck.arm("family.drained", times=1)

    assert clinic.settle(person, visit, "100.00").ok
    assert [(rule["fired"], rule["times"]) for rule in struck.rules()] == [(0, 1)]


@pytest.mark.parametrize(("end", "state"), [("settled", "SETTLED"), ("refused", "REFUSED")])
def test_an_unknown_outcome_shows_after_a_while(struck, clinic, person, end, state):
    visit = clinic.visit(person, "100.00")
    message = clinic.envelope("2207", clinic.settlement(person, visit, "100.00"))

    first = clinic.send(message, headers={"X-Sandbox-Fault": f"unknown.then_{end};s=30"})
    again = clinic.send(message)
    assert [first.code, again.code] == ["IN_PROGRESS", "IN_PROGRESS"]
    assert struck.state(message) == "IN_PROGRESS"
    struck.advance(31)
    struck.until_state(message, state)

    final = clinic.send(message)
    assert final.replayed
    assert final.ok == (end == "settled")
    assert struck.rules() == []


def test_a_reversal_of_unknown_outcome_can_be_repaired_meanwhile(struck, clinic, person):
    visit = clinic.visit(person, "100.00")
    settled = clinic.settle(person, visit, "100.00").setlinfo
    facts = {"setl_id": settled["setl_id"], "mdtrt_id": visit, "psn_no": person["psn_no"]}
    message = clinic.envelope("2208", {"data": facts})

    assert clinic.send(message, headers={"X-Sandbox-Fault": "reverse.unknown;s=30"}).code == "IN_PROGRESS"
    struck.advance(31)
    struck.until_state(message, "SETTLED")
    assert balance(struck.box, person) == 10_000


def test_the_reply_to_a_reversal_is_lost_and_the_reversal_is_done(struck, clinic, person):
    visit = clinic.visit(person, "100.00")
    settled = clinic.settle(person, visit, "100.00").setlinfo
    facts = {"setl_id": settled["setl_id"], "mdtrt_id": visit, "psn_no": person["psn_no"]}
    message = clinic.envelope("2208", {"data": facts})

    assert struck.national(message, "reverse.lost_response") == "broken"
    assert struck.national(message).headers["X-Sandbox-Replay"] == "1"
    assert balance(struck.box, person) == 10_000


def test_policy_changes_between_quote_and_settlement(struck, clinic, person):
    before = struck.box.ask("GET", "/clock")["now"]
    visit = clinic.visit(person, "100.00")
    assert quoted(clinic, person, visit, "policy.switch_at;at=2027-01-01T00:00:00%2B08:00")

    assert struck.box.ask("GET", "/clock")["now"].startswith("2027-01-01T00:00:00")
    struck.box.ask("PUT", "/clock", {"mode": "frozen", "at": before})


def test_a_reversal_that_the_centre_refuses_stays_refused(struck, clinic, person):
    visit = clinic.visit(person, "100.00")
    settled = clinic.settle(person, visit, "100.00").setlinfo
    facts = {"setl_id": settled["setl_id"], "mdtrt_id": visit, "psn_no": person["psn_no"]}
    message = clinic.envelope("2208", {"data": facts})

    assert clinic.send(message, headers={"X-Sandbox-Fault": "reverse.refused"}).code == "CENTRE_REFUSED"
    assert clinic.send(message).code == "CENTRE_REFUSED"
    assert clinic.reverse(person, visit, settled["setl_id"]).ok


def test_a_lost_card_is_refused_and_an_identity_card_is_not(struck, clinic, person):
    struck.arm("card.lost", times=None, match={"psn": person["psn_no"]})
    card = {"mdtrt_cert_type": "03"}

    assert clinic.query(person, **card).code == "CARD_LOST"
    assert clinic.query(person).ok


def test_the_clock_jumps_before_and_after_what_it_strikes(struck, clinic, person):
    before = struck.box.ask("GET", "/clock")["now"]
    struck.arm("clock.jump", params={"s": 86400})
    struck.arm("clock.back", params={"s": 86400})
    clinic.query(person)
    assert struck.box.ask("GET", "/clock")["now"] > before
    clinic.query(person)
    assert struck.box.ask("GET", "/clock")["now"] == before
