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
