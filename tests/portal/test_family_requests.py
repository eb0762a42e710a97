"""P11: the relation is proven by paper or by data, the office may decide, and both sides see what was used."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxes import Box
from citizen import Citizen, citizen, frozen, png
from clinic import Clinic
from taxpayer import Taxpayer
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.relatives import Candidate, judge_relative

AT = "2025-11-20T10:00:00+08:00"
EMPLOYEE = {"region": "510400", "capacity": "employee", "enrolled": True}
RESIDENT = {"region": "510400", "capacity": "resident", "enrolled": True}
CHILD = {"region": "510400", "capacity": "child", "enrolled": True}
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xd9"
)
EIGHT = (
    *("spouse", "parent", "child", "sibling", "paternal_grandparent", "maternal_grandparent"),
    *("sons_child", "daughters_child"),
)


@pytest.fixture
def town(local_box) -> Box:
    return frozen(local_box, AT)


@pytest.fixture
def giver(town) -> Citizen:
    return citizen(town, **EMPLOYEE).arrive()


def form(member: Citizen, **changed) -> dict:
    asked = {"id_no": member.person["id_no"], "mobile": member.person["mobile"]}
    return asked | {"relation": "child", "agreed": True} | changed


def begun(giver: Citizen, member: Citizen, **changed) -> dict:
    return giver.ask("POST", "/family/requests", form(member, **changed))


def submit(giver: Citizen, request: dict) -> dict:
    return giver.ask("POST", f"/family/requests/{request['application_id']}/submit")


def jpg(giver: Citizen, request: dict, kind: str = "household_book", **file) -> int:
    sent = giver.upload(request["application_id"], kind, file.get("file", ("户口簿.jpg", JPEG, "image/jpeg")))
    return sent.status_code


def test_a_child_under_sixteen_is_proven_by_the_household_register(giver, town):
    child = citizen(town, **CHILD, birth="2012-04-30")
    request = begun(giver, child)
    unproven = giver.refusal("POST", f"/family/requests/{request['application_id']}/submit")

    assert (request["proof"], unproven[:2]) == ("household_book", (422, "INVALID_INPUT"))
    assert "居民户口簿" in unproven[2]
    assert jpg(giver, request) == 201
    assert submit(giver, request)["state"] == "ACTIVE"
    assert len(giver.ask("GET", "/family")["members"]) == 1


def test_a_child_under_sixteen_is_not_bound_in_one_step(giver, town):
    child = citizen(town, **CHILD, birth="2012-04-30")

    assert giver.refusal("POST", "/family", form(child))[:2] == (422, "INVALID_INPUT")
    assert giver.ask("GET", "/applications")["items"] == []


@pytest.mark.parametrize(("birth", "proof"), [("2009-11-21", "household_book"), ("2009-11-20", "data_check")])
def test_the_sixteenth_birthday_decides_what_proves_the_relation(giver, town, birth, proof):
    assert begun(giver, citizen(town, **CHILD, birth=birth))["proof"] == proof


def test_panzhihua_takes_photographs_in_jpg_only(giver, town):
    request = begun(giver, citizen(town, **CHILD, birth="2012-04-30"))

    assert jpg(giver, request, file=("户口簿.png", png(), "image/png")) == 422
    assert jpg(giver, request, kind="driving_licence") == 422
    assert jpg(giver, request) == 201


def test_data_that_say_otherwise_ask_for_a_paper(giver, town):
    spouse = citizen(town, **RESIDENT)
    town.ask("POST", f"/people/{spouse.psn_no}/kin", {"relative_psn_no": giver.psn_no, "relation": "parent"})
    refused = giver.refusal("POST", "/family", form(spouse, relation="spouse"))
    assert refused[:2] == (422, "INVALID_INPUT")
    assert "数据核验未通过" in refused[2]

    request = begun(giver, spouse, relation="spouse")
    assert jpg(giver, request, kind="marriage_certificate") == 201
    assert submit(giver, request)["binding"]["relation_name"] == "配偶"


def test_data_written_from_the_other_side_prove_as_well(giver, town):
    town.ask("PUT", "/switches", {"relation_match": "on_record"})
    parent, stranger = citizen(town, **RESIDENT), citizen(town, **RESIDENT)
    town.ask("POST", f"/people/{parent.psn_no}/kin", {"relative_psn_no": giver.psn_no, "relation": "child"})

    assert giver.ask("POST", "/family", form(parent, relation="parent"))["binding_id"]
    assert giver.refusal("POST", "/family", form(stranger, relation="parent"))[:2] == (422, "INVALID_INPUT")


def waiting(town: Box, giver: Citizen) -> int:
    cases = town.ask("GET", "/cases", state="SUBMITTED")["items"]
    return next(one["id"] for one in cases if one["psn_no"] == giver.psn_no)


def test_where_the_office_decides_nothing_is_bound_before(giver, town):
    town.ask("PUT", "/switches", {"review_family_account": "manual"})
    parent = citizen(town, **RESIDENT)
    assert giver.refusal("POST", "/family", form(parent, relation="parent"))[:2] == (409, "CONFLICT")
    asked = submit(giver, begun(giver, parent, relation="parent"))
    before = giver.ask("GET", "/family")["members"]
    town.ask("POST", f"/cases/{waiting(town, giver)}/complete")

    assert (asked["state"], asked["binding"], before) == ("REVIEWING", None, [])
    assert len(giver.ask("GET", "/family")["members"]) == 1


def test_a_rejected_addition_says_why_and_may_be_repeated(giver, town):
    town.ask("PUT", "/switches", {"review_family_account": "manual"})
    parent = citizen(town, **RESIDENT)
    submit(giver, begun(giver, parent, relation="parent"))
    again = begun(giver, parent, relation="parent")
    path = f"/family/requests/{again['application_id']}/submit"
    assert giver.refusal("POST", path)[1] == "DUPLICATE_APPLICATION"
    town.ask("POST", f"/cases/{waiting(town, giver)}/reject", {"reason": "照片不清晰"})

    (case,) = [one for one in giver.ask("GET", "/applications")["items"] if one["state"] == "REJECTED"]
    assert (case["kind_name"], case["reason"]) == ("个人账户家庭共济绑定", "照片不清晰")
    assert submit(giver, again)["state"] == "REVIEWING"


def test_what_became_forbidden_while_it_waited_is_rejected(giver, town):
    town.ask("PUT", "/switches", {"review_family_account": "PT1H"})
    parent = citizen(town, **RESIDENT).arrive()
    submit(giver, begun(giver, parent, relation="parent"))
    parent.submit("suspensions", parent.suspension_form())
    town.ask("POST", "/clock/advance", {"by": "PT1H"})

    (case,) = giver.ask("GET", "/applications")["items"]
    assert (case["state"], case["reason"]) == ("REJECTED", "该家庭成员未参加基本医疗保险，不能添加")


def test_anothers_request_is_not_there(giver, town):
    other = citizen(town, **EMPLOYEE).arrive()
    request = begun(giver, citizen(town, **RESIDENT), relation="parent")

    assert other.refusal("POST", f"/family/requests/{request['application_id']}/submit")[:2] == (404, "NOT_FOUND")


def test_both_sides_see_what_was_given_for_treatment_and_premium_and_what_came_back(town):
    giver = citizen(town, **EMPLOYEE, account_fen=100_000).arrive()
    parent = citizen(town, **RESIDENT | {"paid_year": [2025]}).arrive()
    giver.ask("POST", "/family", form(parent, relation="parent"))
    clinic, person = Clinic(town), parent.person | {"insutype": "390"}
    visit = clinic.visit(person, "50.00")
    settled = clinic.settle(person, visit, "50.00").setlinfo
    payer = Taxpayer(town, giver.person).identify()
    asked = {"id_no": parent.person["id_no"], "year": 2026}
    payer.ask("POST", "/family/payments", asked)
    assert clinic.reverse(parent.person, visit, settled["setl_id"]).ok

    gave, took = giver.ask("GET", "/family/usage")["items"], parent.ask("GET", "/family/usage")["items"]
    assert [one["kind_name"] for one in gave] == ["退回", "缴纳居民医保费", "就医购药"]
    assert [one["amount_fen"] for one in gave] == [one["amount_fen"] for one in took]
    assert gave[0]["amount_fen"] == -gave[2]["amount_fen"] < 0
    assert ({one["direction"] for one in gave}, {one["direction"] for one in took}) == ({"gave"}, {"received"})
    assert gave[0]["name"] == f"*{parent.person['name'][-1]}"
    assert took[0]["name"] == f"*{giver.person['name'][-1]}"


def test_a_stranger_sees_no_usage(town):
    assert citizen(town, **EMPLOYEE).arrive().ask("GET", "/family/usage") == {"items": []}


PANZHIHUA = Place("510400", "employee")


@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.sampled_from(EIGHT), st.integers(0, 100))
def test_three_kinds_of_relatives_to_the_third_of_july_2025_and_eight_afterwards(day, relation, age):
    verdict = judge_relative(PANZHIHUA, Candidate(relation, age, "510400"), day)

    allowed = EIGHT if day >= date(2025, 7, 4) else EIGHT[:3]
    assert verdict.code == ("ACCEPTED" if relation in allowed else "RELATION_NOT_ALLOWED")
    assert verdict.proof == ("household_book" if age < 16 else "data_check")


@given(st.integers(0, 8), st.sampled_from(["510400", "341100", None]))
def test_five_members_at_most_insured_and_in_chuzhou_in_the_same_region(members, region):
    for place, same in ((PANZHIHUA, False), (Place("341100", "employee"), True)):
        verdict = judge_relative(place, Candidate("child", 20, region, members), date(2025, 11, 20))
        wanted = "TOO_MANY_MEMBERS" if members >= 5 else "ACCEPTED"
        if region is None:
            wanted = "NOT_INSURED"
        elif same and region != place.region:
            wanted = "OTHER_REGION"
        assert verdict.code == wanted
