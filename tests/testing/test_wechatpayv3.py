"""The SDK `wechatpayv3` as it comes from its registry: by public key, with the certificate at hand, and fetching it.

In process it dials the vendor's own host; on a started server it is given the server's address.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import freezegun
import pytest
import wechatpayv3 as sdk
from wechatpayv3.type import RequestType

from yibaobox.testing import sinks
from yibaobox.testing.box import Box

TOTAL = 380_00
MODES = ("public key", "certificate at hand", "certificate fetched")


def client(box: Box, mode, folder, notify_url):
    keys = box.credentials["wechat"]
    more = {}
    if mode == "public key":
        more = {"public_key": keys["plat_pub"], "public_key_id": keys["pub_key_id"]}
    elif mode == "certificate at hand":
        (folder / "platform.pem").write_text(keys["plat_cert"])
    return sdk.WeChatPay(
        wechatpay_type=sdk.WeChatPayType.JSAPI,
        mchid=keys["mchid"],
        private_key=keys["mch_key"],
        cert_serial_no=keys["mch_serial"],
        appid=keys["appid"],
        apiv3_key=keys["apiv3_key"],
        notify_url=notify_url,
        cert_dir=str(folder),
        **more,
    )


@pytest.fixture(params=[("in process", mode) for mode in MODES] + [("live", mode) for mode in MODES[:2]], ids="-".join)
def shop(request, tmp_path):
    """A client, the box behind it and the receiver of its notifications."""
    place, mode = request.param
    if place == "in process":
        box = request.getfixturevalue("inproc")
        with sinks.opened(box) as sink:
            yield client(box, mode, tmp_path, sink.url), box, sink
        return
    with request.getfixturevalue("yibaobox_server").box() as box:
        with sinks.opened(box) as sink:
            made = client(box, mode, tmp_path, sink.url)
            made._core._gate_way = box.url
            yield made, box, sink
        assert box.audit()["violations"] == []


def told(reply):
    status, text = reply
    return status, json.loads(text) if text else None


def order(pay, name="ORDER-0001", total=TOTAL, **more):
    more.setdefault("payer", {"openid": "oPayer"})
    return told(pay.pay(description="城乡居民医保缴费", out_trade_no=name, amount={"total": total}, **more))


def refund(pay, name, fen):
    amount = {"refund": fen, "total": TOTAL, "currency": "CNY"}
    return told(pay.refund(out_refund_no=name, amount=amount, out_trade_no="ORDER-0001"))


def opened(pay, came):
    """Let the SDK verify and decrypt a call-back."""
    return pay.callback(dict(came.headers), came.body)


def test_order_pay_refund_close(shop):
    pay, box, sink = shop
    assert (order(pay)[0], order(pay)[0]) == (200, 200)
    assert order(pay, total=1) == (400, {"code": "INVALID_REQUEST", "message": "请求重入时，参数与首次请求时不一致"})
    assert told(pay.query(out_trade_no="ORDER-0001"))[1]["trade_state"] == "NOTPAY"
    assert told(pay.query(out_trade_no="ORDER-0009"))[0] == 404

    box.control("POST", "/wechat/pay/ORDER-0001", {})
    [came] = sink.wait()
    paid = opened(pay, came)
    assert (paid["event_type"], paid["resource"]["amount"]["total"]) == ("TRANSACTION.SUCCESS", TOTAL)
    number = paid["resource"]["transaction_id"]
    assert told(pay.query(transaction_id=number))[1] == paid["resource"]
    forged = {**came.headers, "Wechatpay-Nonce": "another"}
    assert pay.callback(forged, came.body) is None

    assert refund(pay, "R1", 100_00)[1]["status"] == "PROCESSING"
    assert refund(pay, "R1", 100_00)[0] == 200
    assert refund(pay, "R2", 280_01)[0] == 400
    box.control("POST", "/wechat/refund/R1", {})
    back = opened(pay, sink.wait(2)[-1])
    assert (back["event_type"], back["resource"]["out_refund_no"]) == ("REFUND.SUCCESS", "R1")
    assert told(pay.query_refund("R1"))[1]["status"] == "SUCCESS"
    assert refund(pay, "R2", 280_00)[0] == 200

    assert order(pay, "ORDER-0002")[0] == 200
    assert told(pay.close("ORDER-0002")) == (204, None)
    assert told(pay.query(out_trade_no="ORDER-0002"))[1]["trade_state"] == "CLOSED"


def test_each_kind_of_order(shop):
    pay, box, _ = shop
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    kinds = {"NATIVE": "code_url", "H5": "h5_url", "APP": "prepay_id"}
    for kind, field in kinds.items():
        status, answer = order(pay, f"ORDER-{kind}", payer=None, scene_info=scene, pay_type=sdk.WeChatPayType[kind])
        assert (status, list(answer)) == (200, [field])

    prepay_id = order(pay, "ORDER-PAGE")[1]["prepay_id"]
    stamp, nonce, package = str(int(time.time())), "n0nce", f"prepay_id={prepay_id}"
    appid = box.credentials["wechat"]["appid"]
    given = {"appId": appid, "timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA"}
    given["paySign"] = pay.sign([appid, stamp, nonce, package])
    assert box.control("POST", "/wechat/invoke", given)["state"] == "SUCCESS"


def test_bills(shop):
    pay, box, _ = shop
    box.control("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T10:00:00+08:00"})
    order(pay)
    box.control("POST", "/wechat/pay/ORDER-0001", {})
    box.control("PUT", "/clock", {"mode": "frozen", "at": "2025-11-21T10:00:00+08:00"})
    for asked in (pay.trade_bill, pay.fundflow_bill):
        status, bill = told(asked(bill_date="2025-11-20"))
        assert status == 200, bill
        status, packed = pay.download_bill(bill["download_url"])
        assert (status, hashlib.sha1(gzip.decompress(packed)).hexdigest()) == (200, bill["hash_value"])


@pytest.mark.filterwarnings("ignore:Properties that return a naïve datetime")  # the SDK asks certificates so
def test_insurance_and_cash_at_once(shop):
    """The SDK has no function for it: an application calls what all its functions call."""
    pay, box, sink = shop
    keys = box.credentials["wechat"]
    prepaid = order(pay, total=1)[1]
    payer = {"name": pay._core.encrypt("张三"), "id_digest": pay._core.encrypt("0" * 32)}
    facts = {
        "mix_pay_type": "CASH_AND_INSURANCE",
        "order_type": "REG_PAY",
        "appid": keys["appid"],
        "openid": "oPayer",
        "payer": payer | {"card_type": "ID_CARD"},
        "out_trade_no": "ORDER-0001",
        "serial_no": "S1",
        "pay_order_id": "ORD1",
        "pay_auth_no": "AUTH1",
        "geo_location": "102.6,25.0",
        "city_id": "530100",
        "med_inst_name": "医院",
        "med_inst_no": "H1",
        "med_ins_order_create_time": "2025-11-20T10:00:00+08:00",
        "total_fee": 4,
        "med_ins_gov_fee": 3,
        "med_ins_self_fee": 0,
        "med_ins_other_fee": 0,
        "med_ins_cash_fee": 1,
        "wechat_pay_cash_fee": 1,
        "callback_url": sink.url,
    }
    status, made = told(
        pay._core.request("/v3/med-ins/orders", method=RequestType.POST, data=prepaid | facts, cipher_data=True)
    )
    assert (status, made.get("mix_pay_status")) == (200, "MIX_PAY_CREATED"), made
    box.control("POST", "/wechat/pay/ORDER-0001", {})
    events = {opened(pay, came)["event_type"] for came in sink.wait(2)}
    assert events == {"TRANSACTION.SUCCESS", "MEDICAL_INSURANCE.SUCCESS"}


@pytest.mark.parametrize("shop", [("live", "public key")], indirect=True, ids=["live"])
def test_thirty_of_one_number_are_one(shop):
    pay, box, _ = shop
    with ThreadPoolExecutor(10) as pool:
        assert {status for status, _ in pool.map(lambda _: order(pay), range(30))} == {200}
        box.control("POST", "/wechat/pay/ORDER-0001", {})
        made = list(pool.map(lambda _: refund(pay, "R1", 100_00), range(30)))

    assert {(status, answer["refund_id"]) for status, answer in made} == {(200, made[0][1]["refund_id"])}
    assert refund(pay, "R2", 280_00)[0] == 200


def test_a_client_whose_clock_stands_in_2017_takes_the_certificate(inproc, tmp_path):
    """The certificate is valid from 2010 to 2099; protocol times are those of the client's own process."""
    with freezegun.freeze_time("2017-10-01"):
        assert order(client(inproc, "certificate fetched", tmp_path, "http://127.0.0.1:9/x"))[0] == 200
