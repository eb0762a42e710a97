"""T1, T2: identity, participations, bills from enrolments, 提档补差; one test per refusal."""

from __future__ import annotations

import pytest

from citizen import frozen
from taxpayer import HIGH, LOW, YEAR, Taxpayer, taxpayer


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def student(town):
    return taxpayer(town)


@pytest.fixture
def anywhere(any_box):
    """A student in process, and at a started server on each database."""
    return taxpayer(frozen(any_box))


def test_identity_opens_a_session_of_half_an_hour(town):
    person = town.person(region="511700", capacity="student")
    form = {name: person[name] for name in ("id_no", "name", "mobile")}
    answer = Taxpayer(town, person).ask("POST", "/identity", form)

    assert answer["expires_at"] == "2025-11-20T10:30:00+08:00"
    assert answer["name"] == f"*{person['name'][-1]}"
    assert answer["id_no"] == f"{person['id_no'][:3]}*****{person['id_no'][-2:]}"


@pytest.mark.parametrize("wrong", ["name", "mobile", "id_no"])
def test_whichever_part_of_the_identity_is_wrong_the_answer_is_the_same(town, wrong):
    person, other = (town.person(region="511700", capacity="student") for _ in range(2))
    form = {name: person[name] for name in ("id_no", "name", "mobile")} | {wrong: other[wrong]}

    reply = Taxpayer(town, person).request("POST", "/identity", form)

    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (403, "CHECK_FAILED")
    assert problem["detail"] == "身份核验未通过，请核对证件号码、姓名和手机号码"


def test_a_wrong_check_digit_is_refused(student):
    number = student.person["id_no"]
    wrong = number[:17] + ("1" if number[17] != "1" else "2")

    assert student.refusal("POST", "/identity", {"id_no": wrong, "name": "测", "mobile": "1" * 11})[0] == 422


def test_an_unknown_key_is_refused(student):
    reply = student.request("POST", "/bills", {"part_id": 1, "year": YEAR, "discount": 1})

    assert (reply.status_code, "discount" in reply.text) == (422, True)


@pytest.mark.parametrize("token", ["", "nobody"])
def test_without_a_session_nothing_is_shown(town, token):
    stranger = Taxpayer(town, {})
    stranger.token = token

    assert stranger.refusal("GET", "/participations") == (401, "NOT_SIGNED_IN")


def test_a_session_ends(student):
    student.box.ask("POST", "/clock/advance", {"by": "PT30M"})

    assert student.refusal("GET", "/bills") == (401, "NOT_SIGNED_IN")


def test_a_participation_shows_what_is_due(anywhere):
    sheet = anywhere.ask("GET", "/participations")

    (part,) = sheet["items"]
    assert (part["item"], part["sub_item"]) == ("城乡居民基本医疗保险费", "普通学生(达州)")
    assert part["agency"] == "达州市医疗保障事务中心"
    (line,) = [line for line in part["lines"] if line["year"] == YEAR]
    assert (line["setting"], line["manner"], line["code"]) == ("choice", "normal", "DUE")
    assert [tier["total_fen"] for tier in line["tiers"]] == [LOW, HIGH]
    assert (line["total_fen"], line["paid_fen"], line["due_fen"]) == (LOW, 0, LOW)
    assert line["entitled"] == {"first": "2026-01-01", "last": "2026-12-31"}
    assert line["assumed"]  # no source tells the tiers of 2026
    assert sheet["total_due_fen"] == LOW


def test_who_is_not_enrolled_has_no_bill(town):
    nobody = Taxpayer(town, town.person(region="511700", capacity="student")).identify()

    assert nobody.ask("GET", "/participations") == {"items": [], "total_due_fen": 0}
    assert nobody.refusal("POST", "/bills", {"part_id": 1, "year": YEAR}) == (404, "NOT_FOUND")


def test_a_participation_of_somebody_else_answers_as_none(student):
    other = taxpayer(student.box)
    theirs = other.request("POST", "/bills", {"part_id": student.part_id, "year": YEAR})
    nobodys = other.request("POST", "/bills", {"part_id": 10**15, "year": YEAR})

    told = [{name: value for name, value in reply.json().items() if name != "trace"} for reply in (theirs, nobodys)]
    assert told[0] == told[1]
    assert (theirs.status_code, told[0]["code"]) == (404, "NOT_FOUND")


def test_a_bill_and_an_order_of_somebody_else_answer_as_none(anywhere):
    bill = anywhere.bill()
    order, other = anywhere.order(bill), taxpayer(anywhere.box)

    assert other.refusal("GET", f"/bills/{bill['bill_id']}") == (404, "NOT_FOUND")
    assert other.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"}) == (404, "NOT_FOUND")
    assert other.refusal("GET", f"/orders/{order['out_trade_no']}") == (404, "NOT_FOUND")
    assert other.refusal("POST", f"/orders/{order['out_trade_no']}/close") == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/orders/%00", "/receipts/a%00b", "/orders/%EF%BF%BF"])
def test_odd_names_name_nothing(anywhere, path):
    assert anywhere.refusal("GET", path) == (404, "NOT_FOUND")


def test_a_higher_tier_charges_the_difference(anywhere):
    first = anywhere.pay(LOW)
    second = anywhere.bill(HIGH)

    assert (first["due_fen"], first["state"]) == (320_00, "PAID")
    assert (second["total_fen"], second["paid_before_fen"], second["due_fen"]) == (460_00, 320_00, 140_00)
    assert anywhere.act(anywhere.order(second))["state"] == "SUCCESS"
    assert anywhere.entries("PREM:511700:2026") == [320_00, 140_00]
    assert anywhere.entries("CASH:wechat") == [-320_00, -140_00]


def test_the_higher_tier_may_be_paid_at_once(student):
    assert student.pay(HIGH)["due_fen"] == HIGH


def test_a_total_that_is_no_tier_is_refused(student):
    body = {"part_id": student.part_id, "year": YEAR, "total_fen": 400_00}

    assert student.refusal("POST", "/bills", body) == (422, "INVALID_INPUT")


def test_nothing_is_due_when_the_tier_is_paid(student):
    student.pay(LOW)
    body = {"part_id": student.part_id, "year": YEAR, "total_fen": LOW}

    assert student.refusal("POST", "/bills", body) == (422, "NOTHING_DUE")


def test_a_tier_below_what_was_paid_is_refused(student):
    student.pay(HIGH)
    body = {"part_id": student.part_id, "year": YEAR, "total_fen": LOW}

    assert student.refusal("POST", "/bills", body) == (422, "TIER_BELOW_PAID")


def test_outside_the_window_nothing_is_taken(student):
    part_id = student.part_id
    frozen(student.box, "2026-01-01T00:00:00+08:00")
    student.identify()

    assert student.refusal("POST", "/bills", {"part_id": part_id, "year": YEAR}) == (422, "WINDOW_CLOSED")


def test_a_bill_of_the_window_cannot_be_ordered_after_it(student):
    bill = student.bill()
    frozen(student.box, "2026-01-01T00:00:00+08:00")
    student.identify().log_in()

    order = student.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
    assert order == (422, "WINDOW_CLOSED")


def test_the_manner_must_fit_the_setting(student):
    body = {"part_id": student.part_id, "year": YEAR, "manner": "assessed"}

    assert student.refusal("POST", "/bills", body) == (422, "INVALID_INPUT")


def test_a_single_amount_is_assessed(town):
    resident = taxpayer(town, region="510400", capacity="resident")
    (line,) = [line for line in resident.ask("GET", "/participations")["items"][0]["lines"] if line["year"] == YEAR]

    assert (line["setting"], line["due_fen"]) == ("assessed", 400_00)
    bill = resident.bill(400_00, manner="assessed")
    assert (bill["manner"], bill["due_fen"]) == ("assessed", 400_00)


def test_an_employee_owes_nothing_here(town):
    employee = Taxpayer(town, town.person(enrolled="2025-01-01")).identify()
    (part,) = town.ask("GET", f"/people/{employee.psn_no}")["enrolments"]

    assert employee.ask("GET", "/participations")["items"] == []
    assert employee.refusal("POST", "/bills", {"part_id": part["part_id"], "year": YEAR}) == (422, "NOTHING_DUE")


def test_a_year_that_was_set_up_as_paid_counts_as_its_lowest_tier(town):
    student = taxpayer(town, paid_year=[YEAR])
    body = {"part_id": student.part_id, "year": YEAR, "total_fen": LOW}

    assert student.refusal("POST", "/bills", body) == (422, "NOTHING_DUE")
    assert student.bill(HIGH)["due_fen"] == 140_00


def test_declared_again_the_open_bill_is_returned(student):
    assert student.bill(LOW)["bill_id"] == student.bill(LOW)["bill_id"]


def test_another_total_takes_the_room_of_the_open_bill(anywhere):
    first = anywhere.bill(LOW)
    order = anywhere.order(first)
    second = anywhere.bill(HIGH)

    assert anywhere.shown_bill(first)["state"] == "VOID"
    assert anywhere.show(order)["state"] == "CLOSED"
    assert second["due_fen"] == HIGH
    assert anywhere.refusal("POST", f"/bills/{first['bill_id']}/orders", {"channel": "wechat"}) == (409, "CONFLICT")
    assert anywhere.box.refusal("POST", f"/wechat/pay/{order['out_trade_no']}", {}) == (409, "CONFLICT")


def test_a_gap_in_the_policy_is_told_before_anybody_pays(student):
    """In strict policy the tiers of 2026 are not carried over to 2027."""
    frozen(student.box, "2026-11-20T10:00:00+08:00")
    student.identify()
    body = {"part_id": student.part_id, "year": 2027}
    assert student.ask("GET", "/participations")["items"][0]["lines"][-1]["due_fen"] == LOW

    student.box.ask("PUT", "/switches", {"policy": "strict"})

    assert [line["year"] for line in student.ask("GET", "/participations")["items"][0]["lines"]] == [2026]
    assert student.refusal("POST", "/bills", body) == (422, "POLICY_GAP")
