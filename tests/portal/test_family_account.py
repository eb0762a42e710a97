"""P11: an employee opens the own account to relatives."""

from __future__ import annotations

import pytest

from citizen import Citizen, citizen, frozen

EMPLOYEE = {"region": "510400", "capacity": "employee", "enrolled": True}
RESIDENT = {"region": "510400", "capacity": "resident", "enrolled": True}


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def giver(town) -> Citizen:
    return citizen(town, **EMPLOYEE).arrive()


def member_form(member: Citizen, **changed) -> dict:
    asked = {"id_no": member.person["id_no"], "mobile": member.person["mobile"]}
    return asked | {"relation": "parent", "agreed": True} | changed


def test_a_relative_is_looked_up_bound_and_seen_from_both_sides(giver, town):
    parent = citizen(town, **RESIDENT).arrive()
    asked = {"id_no": parent.person["id_no"], "mobile": parent.person["mobile"]}
    assert giver.ask("POST", "/family/lookup", asked) == {"name": f"*{parent.person['name'][-1]}"}

    made = giver.ask("POST", "/family", member_form(parent))

    assert (made["relation_name"], made["name"]) == ("父母", f"*{parent.person['name'][-1]}")
    assert giver.ask("GET", "/family") == {"members": [made], "givers": []}
    seen = parent.ask("GET", "/family")
    assert [(one["binding_id"], one["name"]) for one in seen["givers"]] == [
        (made["binding_id"], f"*{giver.person['name'][-1]}")
    ]


def test_unbound_is_unbound_on_both_sides(giver, town):
    parent = citizen(town, **RESIDENT).arrive()
    made = giver.ask("POST", "/family", member_form(parent))

    giver.ask("DELETE", f"/family/{made['binding_id']}")

    assert giver.ask("GET", "/family") == parent.ask("GET", "/family") == {"members": [], "givers": []}
    assert giver.refusal("DELETE", f"/family/{made['binding_id']}")[:2] == (404, "NOT_FOUND")


def test_a_strangers_binding_answers_as_one_that_is_not_there(giver, town):
    parent = citizen(town, **RESIDENT).arrive()
    made = giver.ask("POST", "/family", member_form(parent))

    told = {parent.refusal("DELETE", f"/family/{number}") for number in (made["binding_id"], 987654321)}

    assert told == {(404, "NOT_FOUND", "共济关系不存在")}
    assert len(giver.ask("GET", "/family")["members"]) == 1


def test_the_notice_must_be_agreed_to(giver, town):
    assert giver.ask("GET", "/family/notice")["version"] == "family-account/1"
    refused = giver.refusal("POST", "/family", member_form(citizen(town, **RESIDENT), agreed=False))
    assert refused[:2] == (422, "INVALID_INPUT")


def test_an_unknown_number_and_a_wrong_mobile_are_refused_in_the_same_words(giver, town):
    parent = citizen(town, **RESIDENT)
    wrong = giver.refusal("POST", "/family", member_form(parent, mobile="17499999999"))
    unknown = giver.refusal("POST", "/family", member_form(parent, id_no="510401195001010165"))

    assert wrong == unknown == (403, "CHECK_FAILED", "未查询到该家庭成员，请核对证件号码与手机号码")


def test_the_mobile_of_the_members_own_account_serves_as_well(giver, town):
    parent = citizen(town, **RESIDENT)
    parent.ask("POST", "/accounts", parent.account_form(mobile="17499999999"))

    assert giver.ask("POST", "/family", member_form(parent, mobile="17499999999"))["binding_id"]


@pytest.mark.parametrize("wanted", [RESIDENT, EMPLOYEE | {"enrolled": False}])
def test_only_an_insured_employee_gives(town, wanted):
    person = citizen(town, **wanted).arrive()

    refused = person.refusal("POST", "/family", member_form(citizen(town, **RESIDENT)))
    assert refused == (422, "NOT_ELIGIBLE", "只有正常参加职工医保的人员可以开通家庭共济")


def test_a_member_is_insured(giver, town):
    refused = giver.refusal("POST", "/family", member_form(citizen(town, **RESIDENT | {"enrolled": False})))

    assert refused == (422, "NOT_ELIGIBLE", "该家庭成员未参加基本医疗保险，不能添加")


def test_nobody_gives_to_oneself(giver):
    assert giver.refusal("POST", "/family", member_form(giver))[:2] == (422, "INVALID_INPUT")


def test_a_member_is_bound_once(giver, town):
    parent = citizen(town, **RESIDENT)
    giver.ask("POST", "/family", member_form(parent))

    assert giver.refusal("POST", "/family", member_form(parent))[:2] == (409, "ALREADY_EXISTS")


def test_the_sixth_member_is_refused_and_a_place_that_is_freed_is_taken(giver, town):
    family = [citizen(town, **RESIDENT) for _ in range(6)]
    made = [giver.ask("POST", "/family", member_form(each)) for each in family[:5]]

    assert giver.refusal("POST", "/family", member_form(family[5]))[:2] == (409, "FAMILY_FULL")
    giver.ask("DELETE", f"/family/{made[0]['binding_id']}")
    giver.ask("POST", "/family", member_form(family[5]))


@pytest.mark.parametrize(("at", "status"), [("2025-07-03T10:00:00+08:00", 422), ("2025-07-04T10:00:00+08:00", 201)])
def test_siblings_are_relatives_in_panzhihua_from_the_fourth_of_july_2025(town, at, status):
    frozen(town, at)
    giver = citizen(town, **EMPLOYEE).arrive()

    assert (
        giver.request("POST", "/family", member_form(citizen(town, **RESIDENT), relation="sibling")).status_code
        == status
    )


def test_a_relation_outside_the_list_is_refused(giver, town):
    refused = giver.refusal("POST", "/family", member_form(citizen(town, **RESIDENT), relation="friend"))
    assert refused[:2] == (422, "INVALID_INPUT")


def test_where_the_region_says_so_the_member_is_insured_in_the_same_region(local_box):
    world = local_box.ask("POST", "/worlds", {"regions": ["341100", "510400"]})["name"]
    town = frozen(local_box.elsewhere(world))
    giver = citizen(town, region="341100", capacity="employee", enrolled=True).arrive()

    near = citizen(town, region="341100", capacity="resident", enrolled=True)
    assert "同一统筹区" in giver.refusal("POST", "/family", member_form(citizen(town, **RESIDENT)))[2]
    giver.ask("POST", "/family", member_form(near))


def test_a_family_is_bound_for_set_up(town):
    one, other = town.person(**EMPLOYEE), town.person(**RESIDENT)
    asked = {"member_psn_no": other["psn_no"], "relation": "spouse"}

    made = town.ask("POST", f"/people/{one['psn_no']}/family", asked)

    assert (made["giver_psn_no"], made["member_psn_no"], made["relation"]) == (one["psn_no"], other["psn_no"], "spouse")
    assert town.refusal("POST", f"/people/{one['psn_no']}/family", asked | {"relation": "sibling"})[0] == 422
    assert town.refusal("POST", f"/people/{one['psn_no']}/family", asked | {"member_psn_no": "5" * 20})[0] == 404
    assert town.refusal("POST", f"/people/{'5' * 20}/family", asked)[0] == 404
