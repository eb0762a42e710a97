"""Log-in with WeChat: codes that work once, openids that stay."""

from __future__ import annotations

import pytest

from citizen import frozen


@pytest.fixture
def town(local_box):
    return frozen(local_box)


def exchange(box, code, **changed):
    keys = box.ask("GET", "/credentials")["wechat"]
    query = {"appid": keys["appid"], "secret": keys["secret"], "js_code": code, "grant_type": "authorization_code"}
    reply = box.get("/sns/jscode2session", params={**query, **changed})
    assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    return reply.json()


def login(box, **who):
    return box.ask("POST", "/wechat/login", who)["code"]


def test_a_person_has_one_openid_in_an_application(town):
    anna, boris = (town.person()["psn_no"] for _ in range(2))
    first, again, other = (exchange(town, login(town, psn_no=who)) for who in (anna, anna, boris))

    assert first["openid"] == again["openid"] != other["openid"]
    assert first["session_key"] != again["session_key"]
    assert "errcode" not in first


def test_an_openid_stands_for_itself(town):
    assert exchange(town, login(town, openid="oPlayer1"))["openid"] == "oPlayer1"


def test_a_code_works_once(town):
    code = login(town, openid="oPlayer1")
    exchange(town, code)

    assert exchange(town, code)["errcode"] == 40163


def test_a_code_lives_five_minutes(town):
    code = login(town, openid="oPlayer1")
    town.ask("POST", "/clock/advance", {"by": "PT5M"})

    assert exchange(town, code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"js_code": "unknown"}, 40029),
        ({"js_code": "\0"}, 40029),
        ({"js_code": ""}, 41008),
        ({"appid": "wx1"}, 40013),
        ({"appid": None}, 41002),
        ({"secret": "wrong"}, 40125),
        ({"secret": None}, 41004),
    ],
)
def test_each_error_has_the_vendors_number(town, changed, number):
    answer = exchange(town, login(town, openid="oPlayer1"), **changed)

    assert answer["errcode"] == number
    assert "rid: " in answer["errmsg"]


@pytest.mark.parametrize("who", [{}, {"psn_no": "1", "openid": "o"}, {"name": "x"}, {"openid": ""}])
def test_a_log_in_says_who_it_is(town, who):
    assert town.refusal("POST", "/wechat/login", who)[0] == 422


def test_a_person_that_is_not_there_cannot_log_in(town):
    assert town.refusal("POST", "/wechat/login", {"psn_no": "5" * 20}) == (404, "NOT_FOUND")


def token(box, **changed):
    keys = box.ask("GET", "/credentials")["wechat"]
    query = {"grant_type": "client_credential", "appid": keys["appid"], "secret": keys["secret"]} | changed
    return box.get("/cgi-bin/token", params=query).json()


def stable(box, **changed):
    keys = box.ask("GET", "/credentials")["wechat"]
    asked = {"grant_type": "client_credential", "appid": keys["appid"], "secret": keys["secret"]} | changed
    return box.post("/cgi-bin/stable_token", asked).json()


def phone(box, access_token, code):
    return box.post(f"/wxa/business/getuserphonenumber?access_token={access_token}", {"code": code}).json()


def pressed(box, psn_no):
    return box.ask("POST", "/wechat/phone", {"psn_no": psn_no})["code"]


def test_a_new_token_ends_the_one_before_in_five_minutes(town):
    person = town.person()
    first, second = token(town), token(town)
    assert (first["expires_in"], first != second) == (7200, True)
    for each in (first, second):
        assert phone(town, each["access_token"], pressed(town, person["psn_no"]))["errcode"] == 0
    town.ask("POST", "/clock/advance", {"by": "PT5M"})

    assert phone(town, first["access_token"], pressed(town, person["psn_no"]))["errcode"] == 42001
    assert phone(town, second["access_token"], pressed(town, person["psn_no"]))["errcode"] == 0
    town.ask("POST", "/clock/advance", {"by": "PT2H"})
    assert phone(town, second["access_token"], pressed(town, person["psn_no"]))["errcode"] == 42001
    assert phone(town, "nonsense", "x")["errcode"] == 40001


def test_a_stable_token_stays_until_it_is_forced(town):
    first, again, forced = stable(town), stable(town), stable(town, force_refresh=True)

    assert first["access_token"] == again["access_token"] != forced["access_token"]
    assert stable(town)["access_token"] == forced["access_token"]
    assert token(town)["access_token"] != forced["access_token"]


def test_a_phone_number_is_told_once(town):
    person, access = town.person(), stable(town)["access_token"]
    code = pressed(town, person["psn_no"])
    told = phone(town, access, code)

    assert told["phone_info"]["purePhoneNumber"] == person["mobile"]
    assert phone(town, access, code)["errcode"] == 40029
    late = pressed(town, person["psn_no"])
    town.ask("POST", "/clock/advance", {"by": "PT5M"})
    assert phone(town, access, late)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [({"appid": "wx0"}, 40013), ({"secret": "x"}, 40125), ({"secret": ""}, 41004), ({"grant_type": "x"}, 40002)],
)
def test_who_asks_for_a_token_is_checked(town, changed, errcode):
    assert token(town, **changed)["errcode"] == errcode
    assert stable(town, **changed)["errcode"] == errcode


@pytest.mark.foreign_replies  # the vendor answers 200 to what no contract lets in
def test_what_is_posted_has_to_be_an_object(town):
    assert town.post("/cgi-bin/stable_token", ["x"]).json()["errcode"] == 47001
    assert town.post("/cgi-bin/stable_token", {"appid": 1}).json()["errcode"] in (40002, 41002)


def test_a_token_and_an_appid_lead_to_their_world(town):
    """A server that knows nothing of worlds is told apart by the names that it presents."""
    keys, person = town.ask("GET", "/credentials")["wechat"], town.person()
    asked = {"grant_type": "client_credential", "appid": keys["appid"], "secret": keys["secret"]}
    bare = {"X-Sandbox-World": ""}
    made = town.post("/cgi-bin/stable_token", asked, headers=bare).json()
    path = f"/wxa/business/getuserphonenumber?access_token={made['access_token']}"
    told = town.post(path, {"code": pressed(town, person["psn_no"])}, headers=bare).json()

    assert told["phone_info"]["watermark"]["appid"] == keys["appid"]
