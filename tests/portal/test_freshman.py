"""P12: a freshman of Shanghai confirms, waits half an hour, is treated to the year's end, keeps the pledge or not."""

from __future__ import annotations

import pytest

from boxes import Box, own_world
from citizen import Citizen, citizen, frozen
from clinic import Clinic
from holding import Holder
from taxpayer import Taxpayer

CONFIRMED = "2024-09-03T10:00:00+08:00"
CLINIC, HOSPITAL = "H31000000007", "H31000000001"
FRESHMAN = {"region": "310000", "capacity": "student", "birth": "2006-05-01"}
OTHER_NAME = "相同证件号存在其他医保账户但姓名不同"


@pytest.fixture
def town(any_box):
    world = any_box.ask("POST", "/worlds", {"regions": ["310000", "510400"], "at": CONFIRMED})["name"]
    yield frozen(any_box.elsewhere(world), CONFIRMED)
    assert any_box.elsewhere(world).violations() == []
    any_box.ask("DELETE", f"/worlds/{world}")


@pytest.fixture
def student(town) -> Citizen:
    return citizen(town, **FRESHMAN).arrive()


def confirmation(student: Citizen, **changed) -> dict:
    record = student.ask("GET", "/freshman/schools")["items"][0]["record_id"]
    return {"record_id": record, "agreed": True, "signature": student.person["name"]} | changed


def confirm(student: Citizen) -> dict:
    return student.ask("POST", "/freshman/submit", confirmation(student))


def advance(town: Box, by: str) -> None:
    town.ask("POST", "/clock/advance", {"by": by})


def later(student: Citizen) -> dict:
    """How the account stands, seen in a new session."""
    student.token = ""
    student.sign_in()
    return student.ask("GET", "/freshman")


def opened(student: Citizen) -> Citizen:
    confirm(student)
    advance(student.box, "PT30M")
    return student


def settle(student: Citizen, institution: str, yuan: str) -> dict:
    clinic = Clinic(student.box, institution)
    person = student.person | {"insutype": "390"}
    visit = clinic.visit(person, yuan)
    return clinic.settle(person, visit, yuan).setlinfo | {"visit": visit}


def test_a_confirmation_is_pending_for_half_an_hour_and_then_an_account(student, town):
    before, pending = student.ask("GET", "/freshman")["state_name"], confirm(student)
    advance(town, "PT29M59S")
    waiting = student.ask("GET", "/freshman")["state_name"]
    advance(town, "PT1S")
    done = student.ask("GET", "/freshman")

    assert [before, pending["state_name"], waiting, done["state_name"]] == [
        "未建账",
        "已申请待审核",
        "已申请待审核",
        "已建账",
    ]
    assert done["account"] == {
        "region": "310000",
        "opened_on": "2024-09-03",
        "benefits_from": "2024-09-04",
        "benefits_until": "2024-12-31",
        "credential_from": "2024-09-04",
        "pledge": "OPEN",
        "pledge_due": "2024-12-31",
        "next_year_paid": False,
        "reclaimed_fen": 0,
    }
    assert done["result"]["id_no"] == f"310*****{student.person['id_no'][-2:]}"
    assert done["result"]["name"] == f"*{student.person['name'][-1]}"


def test_the_result_is_found_among_ones_cases(student, town):
    confirm(student)
    (before,) = student.ask("GET", "/applications", params={"kind": "freshman"})["items"]
    advance(town, "PT30M")
    (after,) = student.ask("GET", "/applications")["items"]

    assert (before["kind_name"], before["state_name"]) == ("新生参保确认", "待审核")
    assert (after["state_name"], after["decided_at"]) == ("审核通过", "2024-09-03T10:30:00+08:00")


def test_late_in_the_evening_the_account_is_open_as_the_next_day_begins(student, town):
    frozen(town, "2024-09-03T23:45:00+08:00")
    student.sign_in()
    confirm(student)
    advance(town, "PT15M")

    assert student.ask("GET", "/freshman")["account"]["opened_on"] == "2024-09-04"


@pytest.mark.parametrize("minutes", [0, 30])
def test_neither_a_pending_nor_an_opened_account_is_applied_for_again(student, town, minutes):
    confirm(student)
    advance(town, f"PT{minutes}M")

    refused = student.refusal("POST", "/freshman/submit", confirmation(student))
    assert refused[:2] == (409, "CONFLICT" if minutes else "DUPLICATE_APPLICATION")
    assert len(student.ask("GET", "/applications")["items"]) == 1


def test_an_account_under_another_name_lets_the_opening_fail(student, town):
    town.ask("PUT", f"/people/{student.psn_no}/other-account", {"name": "测同号"})
    opened(student)
    found = student.ask("GET", "/freshman")

    assert (found["state_name"], found["result"]["reason"], found["account"]) == ("建账失败", OTHER_NAME, None)
    assert OTHER_NAME in student.refusal("POST", "/freshman/submit", confirmation(student))[2]
    town.ask("DELETE", f"/people/{student.psn_no}/other-account")
    assert town.refusal("DELETE", f"/people/{student.psn_no}/other-account") == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ("account.create_fail;reason=duplicate_id", "FAILED", "建账失败：该证件号码已以其他姓名建账"),
        ("account.create_fail", "FAILED", "建账失败：姓名与证件号码不一致"),
        ("audit.reject;reason=学籍未报送", "FAILED", "学籍未报送"),
        ("enrol.delay;s=7200", "PENDING", None),
    ],
)
def test_faults_let_it_fail_after_the_half_hour_or_take_longer(student, town, fault, state, reason):
    rule = {"name": fault.partition(";")[0], "times": 1, "params": {}}
    for each in fault.split(";")[1:]:
        name, _, value = each.partition("=")
        rule["params"][name] = int(value) if value.isdigit() else value
    town.ask("POST", "/faults", rule)
    assert confirm(student)["state"] == "PENDING"
    advance(town, "PT30M")
    found = student.ask("GET", "/freshman")

    assert (found["state"], found["result"]["reason"]) == (state, reason)
    advance(town, "PT90M")
    assert student.ask("GET", "/freshman")["state"] == ("OPENED" if state == "PENDING" else "FAILED")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"agreed": False}, (422, "INVALID_INPUT")),
        ({"signature": "别人"}, (422, "INVALID_INPUT")),
        ({"record_id": 987654321}, (404, "NOT_FOUND")),
    ],
)
def test_without_pledge_signature_or_registration_nothing_is_handed_in(student, changed, refused):
    assert student.refusal("POST", "/freshman/submit", confirmation(student, **changed))[:2] == refused
    assert student.ask("GET", "/freshman")["state"] == "NO_ACCOUNT"


def test_of_two_registrations_one_is_chosen_and_shown_with_the_pledge(student, town):
    told = {"region": "310000", "college": "外语学院", "major": "英语", "student_no": "20240001"}
    for name, day in (("上海某某大学", "2024-09-01"), ("上海旧学院", "2023-09-01")):
        town.ask("POST", f"/people/{student.psn_no}/schools", told | {"school": name, "registered_on": day})
    now, old = student.ask("GET", "/freshman/schools")["items"]
    check = student.ask("GET", f"/freshman/schools/{now['record_id']}")

    assert (check["school"], check["id_no"]) == ("上海某某大学", f"310*****{student.person['id_no'][-2:]}")
    assert "愿意参加2025年度城乡居民基本医疗保险" in check["pledge"]
    assert student.refusal("GET", f"/freshman/schools/{old['record_id']}")[:2] == (422, "NOT_ELIGIBLE")
    refused = student.refusal("POST", "/freshman/submit", confirmation(student, record_id=old["record_id"]))
    assert refused[:2] == (422, "NOT_ELIGIBLE")


def test_who_takes_part_elsewhere_suspends_there_first(town):
    student = citizen(town, **FRESHMAN | {"region": "510400", "enrolled": True}).arrive()
    told = {"region": "310000", "school": "上海某某大学", "college": "外语学院", "major": "英语", "student_no": "1"}
    town.ask("POST", f"/people/{student.psn_no}/schools", told | {"registered_on": "2024-09-01"})

    refused = student.refusal("POST", "/freshman/submit", confirmation(student))
    assert refused[:2] == (409, "ALREADY_ENROLLED")
    assert "攀枝花" in refused[2]


def test_the_credential_is_claimed_on_the_day_after(student, town):
    opened(student)
    holder = Holder(town, student.person)
    assert holder.refusal("POST", "/activations", holder.form()) == (422, "NOT_ELIGIBLE")
    frozen(town, "2024-09-04T00:00:00+08:00")

    assert holder.activate("city_app").ask("GET", "/credential")["region"] == "310000"


def test_the_office_decides_where_the_switch_says_so(student, town):
    town.ask("PUT", "/switches", {"review_freshman": "manual"})
    confirm(student)
    advance(town, "P2D")
    assert later(student)["state"] == "PENDING"
    (case,) = [one for one in town.ask("GET", "/cases", state="SUBMITTED")["items"] if one["psn_no"] == student.psn_no]
    town.ask("POST", f"/cases/{case['id']}/complete")

    assert student.ask("GET", "/freshman")["account"]["opened_on"] == "2024-09-05"


def visits(student: Citizen, town: Box) -> list[dict]:
    """The visits of the worked cases G07 and G08."""
    frozen(town, "2024-10-12T09:00:00+08:00")
    clinic = settle(student, CLINIC, "86.40")
    frozen(town, "2024-11-05T09:00:00+08:00")
    return [clinic, settle(student, HOSPITAL, "512.37")]


def pledge_decided(town: Box) -> None:
    frozen(town, "2024-12-31T23:59:59+08:00")
    advance(town, "PT1S")


def reclaimed(student: Citizen) -> tuple[str, int]:
    account = later(student)["account"]
    return account["pledge"], account["reclaimed_fen"]


def funds(town: Box, student: Citizen) -> int:
    entries = town.ask("GET", "/ledger/entries", person=student.psn_no)["items"]
    return -sum(one["amount_fen"] for one in entries if one["account"].startswith("POOL:"))


def test_a_broken_pledge_calls_back_what_the_funds_paid_to_the_fen(student, town):
    opened(student)
    paid = [one["fund_pay_sumamt"] for one in visits(student, town)]
    before = funds(town, student)
    pledge_decided(town)

    assert [str(one) for one in paid] == ["69.12", "106.19"]
    assert (before, reclaimed(student), funds(town, student)) == (17_531, ("BROKEN", 17_531), 0)


def test_a_settlement_whose_money_was_called_back_is_not_reversed(student, town):
    opened(student)
    first, _ = visits(student, town)
    pledge_decided(town)

    refused = Clinic(town, CLINIC).reverse(student.person, first["visit"], first["setl_id"])
    assert (refused.ok, refused.code) == (False, "CONFLICT")


def test_what_was_reversed_before_is_not_called_back(student, town):
    opened(student)
    first, _ = visits(student, town)
    assert Clinic(town, CLINIC).reverse(student.person, first["visit"], first["setl_id"]).ok
    pledge_decided(town)

    assert reclaimed(student) == ("BROKEN", 10_619)


def test_a_kept_pledge_calls_nothing_back(student, town):
    opened(student)
    visits(student, town)
    payer = Taxpayer(town, student.person).identify().log_in()
    payer.act(payer.order(payer.bill(40_000, year=2025, manner="assessed")))
    assert later(student)["account"]["next_year_paid"]
    pledge_decided(town)

    assert (reclaimed(student), funds(town, student)) == (("KEPT", 0), 17_531)


def test_who_was_never_treated_owes_nothing(student, town):
    opened(student)
    pledge_decided(town)

    assert reclaimed(student) == ("BROKEN", 0)


def test_benefits_end_with_the_year(student, town):
    opened(student)
    town_clinic = Clinic(frozen(town, "2024-12-31T23:00:00+08:00"), CLINIC)
    person = student.person | {"insutype": "390"}
    assert town_clinic.visit(person, "10.00")
    after = Clinic(frozen(town, "2025-01-01T00:00:00+08:00"), CLINIC)
    visit = after.visit(person, "10.00")

    assert after.settle(person, visit, "10.00").code == "NOT_ELIGIBLE"


def test_the_magic_persons_of_shanghai_keep_their_promises(local_box):
    with own_world(local_box) as made:
        world = made.ask("POST", "/worlds", {"regions": ["310000"], "at": CONFIRMED})["name"]
        town = made.elsewhere(world)
        by_state = {one["state"]: one for one in town.ask("GET", "/people/magic")["items"]}
        for name, code, told in (
            ("account_opening_failed", "CONFLICT", "FAILED"),
            ("account_opening_pending", "DUPLICATE_APPLICATION", "PENDING"),
        ):
            person = citizen(town)
            person.person = town.ask("GET", f"/people/{by_state[name]['psn_no']}")
            person.arrive()
            advance(town, "PT31M")
            assert person.ask("GET", "/freshman")["state"] == told
            assert person.refusal("POST", "/freshman/submit", confirmation(person))[1] == code
        assert town.violations() == []
        made.ask("DELETE", f"/worlds/{world}")
