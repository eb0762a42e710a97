"""The SDK `wechatpy` as it comes from its registry logs people in, at the vendor's own host."""

import pytest

wechatpy = pytest.importorskip("wechatpy")


@pytest.fixture
def client(inproc):
    keys = inproc.credentials["wechat"]
    return wechatpy.WeChatClient(keys["appid"], keys["secret"])


def login(box, person):
    return box.control("POST", "/wechat/login", {"psn_no": person["psn_no"]})["code"]


def test_a_person_logs_in_and_is_known_again(inproc, client):
    person, other = inproc.people.create(region="510400"), inproc.people.create(region="510400")
    first, again = (client.wxa.code_to_session(login(inproc, person)) for _ in range(2))

    assert first["openid"] == again["openid"]
    assert first["openid"] != client.wxa.code_to_session(login(inproc, other))["openid"]
    assert "errcode" not in first
    code = login(inproc, person)
    client.wxa.code_to_session(code)
    with pytest.raises(wechatpy.WeChatClientException, match="40163"):
        client.wxa.code_to_session(code)


def test_a_token_that_has_ended_is_fetched_anew(inproc, client):
    person = inproc.people.create(region="510400")
    token = client.access_token
    assert client.access_token == token  # it is kept for two hours
    inproc.clock.advance("PT3H")
    code = inproc.control("POST", "/wechat/phone", {"psn_no": person["psn_no"]})["code"]
    found = client.post(
        "business/getuserphonenumber", data={"code": code}, api_base_url="https://api.weixin.qq.com/wxa/"
    )

    assert found["phone_info"]["purePhoneNumber"] == person["mobile"]
    assert client.access_token != token
    with pytest.raises(wechatpy.WeChatClientException, match="40029"):
        client.post("business/getuserphonenumber", data={"code": code}, api_base_url="https://api.weixin.qq.com/wxa/")


def test_a_wrong_secret_is_refused(inproc):
    client = wechatpy.WeChatClient(inproc.credentials["wechat"]["appid"], "wrong")
    with pytest.raises(wechatpy.WeChatClientException, match="40125"):
        client.fetch_access_token()
