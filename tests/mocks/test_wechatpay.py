"""WeChat Pay v3 as an independent client sees it: signatures, orders, errors, notifications."""

from __future__ import annotations

import json
import time

import pytest

from merchant import Sink, error, open_sealed, trade_no, verify
from yibaobox_mocks.wechatpay.notify import SCHEDULE


def test_an_order_is_taken_shown_and_closed(anywhere):
    name = trade_no()
    taken = anywhere.jsapi(anywhere.order(name))
    shown = anywhere.query(name)

    for reply in (taken, shown):
        assert reply.status_code == 200, reply.text
        anywhere.check_reply(reply)
        assert reply.headers["Wechatpay-Serial"] == anywhere.keys["plat_serial"]
        assert reply.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
        assert reply.headers["Request-ID"]
    assert len(taken.json()["prepay_id"]) == 36
    document = shown.json()
    assert (document["trade_state"], document["amount"]) == ("NOTPAY", {"total": 320_00, "currency": "CNY"})
    assert not {"transaction_id", "success_time", "payer", "trade_type"} & set(document)
    closed = anywhere.close(name)
    assert (closed.status_code, closed.content) == (204, b"")
    anywhere.check_reply(closed)
    assert anywhere.query(name).json()["trade_state"] == "CLOSED"
    assert anywhere.close(name).status_code == 204


def test_the_reply_is_signed_by_the_public_key_where_the_merchant_asks_for_it(merchant):
    key = merchant.keys["pub_key_id"]
    reply = merchant.jsapi(merchant.order(trade_no()), headers={"Wechatpay-Serial": key})

    assert reply.headers["Wechatpay-Serial"] == key
    merchant.check_reply(reply)


def test_a_wrong_signature_is_refused_with_what_was_to_be_signed(anywhere):
    reply = anywhere.jsapi(anywhere.order(trade_no()), signed="another body")

    assert error(reply) == (401, "SIGN_ERROR")
    detail = reply.json()["detail"]
    assert detail["detail"] == {"issue": "sign not match"}
    assert detail["sign_information"]["url"] == "/v3/pay/transactions/jsapi"
    assert detail["sign_information"]["truncated_sign_message"].startswith("POST\n/v3/pay/transactions/jsapi\n")
    assert reply.headers["Request-ID"].endswith("-268443699")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"timestamp": str(int(time.time()) - 3600)}, "不得超过5分钟"),
        ({"timestamp": "soon"}, "不得超过5分钟"),
        ({"serial_no": "0" * 40}, "证书序列号"),
        ({"signature": "AAAA"}, "签名错误"),
        ({"signature": "not base64!"}, "签名错误"),
    ],
)
def test_each_part_of_the_authorization_is_checked(merchant, changed, words):
    reply = merchant.jsapi(merchant.order(trade_no()), **changed)

    assert error(reply) == (401, "SIGN_ERROR")
    assert words in reply.json()["message"]


@pytest.mark.parametrize("authorization", ["", "Bearer x", "WECHATPAY2-SHA256-RSA2048 mchid=1"])
def test_a_request_without_a_signature_is_refused(merchant, authorization):
    reply = merchant.jsapi(merchant.order(trade_no()), headers={"Authorization": authorization})

    assert error(reply) == (401, "SIGN_ERROR")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": {"total": 0, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": "1", "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": True, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 1, "currency": "USD"}}, "PARAM_ERROR"),
        ({"amount": []}, "PARAM_ERROR"),
        ({"mchid": "1900000001"}, "PARAM_ERROR"),
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH"),
        ({"out_trade_no": "short"}, "PARAM_ERROR"),
        ({"out_trade_no": "x" * 33}, "PARAM_ERROR"),
        ({"description": "长" * 128}, "PARAM_ERROR"),
        ({"description": "\0"}, "PARAM_ERROR"),
        ({"notify_url": "http://127.0.0.1/notify?a=1"}, "PARAM_ERROR"),
        ({"notify_url": "127.0.0.1/notify"}, "PARAM_ERROR"),
        ({"notify_url": "http://[/"}, "PARAM_ERROR"),
        ({"time_expire": "tomorrow"}, "PARAM_ERROR"),
        ({"payer": {}}, "PARAM_ERROR"),
    ],
)
def test_each_field_of_an_order_is_checked(merchant, changed, code):
    assert error(merchant.jsapi(merchant.order(trade_no()) | changed)) == (400, code)


def test_a_body_that_is_no_object_is_refused(merchant):
    assert error(merchant.jsapi(["an", "array"])) == (400, "PARAM_ERROR")


def test_the_same_order_again_is_the_same_order(merchant):
    asked = merchant.order(trade_no())
    first, second = merchant.jsapi(asked), merchant.jsapi(asked)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() != second.json()  # a fresh prepay_id each time
    again = merchant.jsapi(asked | {"description": "another"})
    assert error(again) == (400, "INVALID_REQUEST")
    assert again.json()["message"] == "请求重入时，参数与首次请求时不一致"


def test_an_openid_belongs_to_the_first_application_that_uses_it(merchant):
    merchant.box.ask("POST", "/wechat/login", {"openid": "oOfAnotherApp", "appid": "wxother"})

    reply = merchant.jsapi(merchant.order(trade_no(), payer={"openid": "oOfAnotherApp"}))
    assert error(reply) == (400, "PARAM_ERROR")
    assert merchant.box.refusal("POST", "/wechat/login", {"openid": "oOfAnotherApp"}) == (409, "CONFLICT")


def test_an_order_that_nobody_made_is_not_there(anywhere):
    assert error(anywhere.query("T00000000")) == (404, "ORDER_NOT_EXIST")
    assert anywhere.box.refusal("POST", "/wechat/pay/T00000000", {}) == (404, "NOT_FOUND")
    reply = anywhere.send("GET", "/v3/pay/transactions/out-trade-no/T%00a0000?mchid=1")
    assert reply.status_code in (400, 404)


def test_the_query_names_the_merchant(merchant):
    reply = merchant.send("GET", "/v3/pay/transactions/out-trade-no/T00000000")

    assert error(reply) == (400, "PARAM_ERROR")


def test_a_signature_covers_the_address_with_the_world_and_without(merchant):
    world, path = merchant.box.world, "/v3/pay/transactions/out-trade-no/T00000000?mchid=" + merchant.keys["mchid"]
    merchant_of_world = merchant.send("GET", f"/w/{world}{path}")
    header = {"Authorization": merchant.authorization("GET", path, "")}

    assert error(merchant_of_world) == (404, "ORDER_NOT_EXIST")
    bare = merchant.box.session.get(f"{merchant.box.url}/w/{world}{path}", headers=header)
    assert error(bare) == (404, "ORDER_NOT_EXIST")


def test_unknown_paths_and_methods_have_no_body(merchant):
    unknown, wrong = merchant.box.get("/v3/nothing"), merchant.box.get("/v3/pay/transactions/jsapi")

    assert (unknown.status_code, unknown.content) == (404, b"")
    assert (wrong.status_code, wrong.content) == (405, b"")


def test_a_paid_order_tells_who_paid_what(anywhere):
    name = trade_no()
    anywhere.jsapi(anywhere.order(name))
    done = anywhere.box.ask("POST", f"/wechat/pay/{name}", {})

    shown = anywhere.query(name).json()
    assert (done["state"], shown["trade_state"], shown["trade_type"]) == ("SUCCESS", "SUCCESS", "JSAPI")
    assert shown["payer"] == {"openid": "oMerchantTest"}
    assert shown["success_time"] == "2025-11-20T10:00:00+08:00"
    assert shown["amount"] == {"total": 320_00, "currency": "CNY", "payer_total": 320_00, "payer_currency": "CNY"}
    assert len(shown["transaction_id"]) == 28
    assert error(anywhere.close(name)) == (400, "ORDERPAID")
    assert error(anywhere.jsapi(anywhere.order(name))) == (400, "ORDERPAID")
    assert anywhere.box.refusal("POST", f"/wechat/pay/{name}", {}) == (409, "CONFLICT")


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_a_payment_that_fails_or_is_called_off_leaves_the_order_open(merchant, outcome):
    name = trade_no()
    merchant.jsapi(merchant.order(name))

    assert merchant.box.ask("POST", f"/wechat/pay/{name}", {"outcome": outcome}) == {
        "state": "NOTPAY",
        "deliveries": [],
    }
    assert merchant.query(name).json()["trade_state"] == "NOTPAY"


def test_only_the_payer_of_the_order_pays_it(merchant):
    name = trade_no()
    merchant.jsapi(merchant.order(name))

    assert merchant.box.refusal("POST", f"/wechat/pay/{name}", {"openid": "oSomebodyElse"}) == (409, "CONFLICT")


def test_a_closed_order_cannot_be_paid(merchant):
    name = trade_no()
    merchant.jsapi(merchant.order(name))
    merchant.close(name)

    assert merchant.box.refusal("POST", f"/wechat/pay/{name}", {}) == (409, "CONFLICT")
    assert error(merchant.jsapi(merchant.order(name))) == (400, "ORDER_CLOSED")


def test_an_order_can_be_paid_until_it_expires(merchant):
    name = trade_no()
    merchant.jsapi(merchant.order(name, time_expire="2025-11-20T10:05:00+08:00"))
    merchant.box.ask("POST", "/clock/advance", {"by": "PT5M"})

    assert merchant.box.refusal("POST", f"/wechat/pay/{name}", {}) == (409, "CONFLICT")


@pytest.mark.parametrize("query", [{"serial": "unknown"}, {"sereal": "x"}, {"probe": 2}])
def test_how_the_call_back_is_signed_must_be_known(merchant, query):
    name = trade_no()
    merchant.jsapi(merchant.order(name))

    assert merchant.box.request("POST", f"/_sandbox/v1/wechat/pay/{name}", json={}, params=query).status_code == 422
    assert merchant.query(name).json()["trade_state"] == "NOTPAY"


@pytest.fixture
def sink(app, monkeypatch):
    courier = app.installation.courier
    made = Sink(courier)
    monkeypatch.setattr(courier, "session", made)
    return made


def test_a_notification_is_signed_and_sealed(merchant, sink):
    name = trade_no()
    merchant.jsapi(merchant.order(name))
    done = merchant.box.ask("POST", f"/wechat/pay/{name}", {})

    ((url, headers, body),) = sink.seen
    assert url == "http://127.0.0.1:9/notify"
    assert [(one["attempt"], one["accepted"]) for one in done["deliveries"]] == [(1, True)]
    text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
    verify(merchant.keys["plat_cert"], text, headers["Wechatpay-Signature"])
    assert abs(int(headers["Wechatpay-Timestamp"]) - time.time()) < 60
    document = json.loads(body)
    assert (document["event_type"], document["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    assert open_sealed(merchant.keys["apiv3_key"], document["resource"]) == merchant.query(name).json()


def test_a_notification_is_signed_with_the_key_that_was_asked_for(merchant, sink):
    name = trade_no()
    merchant.jsapi(merchant.order(name))
    query = {"serial": merchant.keys["pub_key_id"]}
    merchant.box.request("POST", f"/_sandbox/v1/wechat/pay/{name}", json={}, params=query)

    assert sink.seen[0][1]["Wechatpay-Serial"] == merchant.keys["pub_key_id"]


def test_a_probe_comes_first_and_once(merchant, sink):
    name = trade_no()
    merchant.jsapi(merchant.order(name))
    sink.status = 401
    merchant.box.request("POST", f"/_sandbox/v1/wechat/pay/{name}", json={}, params={"probe": 1})

    probe, real = (headers["Wechatpay-Signature"] for _, headers, _ in sink.seen)
    assert probe.startswith("WECHATPAY/SIGNTEST/")
    assert not real.startswith("WECHATPAY/SIGNTEST/")
    states = {event["topic"]: event["state"] for event in merchant.box.ask("GET", "/events")["items"]}
    assert states == {f"wechatpay:{name}:probe": "exhausted", f"wechatpay:{name}": "pending"}


def test_a_notification_that_is_not_taken_comes_again_fifteen_times_in_a_day(merchant, sink):
    name = trade_no()
    merchant.jsapi(merchant.order(name))
    sink.status = 500
    merchant.box.ask("POST", f"/wechat/pay/{name}", {})

    for wait in SCHEDULE:
        assert merchant.box.ask("GET", "/events")["items"][0]["state"] == "pending"
        merchant.box.ask("POST", "/clock/advance", {"by": f"PT{wait}S"})
        merchant.box.ask("GET", "/clock")  # the next request lets due events go

    (event,) = merchant.box.ask("GET", "/events")["items"]
    assert (event["state"], event["attempts"]) == ("exhausted", 16)
    assert sum(SCHEDULE) == 24 * 3600 + 4 * 60
    assert len({headers["Wechatpay-Nonce"] for _, headers, _ in sink.seen}) == 16  # signed afresh each time
