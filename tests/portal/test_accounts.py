"""P1: registration with real-name check and mobile code, log-in with captcha, lock-out, log-out."""

from __future__ import annotations

from datetime import date

import pytest

from citizen import PASSWORD, Citizen, citizen, frozen
from yibaobox.domain.people import id_numbers

HOURS_12 = "PT12H"
NOBODY = id_numbers.make("511700", date(1990, 1, 1), "1", 77)


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def student(town) -> Citizen:
    return citizen(town)


def test_a_person_registers_and_signs_in_by_mobile_or_identity_number(student):
    made = student.ask("POST", "/accounts", student.account_form())

    name, id_no, mobile = (student.person[key] for key in ("name", "id_no", "mobile"))
    assert made == {
        "name": f"*{name[-1]}",
        "id_no": f"{id_no[:3]}*****{id_no[-2:]}",
        "mobile": f"{mobile[:3]}*****{mobile[-2:]}",
    }
    for login in (mobile, id_no):
        answer = student.sign_in(login=login)
        assert answer["expires_at"] == "2025-11-20T22:00:00+08:00"
        assert student.ask("GET", "/me")["psn_no"] == student.psn_no


def test_a_wrong_name_and_an_unknown_number_are_refused_in_the_same_words(student):
    wrong_name = student.refusal("POST", "/accounts", student.account_form(name="测别人"))
    unknown = student.refusal("POST", "/accounts", student.account_form(id_no=NOBODY))

    assert wrong_name == unknown == (403, "CHECK_FAILED", "实名核验未通过：姓名与证件号码不一致")


def test_a_wrong_check_digit_is_refused(student):
    number = student.person["id_no"]
    wrong = number[:17] + ("1" if number[17] != "1" else "2")

    reply = student.request("POST", "/accounts", student.account_form(id_no=wrong))

    assert (reply.status_code, reply.json()["errors"]["json"]["id_no"]) == (422, ["身份证号码不正确"])


def test_the_terms_must_be_agreed_to(student):
    assert student.refusal("POST", "/accounts", student.account_form(agreed=False))[:2] == (422, "INVALID_INPUT")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1#", "8至20位"),
        ("Ab1#" * 6, "8至20位"),
        ("alllowercase1", "至少3种"),
        ("密码Sandbox#1", "字母、数字或符号"),
        ("mobile", "手机号码或证件号码后六位"),
        ("id", "手机号码或证件号码后六位"),
    ],
)
def test_a_password_keeps_the_rules(student, password, words):
    known = {"mobile": f"A#{student.person['mobile']}", "id": f"Aa#b{student.person['id_no'][-6:]}"}
    form = student.account_form(password=known.get(password, password))

    status, code, detail = student.refusal("POST", "/accounts", form)

    assert (status, code) == (422, "INVALID_INPUT")
    assert words in detail


def test_a_person_has_one_account(student):
    student.ask("POST", "/accounts", student.account_form())

    assert student.refusal("POST", "/accounts", student.account_form())[:2] == (409, "ALREADY_EXISTS")


def test_a_mobile_serves_one_account(town, student):
    student.ask("POST", "/accounts", student.account_form())
    other = citizen(town)

    form = other.account_form(mobile=student.person["mobile"])
    assert other.refusal("POST", "/accounts", form) == (409, "ALREADY_EXISTS", "该手机号码已用于其他账户")


def test_a_code_works_once(student):
    code = student.sms_code()
    student.ask("POST", "/accounts", student.account_form(sms_code=code))

    assert student.refusal("POST", "/accounts", student.account_form(sms_code=code))[1] == "CHECK_FAILED"


def test_a_code_expires_after_five_minutes(town, student):
    code = student.sms_code()
    town.ask("POST", "/clock/advance", {"by": "PT5M"})

    assert student.refusal("POST", "/accounts", student.account_form(sms_code=code))[1] == "CODE_EXPIRED"


def test_the_last_code_sent_is_the_one_that_counts(student):
    first = student.sms_code()
    second = student.sms_code()
    while second == first:
        second = student.sms_code()

    assert student.refusal("POST", "/accounts", student.account_form(sms_code=first))[1] == "CHECK_FAILED"
    student.ask("POST", "/accounts", student.account_form(sms_code=second))


def test_after_five_wrong_tries_the_right_code_is_worth_nothing(student):
    code = student.sms_code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert student.refusal("POST", "/accounts", student.account_form(sms_code=wrong))[1] == "CHECK_FAILED"

    assert student.refusal("POST", "/accounts", student.account_form(sms_code=code))[1] == "CHECK_FAILED"


def test_a_code_for_another_mobile_does_not_serve(town, student):
    code = citizen(town).sms_code()

    assert student.refusal("POST", "/accounts", student.account_form(sms_code=code))[1] == "CHECK_FAILED"


def test_sending_a_code_says_the_same_of_every_number(student):
    known = student.ask("POST", "/sms", {"mobile": student.person["mobile"], "purpose": "register"})
    unknown = student.ask("POST", "/sms", {"mobile": "17499999999", "purpose": "register"})

    assert known.keys() == unknown.keys()
    assert known["expires_at"] == unknown["expires_at"]


@pytest.mark.parametrize("mobile", ["1741", "27400000000", "1740000000０", "174000000001"])
def test_a_mobile_has_eleven_digits(town, student, mobile):
    assert student.refusal("POST", "/sms", {"mobile": mobile, "purpose": "register"})[0] == 422
    assert town.refusal("GET", f"/sms?mobile={mobile}")[0] == 422


def test_a_wrong_captcha_is_refused_and_a_captcha_is_tried_once(student):
    student.ask("POST", "/accounts", student.account_form())
    drawn = student.captcha()

    assert (
        student.refusal("POST", "/sessions", student.sign_in_form(**drawn | {"captcha": "0000"}))[1] == "CHECK_FAILED"
    )
    assert student.refusal("POST", "/sessions", student.sign_in_form(**drawn))[2].startswith("图形验证码")


def test_a_captcha_expires(town, student):
    student.ask("POST", "/accounts", student.account_form())
    drawn = student.captcha()
    town.ask("POST", "/clock/advance", {"by": "PT5M"})

    assert student.refusal("POST", "/sessions", student.sign_in_form(**drawn))[2].startswith("图形验证码")


def test_a_captcha_is_read_without_regard_to_case_and_its_answer_is_not_in_the_reply(student):
    student.ask("POST", "/accounts", student.account_form())
    reply = student.ask("GET", "/captcha")
    answer = student.box.ask("GET", f"/captcha/{reply['captcha_id']}")["answer"]

    assert set(reply) == {"captcha_id", "svg", "expires_at"}
    assert answer not in reply["svg"]
    student.sign_in(captcha_id=reply["captcha_id"], captcha=answer.lower())


def test_an_unknown_captcha_is_not_found(town):
    assert town.refusal("GET", "/captcha/nothing") == (404, "NOT_FOUND")


def test_a_wrong_password_and_an_unknown_login_are_refused_in_the_same_words(student):
    student.ask("POST", "/accounts", student.account_form())

    wrong = student.refusal("POST", "/sessions", student.sign_in_form(password="Wrong#2025"))
    nobody = student.refusal("POST", "/sessions", student.sign_in_form(login="17499999999"))

    assert wrong == nobody == (403, "CHECK_FAILED", "账号或密码不正确")


@pytest.mark.parametrize("exists", [True, False])
def test_five_failures_shut_the_door_for_a_quarter_of_an_hour_whether_the_account_exists_or_not(town, student, exists):
    if exists:
        student.ask("POST", "/accounts", student.account_form())
    wrong = "Wrong#2025"
    told = [student.refusal("POST", "/sessions", student.sign_in_form(password=wrong))[:2] for _ in range(5)]

    assert told == [(403, "CHECK_FAILED")] * 4 + [(429, "LOCKED_OUT")]
    assert student.refusal("POST", "/sessions", student.sign_in_form())[:2] == (429, "LOCKED_OUT")
    town.ask("POST", "/clock/advance", {"by": "PT15M"})
    assert student.request("POST", "/sessions", student.sign_in_form()).status_code == (201 if exists else 403)


def test_the_door_is_shut_for_both_names_of_an_account(student):
    student.ask("POST", "/accounts", student.account_form())
    for login in ("mobile", "id_no", "mobile", "id_no", "mobile"):
        student.request("POST", "/sessions", student.sign_in_form(login=student.person[login], password="Wrong#2025"))

    assert student.refusal("POST", "/sessions", student.sign_in_form(login=student.person["id_no"]))[0] == 429


def test_coming_in_forgets_the_failures(student):
    student.ask("POST", "/accounts", student.account_form())
    for _ in range(2):
        for _ in range(4):
            student.refusal("POST", "/sessions", student.sign_in_form(password="Wrong#2025"))
        student.sign_in()


def test_after_log_out_the_token_is_worth_nothing(student):
    student.arrive()
    student.ask("DELETE", "/sessions/current")

    assert student.refusal("GET", "/me")[:2] == (401, "NOT_SIGNED_IN")


def test_a_session_ends_after_twelve_hours(town, student):
    student.arrive()
    town.ask("POST", "/clock/advance", {"by": HOURS_12})

    assert student.refusal("GET", "/me")[:2] == (401, "NOT_SIGNED_IN")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"),
        ("GET", "/hall"),
        ("GET", "/participations"),
        ("GET", "/participations/1"),
        ("GET", "/entitlement"),
        ("GET", "/applications"),
        ("GET", "/applications/1"),
        ("GET", "/family"),
        ("DELETE", "/family/1"),
        ("DELETE", "/sessions/current"),
        ("POST", "/registrations/1/submit"),
        ("POST", "/suspensions/1/submit"),
    ],
)
def test_without_a_session_every_door_says_the_same(student, method, path):
    told = {student.refusal(method, path, headers=headers) for headers in ({}, {"Authorization": "Bearer x"})}

    assert told == {(401, "NOT_SIGNED_IN", "请先登录")}


def test_a_session_of_one_world_is_none_in_another(student):
    student.arrive()
    elsewhere = Citizen(student.box.elsewhere("default"), student.person)
    elsewhere.token = student.token

    assert elsewhere.refusal("GET", "/me")[0] == 401


def test_neither_password_nor_token_is_stored_as_it_is(local_box):
    student = citizen(frozen(local_box)).arrive()
    lines = b"".join(_export(local_box)).decode()

    assert "scrypt$4096$8$1$" in lines
    assert PASSWORD not in lines
    assert student.token not in lines


def _export(box) -> list[bytes]:
    reply = box.get(f"/_sandbox/v1/worlds/{box.world}/export")
    assert reply.ok, reply.text
    return [reply.content]
