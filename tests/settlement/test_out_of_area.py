"""Treatment in another region: the catalogue of the place of care, the policy of the place where one is insured."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import Clinic
from yibaobox.domain import filings, policy
from yibaobox.domain.policy.model import POPULATIONS, STATUSES

BILL = "865.45"  # of it 200.00 are the deductible of Dazhou's employees; the rest is paid by 50 % at level 3
DAZHOU = "H51170000001"


def transfer(box, person, to="H51040000001"):
    node = {"diag_code": "I25", "diag_name": "冠心病", "reflin_medins_no": to, "reflin_medins_name": "人民医院"}
    node |= {"mdtrtarea_admdvs": "510400", "refl_type": "2", "refl_date": "2025-11-20", "refl_rea": "转上级"}
    sent = Clinic(box, DAZHOU).call("2501", {"refmedin": node | {"refl_opnn": "同意", "psn_no": person["psn_no"]}})
    return sent.output["result"]["trt_dcla_detl_sn"]


def file(app, world, person, type_="temporary", destination="510400", **detail: Any):
    with app.worlds.get(world).write() as tx:
        wanted = filings.NewFiling(
            person["psn_no"], filings.AWAY, type_, person["psn_no"][:6], tx.today, None, "portal", destination
        )
        return filings.file(tx, replaced(wanted, detail))


def replaced(wanted, detail):
    from dataclasses import replace

    return replace(wanted, detail=detail)


def test_who_did_not_file_pays_and_claims_at_home(any_clinic):
    person = any_clinic.box.person(region="511700", enrolled=True)
    visit = any_clinic.visit(person, BILL)

    quoted, settled = any_clinic.presettle(person, visit, BILL), any_clinic.settle(person, visit, BILL)

    assert (quoted.code, settled.code) == ("NOT_ELIGIBLE", "NOT_ELIGIBLE")
    assert "未办理到本地的异地就医备案" in settled.body["err_msg"]
    assert "达州" in settled.body["err_msg"]


def test_a_transferred_patient_is_settled_by_the_policy_of_home_and_explained(any_clinic):
    person = any_clinic.box.person(region="511700", enrolled=True, account_fen=10_000)
    number = transfer(any_clinic.box, person)
    visit = any_clinic.visit(person, BILL)
    quote = any_clinic.presettle(person, visit, BILL).setlinfo

    told = any_clinic.settle(person, visit, BILL, exp_content=quote["exp_content"]).setlinfo

    assert (told["hifp_pay"], told["acct_pay"], told["psn_cash_pay"]) == (266.18, 100, 499.27)  # 665.45 × (50 − 10) %
    assert told["clr_optins"] == "511700"
    explained = any_clinic.box.ask("GET", f"/settlements/{told['setl_id']}/explain")
    assert explained["region"] == "511700"
    assert [(one["filing_id"], one["kind"], one["from"]) for one in explained["filings"]] == [
        (number, "transfer", "2025-11-20")
    ]
    step = next(one for one in explained["steps"] if one["step"] == "away")
    assert (step["amount_fen"], step["figure"]) == (6655, "any.out_of_area.points")
    pools = any_clinic.box.ask("GET", "/ledger/entries", account="POOL:511700:310")["items"]
    assert [entry["amount_fen"] for entry in pools] == [-26618]
    assert any_clinic.reverse(person, visit, told["setl_id"]).ok


@pytest.mark.parametrize(
    ("type_", "paid"), [("long_term", 332.73), ("resettled", 332.73), ("emergency", 266.18), ("temporary", 199.64)]
)
def test_the_filing_decides_by_how_much_the_fund_pays_less(app, clinic, type_, paid):
    person = clinic.box.person(region="511700", enrolled=True)
    file(app, clinic.box.world, person, type_)

    assert clinic.settle(person, clinic.visit(person, BILL), BILL).setlinfo["hifp_pay"] == paid


def test_an_emergency_counts_as_filed_where_that_is_the_better(app, clinic):
    unfiled, filed, living = (clinic.box.person(region="511700", enrolled=True) for _ in range(3))
    file(app, clinic.box.world, filed)
    file(app, clinic.box.world, living, "long_term")

    paid = [
        clinic.settle(one, clinic.visit(one, BILL), BILL, med_type="13").setlinfo["hifp_pay"]
        for one in (unfiled, filed, living)
    ]

    assert paid == [266.18, 266.18, 332.73]


def test_a_filing_for_another_place_or_another_day_or_taken_back_is_none(app, clinic):
    box = clinic.box
    elsewhere, late, gone = (box.person(region="511700", enrolled=True) for _ in range(3))
    file(app, box.world, elsewhere, destination="310000")
    with app.worlds.get(box.world).write() as tx:
        filings.cancel(tx, filings.file(tx, replaced(wanted_of(tx, gone), {})), "行程取消")
    number = clinic.register(late, begntime="2025-11-19 10:00:00").output["data"]["mdtrt_id"]
    clinic.charge(late, number, BILL)
    file(app, box.world, late)

    refused = [clinic.settle(one, clinic.visit(one, BILL), BILL).code for one in (elsewhere, gone)]

    assert [*refused, clinic.settle(late, number, BILL).code] == ["NOT_ELIGIBLE"] * 3


def wanted_of(tx, person):
    where = (person["psn_no"], filings.AWAY, "temporary", "511700", tx.today, None, "portal", "510400")
    return filings.NewFiling(*where)


@pytest.mark.parametrize(
    ("detail", "paid"), [({}, 40), ({"student_place": "school"}, 60), ({"student_place": "freshman"}, 60)]
)
def test_a_dazhou_student_at_a_place_of_study_is_not_reduced(app, clinic, detail, paid):
    student = clinic.box.person(region="511700", capacity="student", enrolled=True, paid_year=[2025])
    file(app, clinic.box.world, student, **detail)
    small = Clinic(clinic.box, "H51040000003")  # level 1: residents of Dazhou get 60 % of it
    student |= {"insutype": "390"}

    assert small.settle(student, small.visit(student, "100.00"), "100.00").setlinfo["hifp_pay"] == paid


def test_a_region_may_settle_who_did_not_file_at_its_reduced_ratio(clinic):
    """Chuzhou: 55 % at level 1, times 0.9 when filed, times 0.7 when not; demo figures."""
    wanted = {"regions": ["510400", "341100"], "at": "2025-11-20T10:00:00+08:00"}
    town = clinic.box.elsewhere(clinic.box.ask("POST", "/worlds", wanted)["name"])
    small, paid = Clinic(town, "H51040000003"), []
    magic = {one["state"]: one for one in town.ask("GET", "/people/magic")["items"] if one["psn_no"]}
    for state in ("out_of_area_filed", "out_of_area_not_filed"):
        person = town.ask("GET", f"/people/{magic[state]['psn_no']}") | {"insutype": "390"}
        reply = small.settle(person, small.visit(person, "200.00"), "200.00")
        assert reply.ok, reply.body
        explained = town.ask("GET", f"/settlements/{reply.setlinfo['setl_id']}/explain")
        paid.append((reply.setlinfo["hifp_pay"], explained["why_not"][0]["code"]))

    assert [amount for amount, _ in paid] == [99, 77]  # 200.00 × 55 % × 0.9 and × 0.7
    assert [code for _, code in paid] == ["OUT_OF_AREA", "NOT_FILED"]


STANDINGS = st.builds(
    policy.Standing,
    st.sampled_from(sorted(POPULATIONS)),
    st.sampled_from(["L1", "L3A", "community", ""]),
    reduction=st.none(),  # a settlement never spells it out
    disease=st.none() | st.sampled_from(["hypertension", "dialysis"]),
    tier=st.sampled_from(["", "1"]),
    away=st.none() | st.builds(policy.Away, st.sampled_from(sorted(STATUSES)), st.sampled_from(["", "freshman"])),
    chronic=st.lists(st.sampled_from(["hypertension", "diabetes"]), unique=True).map(tuple),
    aided=st.booleans(),
)


@given(STANDINGS)
def test_what_is_stored_of_a_standing_gives_it_back(standing):
    import json

    assert policy.Standing.of(json.loads(json.dumps(standing.stored()))) == standing
