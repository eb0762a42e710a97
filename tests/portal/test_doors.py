"""P1: password, mobile number and mini-programs of an account; how often codes are sent."""

from __future__ import annotations

import pytest

from citizen import PASSWORD, Citizen, citizen, frozen

NEW = "Another#2026"


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def student(town) -> Citizen:
    return citizen(town).arrive()


def other_session(person: Citizen) -> Citizen:
    """The same person, signed in a second time."""
    again = Citizen(person.box, person.person)
    again.sign_in()
    return again


def wallet_code(person: Citizen, channel: str = "wechat") -> dict[str, str]:
    """What wx.login() or my.getAuthCode() gives to somebody."""
    answer = person.box.ask("POST", f"/{channel}/login", {"psn_no": person.psn_no})
    return {"channel": channel, "code": answer["code" if channel == "wechat" else "auth_code"]}


def test_a_changed_password_opens_and_the_old_one_does_not(student):
    student.ask("PUT", "/me/password", {"password": PASSWORD, "new_password": NEW})

    assert student.refusal("POST", "/sessions", student.sign_in_form())[1] == "CHECK_FAILED"
    student.sign_in(password=NEW)


def test_a_changed_password_ends_all_other_sessions(student):
    other = other_session(student)

    student.ask("PUT", "/me/password", {"password": PASSWORD, "new_password": NEW})

    assert other.refusal("GET", "/me")[1] == "NOT_SIGNED_IN"
    assert student.ask("GET", "/me")["psn_no"] == student.psn_no


def test_a_password_is_changed_only_by_who_knows_it_and_five_wrong_tries_shut_the_door(student):
    wrong = {"password": "Wrong#12345", "new_password": NEW}
    for _ in range(4):
        assert student.refusal("PUT", "/me/password", wrong)[:2] == (403, "CHECK_FAILED")

    assert student.refusal("PUT", "/me/password", wrong)[:2] == (429, "LOCKED_OUT")
    assert student.refusal("POST", "/sessions", student.sign_in_form())[:2] == (429, "LOCKED_OUT")


@pytest.mark.parametrize("poor", ["short1A", "alllowercase", "Aa1#" * 6])
def test_a_new_password_keeps_the_rules(student, poor):
    asked = {"password": PASSWORD, "new_password": poor}

    assert student.refusal("PUT", "/me/password", asked)[:2] == (422, "INVALID_INPUT")
    student.sign_in()


def reset_form(student: Citizen, **changed):
    who = {name: student.person[name] for name in ("id_no", "mobile")}
    form = who | {"new_password": NEW} | changed
    return form if "sms_code" in form else form | {"sms_code": student.sms_code(form["mobile"], "reset_password")}


def test_a_forgotten_password_is_reset_by_a_code_which_ends_sessions_and_opens_a_shut_door(student):
    for _ in range(5):
        student.request("POST", "/sessions", student.sign_in_form(password="Wrong#12345"))

    student.ask("POST", "/password-resets", reset_form(student))

    assert student.refusal("GET", "/me")[1] == "NOT_SIGNED_IN"
    student.sign_in(password=NEW)


def test_a_reset_tells_nothing_of_who_has_an_account(town, student):
    stranger = citizen(town)  # has no account
    elsewhere = reset_form(student, id_no=stranger.person["id_no"])
    wrong = reset_form(student, sms_code="000000")
    nobody = reset_form(stranger)

    refusals = {student.refusal("POST", "/password-resets", form) for form in (elsewhere, wrong, nobody)}

    assert refusals == {(403, "CHECK_FAILED", "验证码不正确或已失效，请重新获取")}
    student.sign_in()


def test_a_code_for_one_purpose_does_not_serve_another(student):
    code = student.sms_code(purpose="change_mobile")

    assert student.refusal("POST", "/password-resets", reset_form(student, sms_code=code))[1] == "CHECK_FAILED"


def test_a_changed_mobile_signs_in_and_the_old_one_is_free(town, student):
    mobile, old = citizen(town).person["mobile"], student.person["mobile"]
    code = student.sms_code(mobile, "change_mobile")

    student.ask("PUT", "/me/mobile", {"mobile": mobile, "sms_code": code, "password": PASSWORD})

    assert student.refusal("POST", "/sessions", student.sign_in_form(login=old))[1] == "CHECK_FAILED"
    student.sign_in(login=mobile)


def test_a_mobile_of_another_account_is_refused_and_nothing_changes(town, student):
    taken = citizen(town).arrive().person["mobile"]
    code = student.sms_code(taken, "change_mobile")
    asked = {"mobile": taken, "sms_code": code, "password": PASSWORD}

    assert student.refusal("PUT", "/me/mobile", asked)[:2] == (409, "ALREADY_EXISTS")
    student.sign_in()


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
def test_a_linked_mini_program_signs_in_by_its_code(student, channel):
    student.ask("POST", "/me/links", wallet_code(student, channel))

    answer = Citizen(student.box, student.person).ask("POST", "/sessions/mini-program", wallet_code(student, channel))

    student.token = answer["token"]
    assert student.ask("GET", "/me")["psn_no"] == student.psn_no
    assert [link["channel"] for link in student.ask("GET", "/me/links")["items"]] == [channel]


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
def test_a_code_of_a_mini_program_works_once_and_only_for_a_linked_user(student, channel):
    code = wallet_code(student, channel)

    assert student.refusal("POST", "/sessions/mini-program", code)[:2] == (403, "NOT_LINKED")
    assert student.refusal("POST", "/sessions/mini-program", code)[:2] == (422, "INVALID_INPUT")


def test_a_wallets_user_is_one_account_and_can_be_unlinked(town, student):
    student.ask("POST", "/me/links", wallet_code(student))
    other = citizen(town).arrive()

    assert other.refusal("POST", "/me/links", wallet_code(student))[:2] == (409, "ALREADY_EXISTS")
    student.ask("DELETE", "/me/links/wechat")
    assert student.refusal("DELETE", "/me/links/wechat")[:2] == (404, "NOT_FOUND")
    assert student.refusal("POST", "/sessions/mini-program", wallet_code(student))[1] == "NOT_LINKED"


def test_ten_codes_an_hour_are_sent_to_a_number_and_the_eleventh_says_when(town, student):
    asked = {"mobile": citizen(town).person["mobile"], "purpose": "register"}
    for _ in range(10):
        student.ask("POST", "/sms", asked)

    refused = student.request("POST", "/sms", asked)
    assert (refused.status_code, refused.json()["code"], refused.json()["retry_after"]) == (
        429,
        "TOO_MANY_REQUESTS",
        3600,
    )
    town.ask("POST", "/clock/advance", {"by": "PT1H"})
    student.ask("POST", "/sms", asked)
