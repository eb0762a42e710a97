"""P2 to P4: the hall, 城乡居民参保登记, 城乡居民暂停参保, and the office's desk."""

from __future__ import annotations

import json

import pytest

from citizen import COLLEGE, Citizen, citizen, frozen, png
from yibaobox.domain.people import id_numbers


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def student(town) -> Citizen:
    return citizen(town).arrive()


@pytest.fixture
def freshman(town) -> Citizen:
    """Enrolled and paid in 攀枝花, about to study in 达州."""
    return citizen(town, region="510400", enrolled="2025-01-01", paid_year=[2025]).arrive()


def test_a_registration_makes_one_active_participation(student):
    done = student.submit("registrations", student.registration_form())

    assert (done["state"], done["region"], done["payment_channels"]) == (
        "APPROVED",
        "511700",
        ["tax", "family_account"],
    )
    [part] = student.ask("GET", "/participations")["items"]
    assert part == {
        "part_id": done["part_id"],
        "region": "511700",
        "region_name": "四川省达州市",
        "state": "ACTIVE",
        "state_name": "正常参保",
        "insutype": "390",
        "insutype_name": "城乡居民基本医疗保险",
        "capacity": "student",
        "capacity_name": "大学生",
        "from_day": "2025-11-20",
        "to_day": None,
        "entitled_from": None,
        "first_month": "2025-11",
        "account_month": "2025-11",
        "unit_code": COLLEGE,
        "unit_name": "达州市中医药职业技术学院",
        "paid_months": 0,
        "benefit_year": 2026,
        "suspend_reason": None,
    }


def test_registered_is_not_paid(student):
    student.submit("registrations", student.registration_form())

    told = student.ask("GET", "/entitlement", params={"on": "2026-01-01"})
    assert (told["entitled"], told["code"]) == (False, "UNPAID")


def test_a_draft_is_filled_in_bit_by_bit(student):
    number = student.ask("POST", "/registrations", {})["application_id"]
    assert student.upload(number, "student_card").status_code == 201
    form = student.registration_form()
    changed = student.ask("PUT", f"/registrations/{number}", form)
    assert student.upload(number, "id_paper").status_code == 201

    assert (changed["state"], changed["form"]) == ("DRAFT", form)
    done = student.ask("POST", f"/registrations/{number}/submit")
    assert [paper["kind"] for paper in done["papers"]] == ["student_card", "id_paper"]


@pytest.mark.parametrize(
    "field",
    [
        *("unit_code", "id_type", "id_no", "name", "mobile", "nation", "sex", "household_region"),
        *("household_address", "household_postcode", "capacity", "from_day", "benefit_year"),
    ],
)
def test_a_required_field_is_named_when_it_is_empty(student, field):
    number = student.draft("registrations", student.registration_form(**{field: None}), "id_paper")
    reply = student.request("POST", f"/registrations/{number}/submit")

    assert (reply.status_code, reply.json()["errors"]) == (422, {field: ["必填"]})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "测别人"}, "只能为本人办理"),
        ({"sex": "other"}, "只能为本人办理"),
        ({"id_no": "other"}, "只能为本人办理"),
        ({"unit_name": "某某大学"}, "名称与编码不一致"),
        ({"benefit_year": 2027}, "本年度或下一年度"),
        ({"benefit_year": 2024}, "本年度或下一年度"),
        ({"from_day": "2024-12-31"}, "本年度1月1日"),
        ({"from_day": "2027-01-01"}, "缴费年度末"),
        ({"capacity": "child"}, "年龄不符"),
    ],
)
def test_a_registration_that_contradicts_itself_is_refused(town, student, changed, words):
    other = {"sex": "2" if student.person["sex"] == "1" else "1", "id_no": citizen(town).person["id_no"]}
    form = student.registration_form(**{k: other[k] if v == "other" else v for k, v in changed.items()})

    status, code, detail = student.submit_refused("registrations", form, "id_paper")

    assert (status, code) == (422, "INVALID_INPUT")
    assert words in detail


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit_code", "51170099998"),
        ("unit_code", "5117"),
        ("id_type", "02"),
        ("id_no", "511701200403150023"),
        ("nation", "57"),
        ("sex", "9"),
        ("mobile", "12345678901"),
        ("household_region", "51170"),
        ("household_postcode", "63500"),
        ("insutype", "310"),
        ("capacity", "employee"),
        ("from_day", "2025-02-30"),
        ("benefit_year", "2026"),
        ("state", "APPROVED"),
        ("psn_no", "51170000000000000001"),
    ],
)
def test_a_value_outside_the_lists_and_an_unknown_field_are_refused_at_once(student, field, value):
    assert student.refusal("POST", "/registrations", {field: value})[:2] == (422, "INVALID_INPUT")


def test_the_lists_hold_what_the_forms_take(student):
    lists = student.ask("GET", "/lists")

    assert len(lists["nations"]) == 56
    assert {"code": COLLEGE, "name": "达州市中医药职业技术学院"} in lists["units"]
    assert [each["code"] for each in lists["capacities"]] == ["resident", "child", "student", "assisted"]


def test_without_papers_nothing_is_submitted(student):
    assert "上传" in student.submit_refused("registrations", student.registration_form())[2]


def test_what_was_submitted_is_locked(student):
    form = student.registration_form()
    number = student.submit("registrations", form)["application_id"]
    [paper] = student.ask("GET", f"/applications/{number}")["papers"]

    told = {
        student.refusal("PUT", f"/registrations/{number}", form),
        student.refusal("POST", f"/registrations/{number}/submit"),
        student.refusal("DELETE", f"/applications/{number}/papers/{paper['paper_id']}"),
    }
    assert told == {(409, "CONFLICT", "申请已提交并锁定，不能再修改")}
    assert student.upload(number, "id_paper").status_code == 409


def test_active_elsewhere_is_refused_naming_the_region_until_suspended_there(freshman):
    number = freshman.draft("registrations", freshman.registration_form(), "id_paper")
    reply = freshman.request("POST", f"/registrations/{number}/submit")

    assert (reply.status_code, reply.json()["code"], reply.json()["region"]) == (409, "ALREADY_ENROLLED", "510400")
    assert "四川省攀枝花市" in reply.json()["detail"]
    freshman.submit("suspensions", freshman.suspension_form())
    assert freshman.ask("POST", f"/registrations/{number}/submit")["state"] == "APPROVED"
    states = {part["region"]: part["state"] for part in freshman.ask("GET", "/participations")["items"]}
    assert states == {"510400": "SUSPENDED", "511700": "ACTIVE"}


def test_after_moving_the_old_region_pays_to_the_end_of_the_paid_year(freshman):
    freshman.submit("suspensions", freshman.suspension_form())
    freshman.submit("registrations", freshman.registration_form())

    here = freshman.ask("GET", "/entitlement", params={"region": "511700"})
    there = freshman.ask("GET", "/entitlement", params={"region": "510400"})
    assert (here["entitled"], here["code"]) == (False, "UNPAID")
    assert (there["entitled"], there["entitled_until"]) == (True, "2025-12-31")


def test_a_suspension_keeps_reason_and_day(freshman):
    done = freshman.submit("suspensions", freshman.suspension_form(suspend_day="2025-11-19"))

    [part] = freshman.ask("GET", "/participations")["items"]
    assert (part["part_id"], part["state_name"]) == (done["part_id"], "暂停参保")
    assert (part["to_day"], part["suspend_reason"]) == ("2025-11-19", "study_elsewhere")


@pytest.mark.parametrize("field", ["part_id", "region", "reason", "suspend_day", "remark"])
def test_a_suspension_is_filled_in_whole(freshman, field):
    number = freshman.draft("suspensions", freshman.suspension_form(**{field: None}), "id_paper")
    reply = freshman.request("POST", f"/suspensions/{number}/submit")

    assert (reply.status_code, reply.json()["errors"]) == (422, {field: ["必填"]})


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"region": "511700"}, (422, "INVALID_INPUT")),
        ({"suspend_day": "2025-11-21"}, (422, "INVALID_INPUT")),
        ({"suspend_day": "2024-12-31"}, (422, "INVALID_INPUT")),
        ({"part_id": 10**9}, (404, "NOT_FOUND")),
    ],
)
def test_a_suspension_that_does_not_fit_is_refused(freshman, changed, refused):
    form = freshman.suspension_form(**changed)

    assert freshman.submit_refused("suspensions", form, "id_paper")[:2] == refused


def test_a_participation_is_suspended_once(freshman):
    form = freshman.suspension_form()
    freshman.submit("suspensions", form)

    assert freshman.submit_refused("suspensions", form, "id_paper") == (
        409,
        "CONFLICT",
        "该参保关系已暂停，不能重复暂停",
    )


def test_employees_are_not_suspended_here(town):
    worker = citizen(town, region="510400", capacity="employee", enrolled=True).arrive()

    assert "用人单位" in worker.submit_refused("suspensions", worker.suspension_form(), "id_paper")[2]


def test_a_suspension_asks_for_an_id_paper(freshman):
    assert "身份证" in freshman.submit_refused("suspensions", freshman.suspension_form(), "other")[2]


def test_a_student_from_elsewhere_also_shows_the_student_card(town):
    elsewhere = town.person(region="510400", capacity="student")["id_no"]
    number = elsewhere[:6] + "200601010012"
    person = citizen(town, id_no=_checked(number), enrolled=True).arrive()
    form = person.suspension_form()

    assert "学生证或毕业证" in person.submit_refused("suspensions", form, "id_paper")[2]
    assert person.submit("suspensions", form, "id_paper", "diploma")["state"] == "APPROVED"


def _checked(number: str) -> str:
    return number[:17] + id_numbers.check_digit(number[:17])


def test_graduates_suspend_in_november(town):
    graduate = citizen(town, enrolled=True).arrive()
    papers = ("id_paper", "diploma")
    early = graduate.suspension_form(reason="graduated", suspend_day="2025-10-31")

    status, code, detail = graduate.submit_refused("suspensions", early, *papers)
    assert (status, code, "11月" in detail) == (422, "WINDOW_CLOSED", True)
    in_time = graduate.suspension_form(reason="graduated")
    assert graduate.submit("suspensions", in_time, *papers)["state"] == "APPROVED"


def test_the_hall_shows_the_active_participation_then_the_chosen_one(freshman):
    assert freshman.ask("GET", "/hall")["participation"]["region"] == "510400"
    freshman.submit("suspensions", freshman.suspension_form())
    assert freshman.ask("GET", "/hall")["participation"] is None
    [part] = freshman.ask("GET", "/participations")["items"]

    freshman.ask("PUT", "/hall", {"part_id": part["part_id"]})

    assert freshman.ask("GET", "/hall")["participation"] == part


def test_the_hall_shows_the_balance_of_the_own_account(town):
    worker = citizen(town, region="510400", capacity="employee", enrolled=True, account_fen=12345).arrive()
    hall = worker.ask("GET", "/hall")

    assert (hall["balance_fen"], hall["participation"]["paid_months"]) == (12345, 23)


def test_participations_come_in_pages(freshman):
    freshman.submit("suspensions", freshman.suspension_form())
    freshman.submit("registrations", freshman.registration_form())

    pages = [freshman.ask("GET", "/participations", params={"page": page, "size": 1}) for page in (1, 2, 3)]

    assert [[part["region"] for part in page["items"]] for page in pages] == [["510400"], ["511700"], []]
    assert {page["total"] for page in pages} == {2}


def test_another_persons_record_answers_as_one_that_is_not_there(town, freshman):
    stranger = citizen(town).arrive()
    number = freshman.draft("registrations", freshman.registration_form(), "id_paper")
    [paper] = freshman.ask("GET", f"/applications/{number}")["papers"]
    [part] = freshman.ask("GET", "/participations")["items"]
    form = stranger.registration_form()
    doors = [
        ("GET", "/participations/{}", None, part["part_id"]),
        ("PUT", "/hall", {"part_id": None}, part["part_id"]),
        ("GET", "/applications/{}", None, number),
        ("PUT", "/registrations/{}", form, number),
        ("POST", "/registrations/{}/submit", None, number),
        ("POST", "/suspensions/{}/submit", None, number),
        ("GET", "/applications/{}/papers/" + str(paper["paper_id"]), None, number),
        ("DELETE", "/applications/{}/papers/" + str(paper["paper_id"]), None, number),
    ]
    for method, path, body, real in doors:
        said = [_said(stranger, method, path, body, subject) for subject in (real, 987654321)]
        assert said[0] == said[1], path
        assert said[0][0] == 404, path


def _said(person: Citizen, method: str, path: str, body, number: int) -> tuple:
    if body == {"part_id": None}:
        body = {"part_id": number}
    reply = person.request(method, path.format(number), body)
    problem = json.loads(reply.text)
    del problem["trace"]
    volatile = ("X-Sandbox-Trace", "Date", "Content-Length")
    headers = {name: value for name, value in reply.headers.items() if name not in volatile}
    return reply.status_code, problem, headers


def test_a_stranger_uploads_to_nobodys_application(town, freshman):
    stranger = citizen(town).arrive()
    number = freshman.draft("registrations", freshman.registration_form())

    replies = [stranger.upload(each, "id_paper") for each in (number, 987654321)]

    assert [reply.status_code for reply in replies] == [404, 404]
    assert replies[0].json()["detail"] == replies[1].json()["detail"]


@pytest.fixture
def office(town):
    """A world in which the office reviews by hand."""
    town.ask("PUT", "/switches", {"review": "manual"})
    return town


def test_under_review_nothing_happens_until_the_office_completes(office, student):
    sent = student.submit("registrations", student.registration_form())
    assert (sent["state_name"], student.ask("GET", "/participations")["total"]) == ("待审核", 0)

    [case] = office.ask("GET", "/cases", state="SUBMITTED")["items"]
    done = office.ask("POST", f"/cases/{case['id']}/complete")

    assert (done["state"], done["psn_no"]) == ("APPROVED", student.psn_no)
    assert student.ask("GET", f"/applications/{case['id']}")["part_id"] == done["part_id"]
    assert student.ask("GET", "/participations")["total"] == 1


def test_a_rejection_gives_its_reason_and_the_citizen_may_try_again(office, student):
    sent = student.submit("registrations", student.registration_form())
    office.ask("POST", f"/cases/{sent['application_id']}/reject", {"reason": "材料不清晰"})

    shown = student.ask("GET", f"/applications/{sent['application_id']}")
    assert (shown["state"], shown["reason"]) == ("REJECTED", "材料不清晰")
    assert student.submit("registrations", student.registration_form())["state"] == "SUBMITTED"


def test_one_application_of_a_kind_waits_at_a_time(office, student):
    student.submit("registrations", student.registration_form())

    again = student.submit_refused("registrations", student.registration_form(), "id_paper")
    assert again[:2] == (409, "DUPLICATE_APPLICATION")


def test_a_case_is_decided_once_and_drafts_are_no_cases(office, student):
    draft = student.draft("registrations", student.registration_form(), "id_paper")
    assert office.refusal("POST", f"/cases/{draft}/complete") == (404, "NOT_FOUND")
    student.ask("POST", f"/registrations/{draft}/submit")
    office.ask("POST", f"/cases/{draft}/complete")

    assert office.refusal("POST", f"/cases/{draft}/complete") == (409, "CONFLICT")
    assert office.refusal("POST", f"/cases/{draft}/reject", {"reason": "x"}) == (409, "CONFLICT")
    assert office.refusal("POST", f"/cases/{draft}/reject", {}) == (422, "INVALID_INPUT")


def test_applications_are_listed_newest_first_and_by_kind(freshman):
    freshman.submit("suspensions", freshman.suspension_form())
    freshman.submit("registrations", freshman.registration_form())

    kinds = [each["kind"] for each in freshman.ask("GET", "/applications")["items"]]
    assert kinds == ["registration", "suspension"]
    only = freshman.ask("GET", "/applications", params={"kind": "suspension"})["items"]
    assert [each["kind"] for each in only] == ["suspension"]


def test_a_paper_comes_back_as_an_attachment(student):
    number = student.draft("registrations", {}, "id_paper")
    [paper] = student.ask("GET", f"/applications/{number}")["papers"]
    reply = student.request("GET", f"/applications/{number}/papers/{paper['paper_id']}")

    assert reply.content == png()
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{paper["name"]}"'
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_a_paper_of_a_draft_can_be_taken_out(student):
    number = student.draft("registrations", {}, "id_paper", "other")
    first, second = student.ask("GET", f"/applications/{number}")["papers"]
    student.ask("DELETE", f"/applications/{number}/papers/{first['paper_id']}")

    assert student.ask("GET", f"/applications/{number}")["papers"] == [second]
