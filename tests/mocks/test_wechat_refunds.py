"""Refunds of WeChat Pay v3 as an independent client sees them; native, H5 and app orders; invocations; certificates."""

from __future__ import annotations

import base64
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchant import Sink, error, open_sealed, sign, trade_no, verify

REFUNDS = "/v3/refund/domestic/refunds"
TOTAL = 320_00


@pytest.fixture
def sink(app, monkeypatch):
    made = Sink(app.installation.courier)
    monkeypatch.setattr(app.installation.courier, "session", made)
    return made


def paid(merchant):
    name = trade_no()
    assert merchant.jsapi(merchant.order(name, TOTAL)).status_code == 200
    merchant.box.ask("POST", f"/wechat/pay/{name}", {})
    return name


def asked(order, fen, **changed):
    amount = {"refund": fen, "total": TOTAL, "currency": "CNY"}
    return {"out_trade_no": order, "out_refund_no": f"R{secrets.token_hex(8)}", "amount": amount} | changed


def refund(merchant, document):
    return merchant.send("POST", REFUNDS, document)


def shown(merchant, name):
    return merchant.send("GET", f"{REFUNDS}/{name}")


def later(merchant):
    merchant.box.ask("POST", "/clock/advance", {"by": "PT5S"})


def test_an_order_is_refunded_in_parts_and_never_beyond_its_amount(anywhere):
    order = paid(anywhere)
    first = asked(order, 120_00, reason="多缴")
    taken = refund(anywhere, first)

    anywhere.check_reply(taken)
    document = taken.json()
    assert (taken.status_code, document["status"], document["amount"]["refund"]) == (200, "PROCESSING", 120_00)
    assert "success_time" not in document
    later(anywhere)
    done = shown(anywhere, first["out_refund_no"])
    anywhere.check_reply(done)
    assert done.json() == document | {"status": "SUCCESS", "success_time": "2025-11-20T10:00:05+08:00"}

    assert error(refund(anywhere, asked(order, 200_01))) == (400, "INVALID_REQUEST")
    assert refund(anywhere, asked(order, 200_00)).status_code == 200
    assert error(refund(anywhere, asked(order, 1))) == (400, "INVALID_REQUEST")
    assert anywhere.query(order).json()["trade_state"] == "REFUND"


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, TOTAL), min_size=1, max_size=4))
def test_what_goes_back_is_at_most_what_came(merchant, parts):
    order, back = paid(merchant), 0
    for part in parts:
        taken = refund(merchant, asked(order, part)).status_code == 200
        assert taken == (back + part <= TOTAL)
        back += part * taken


def test_thirty_refunds_of_one_number_at_once_are_one(anywhere):
    order = paid(anywhere)
    wanted = asked(order, 100_00)
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: refund(anywhere, wanted), range(30)))

    assert {reply.status_code for reply in replies} == {200}, [reply.text for reply in replies]
    assert len({reply.json()["refund_id"] for reply in replies}) == 1
    assert refund(anywhere, asked(order, 220_00)).status_code == 200  # the rest is still there


def test_thirty_orders_of_one_number_at_once_are_one(anywhere):
    wanted = anywhere.order(trade_no())
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: anywhere.jsapi(wanted), range(30)))

    assert {reply.status_code for reply in replies} == {200}, [reply.text for reply in replies]
    assert anywhere.query(wanted["out_trade_no"]).json()["trade_state"] == "NOTPAY"


def test_a_refund_names_its_order_by_either_number(merchant):
    order = paid(merchant)
    number = merchant.query(order).json()["transaction_id"]
    wanted = asked(order, 1, transaction_id=number)
    del wanted["out_trade_no"]

    assert refund(merchant, wanted).json()["out_trade_no"] == order
    by_number = merchant.send("GET", f"/v3/pay/transactions/id/{number}?mchid={merchant.keys['mchid']}")
    assert by_number.json() == merchant.query(order).json()
    unknown = merchant.send("GET", f"/v3/pay/transactions/id/{'4' * 28}?mchid={merchant.keys['mchid']}")
    assert error(unknown) == (404, "ORDER_NOT_EXIST")


def test_another_refund_of_the_same_number_is_refused(merchant):
    order = paid(merchant)
    wanted = asked(order, 1)
    refund(merchant, wanted)

    assert error(refund(merchant, wanted | {"reason": "another"})) == (400, "INVALID_REQUEST")
    elsewhere = refund(merchant, asked(paid(merchant), 1, out_refund_no=wanted["out_refund_no"]))
    assert error(elsewhere) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"out_refund_no": "空"}, (400, "PARAM_ERROR")),
        ({"out_refund_no": None}, (400, "PARAM_ERROR")),
        ({"out_trade_no": None}, (400, "PARAM_ERROR")),
        ({"out_trade_no": "T00000000"}, (404, "RESOURCE_NOT_EXISTS")),
        ({"transaction_id": "4200"}, (404, "RESOURCE_NOT_EXISTS")),
        ({"notify_url": "http://h/?a=1"}, (400, "PARAM_ERROR")),
        ({"amount": {"refund": 1, "total": TOTAL}}, (400, "PARAM_ERROR")),
        ({"amount": {"refund": 0, "total": TOTAL, "currency": "CNY"}}, (400, "PARAM_ERROR")),
        ({"amount": {"refund": 1, "total": TOTAL + 1, "currency": "CNY"}}, (400, "INVALID_REQUEST")),
        ({"amount": {"refund": "1", "total": TOTAL, "currency": "CNY"}}, (400, "PARAM_ERROR")),
    ],
)
def test_each_field_of_a_refund_is_checked(merchant, changed, answer):
    assert error(refund(merchant, asked(paid(merchant), 1) | changed)) == answer


def test_what_nobody_paid_cannot_be_refunded(merchant):
    name = trade_no()
    merchant.jsapi(merchant.order(name, TOTAL))

    assert error(refund(merchant, asked(name, 1))) == (404, "RESOURCE_NOT_EXISTS")
    assert error(shown(merchant, "R0")) == (404, "RESOURCE_NOT_EXISTS")
    assert merchant.box.refusal("POST", "/wechat/refund/R0", {}) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("outcome", "state"), [("success", "SUCCESS"), ("abnormal", "ABNORMAL"), ("closed", "CLOSED")])
def test_a_refund_ends_as_it_is_told_and_the_merchant_hears_of_it(merchant, sink, outcome, state):
    wanted = asked(paid(merchant), TOTAL, notify_url="http://127.0.0.1:9/refunds")
    made = refund(merchant, wanted).json()
    sink.seen.clear()
    done = merchant.box.ask("POST", f"/wechat/refund/{wanted['out_refund_no']}", {"outcome": outcome})

    assert (done["state"], [one["accepted"] for one in done["deliveries"]]) == (state, [True])
    ((url, headers, body),) = sink.seen
    text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
    verify(merchant.keys["plat_cert"], text, headers["Wechatpay-Signature"])
    document = json.loads(body)
    told = open_sealed(merchant.keys["apiv3_key"], document["resource"])
    assert (url, document["event_type"]) == ("http://127.0.0.1:9/refunds", f"REFUND.{state}")
    assert document["resource"]["original_type"] == "refund"
    assert (told["refund_status"], told["refund_id"]) == (state, made["refund_id"])
    assert told["amount"] == {"total": TOTAL, "refund": TOTAL, "payer_total": TOTAL, "payer_refund": TOTAL}
    assert shown(merchant, wanted["out_refund_no"]).json()["status"] == state
    later(merchant)  # it has ended: what was planned has no effect
    assert shown(merchant, wanted["out_refund_no"]).json()["status"] == state
    assert len(sink.seen) == 1
    assert merchant.box.refusal("POST", f"/wechat/refund/{wanted['out_refund_no']}", {}) == (409, "CONFLICT")


def test_a_refund_ends_by_itself_and_the_merchant_hears_of_it(merchant, sink):
    wanted = asked(paid(merchant), 1, notify_url="http://127.0.0.1:9/refunds")
    refund(merchant, wanted)
    sink.seen.clear()
    later(merchant)
    merchant.box.ask("GET", "/clock")  # the next request lets due events go

    assert [(url, json.loads(body)["event_type"]) for url, _, body in sink.seen] == [
        ("http://127.0.0.1:9/refunds", "REFUND.SUCCESS")
    ]


def test_a_closed_refund_gives_its_amount_free(merchant):
    order = paid(merchant)
    wanted = asked(order, TOTAL)
    refund(merchant, wanted)
    merchant.box.ask("POST", f"/wechat/refund/{wanted['out_refund_no']}", {"outcome": "closed"})

    assert merchant.query(order).json()["trade_state"] == "SUCCESS"
    assert refund(merchant, asked(order, TOTAL)).status_code == 200


SCENE = {"scene_info": {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}}


@pytest.mark.parametrize(
    ("product", "field", "trade_type"),
    [("native", "code_url", "NATIVE"), ("h5", "h5_url", "MWEB"), ("app", "prepay_id", "APP")],
)
def test_orders_that_anybody_may_pay(anywhere, product, field, trade_type):
    wanted = anywhere.order(trade_no(), TOTAL) | SCENE
    del wanted["payer"]
    taken = anywhere.send("POST", f"/v3/pay/transactions/{product}", wanted)
    other = "app" if product != "app" else "native"

    assert list(taken.json()) == [field]
    assert error(anywhere.send("POST", f"/v3/pay/transactions/{other}", wanted)) == (400, "INVALID_REQUEST")
    anywhere.box.ask("POST", f"/wechat/pay/{wanted['out_trade_no']}", {"openid": f"oPasser{product}"})
    told = anywhere.query(wanted["out_trade_no"]).json()
    assert (told["trade_type"], told["payer"]) == (trade_type, {"openid": f"oPasser{product}"})


def test_an_order_for_a_browser_says_where_it_is(merchant):
    reply = merchant.send("POST", "/v3/pay/transactions/h5", merchant.order(trade_no()))

    assert error(reply) == (400, "PARAM_ERROR")


def invocation(merchant, prepay_id, **changed):
    parts = {"appId": merchant.keys["appid"], "timeStamp": str(int(time.time())), "nonceStr": secrets.token_hex(8)}
    parts["package"] = f"prepay_id={prepay_id}"
    fourth = changed.pop("signed", parts["package"])
    text = f"{parts['appId']}\n{parts['timeStamp']}\n{parts['nonceStr']}\n{fourth}\n"
    return parts | {"signType": "RSA", "paySign": sign(merchant.keys["mch_key"], text)} | changed


def test_the_wallet_opens_for_what_the_merchant_signed(merchant):
    name = trade_no()
    prepay_id = merchant.jsapi(merchant.order(name)).json()["prepay_id"]
    merchant.jsapi(merchant.order(name))  # begun again: the first name stays good

    assert merchant.box.ask("POST", "/wechat/invoke", invocation(merchant, prepay_id, outcome="cancel")) == {
        "result": "cancel",
        "state": "NOTPAY",
        "deliveries": [],
    }
    done = merchant.box.ask("POST", "/wechat/invoke", invocation(merchant, prepay_id, openid="oMerchantTest"))
    assert (done["state"], merchant.query(name).json()["trade_state"]) == ("SUCCESS", "SUCCESS")


def test_an_app_signs_the_bare_name(merchant):
    wanted = merchant.order(trade_no())
    prepay_id = merchant.send("POST", "/v3/pay/transactions/app", wanted).json()["prepay_id"]
    app = {"prepayId": prepay_id, "package": "Sign=WXPay"}

    wrong = invocation(merchant, prepay_id, **app)
    assert merchant.box.refusal("POST", "/wechat/invoke", wrong) == (403, "CHECK_FAILED")
    right = invocation(merchant, prepay_id, signed=prepay_id, **app)
    assert merchant.box.ask("POST", "/wechat/invoke", right)["state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"signed": "prepay_id=another"}, (403, "CHECK_FAILED")),
        ({"nonceStr": "another"}, (403, "CHECK_FAILED")),
        ({"signType": "MD5"}, (403, "CHECK_FAILED")),
        ({"appId": "wx0"}, (409, "CONFLICT")),
        ({"openid": "oSomebodyElse"}, (409, "CONFLICT")),
        ({"package": "wx1"}, (422, "INVALID_INPUT")),
        ({"timeStamp": "1763604000000"}, (422, "INVALID_INPUT")),
    ],
)
def test_the_wallet_checks_what_it_is_handed(merchant, changed, answer):
    name = trade_no()
    prepay_id = merchant.jsapi(merchant.order(name)).json()["prepay_id"]

    wanted = invocation(merchant, prepay_id, **changed)
    assert merchant.box.refusal("POST", "/wechat/invoke", wanted) == answer
    assert merchant.query(name).json()["trade_state"] == "NOTPAY"


def test_a_session_of_the_wallet_lives_two_hours(merchant):
    prepay_id = merchant.jsapi(merchant.order(trade_no())).json()["prepay_id"]
    unknown = invocation(merchant, "wx" + "0" * 34)
    assert merchant.box.refusal("POST", "/wechat/invoke", unknown) == (404, "NOT_FOUND")

    merchant.box.ask("POST", "/clock/advance", {"by": "PT2H"})
    assert merchant.box.refusal("POST", "/wechat/invoke", invocation(merchant, prepay_id)) == (409, "CONFLICT")


def test_the_certificate_is_fetched_and_good_for_a_long_time(merchant):
    reply = merchant.send("GET", "/v3/certificates")
    merchant.check_reply(reply)
    (told,) = reply.json()["data"]
    plain = seal_opened(merchant, told["encrypt_certificate"])
    certificate = load_pem_x509_certificate(plain)

    assert plain.decode() == merchant.keys["plat_cert"]
    assert (told["effective_time"], told["expire_time"]) == ("2010-01-01T08:00:00+08:00", "2100-01-01T07:59:59+08:00")
    assert (certificate.not_valid_before_utc.year, certificate.not_valid_after_utc.year) == (2010, 2099)
    for serial in (told["serial_no"], merchant.keys["mch_serial"]):
        assert len(f"{int(serial, 16):X}") == 40
    assert f"{certificate.serial_number:X}" == told["serial_no"]


def seal_opened(merchant, sealed):
    key, raw = merchant.keys["apiv3_key"].encode(), base64.b64decode(sealed["ciphertext"])
    return AESGCM(key).decrypt(sealed["nonce"].encode(), raw, sealed["associated_data"].encode())


@pytest.mark.parametrize("missing", ["User-Agent", "Accept"])
def test_some_paths_ask_who_calls(merchant, missing):
    reply = merchant.send("GET", "/v3/certificates", headers={missing: ""})

    assert error(reply) == (400, "INVALID_REQUEST")


def test_a_request_that_is_sent_twice_is_refused(anywhere):
    target = f"/v3/pay/transactions/out-trade-no/T00000000?mchid={anywhere.keys['mchid']}"
    header = {"Authorization": anywhere.authorization("GET", target, "")}
    first, second = (anywhere.send("GET", target, headers=header) for _ in range(2))

    assert error(first) == (404, "ORDER_NOT_EXIST")
    assert error(second) == (401, "SIGN_ERROR")
    assert "nonce_str" in second.json()["message"]
