"""Faults of payment: what a merchant's server hears, and when."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import load_pem_x509_certificate

from merchant import Merchant, open_sealed
from receiver import Receiver
from striking import until
from taxpayer import taxpayer


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def merchant(place):
    return Merchant(place)


@pytest.fixture
def order(merchant, receiver, request):
    name = f"F{abs(hash(request.node.name)):020d}"[:21] + merchant.box.world[-4:]
    receiver.body = b'{"code":"SUCCESS"}'
    document = merchant.order(name, notify_url=receiver.url)
    assert merchant.jsapi(document).status_code == 200
    return name


def pay(box, name, fault=None):
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    reply = box.post(f"/_sandbox/v1/wechat/pay/{name}", {}, headers=headers)
    assert reply.ok, reply.text
    return reply.json()


def told(merchant, receiver):
    """The amounts that the notifications so far tell of."""
    import json

    opened = [open_sealed(merchant.keys["apiv3_key"], json.loads(body)["resource"]) for body in receiver.got]
    return [each["amount"]["total"] for each in opened]


def test_a_payment_is_never_told(struck, merchant, receiver, order):
    assert pay(struck.box, order, "pay.success_no_notify") == {"state": "SUCCESS", "deliveries": []}

    struck.advance(7 * 86_400)
    assert merchant.query(order).json()["trade_state"] == "SUCCESS"
    assert receiver.got == []


def test_a_payment_is_told_several_times(struck, merchant, receiver, order):
    pay(struck.box, order, "pay.notify_dup;n=3")

    assert told(merchant, receiver) == [320_00] * 3


def test_a_notification_is_overtaken(struck, merchant, receiver, order):
    pay(struck.box, order, "pay.notify_reordered;s=40")
    assert receiver.got == []
    assert merchant.query(order).json()["trade_state"] == "SUCCESS"
    struck.advance(41)
    until(lambda: receiver.got, "the notification")


def test_a_forged_notification_comes_before_the_true_one(struck, merchant, receiver, order):
    pay(struck.box, order, "pay.notify_forged_sig")

    assert len(receiver.got) == 2
    assert len({headers["Wechatpay-Signature"] for headers in receiver.headers}) == 2


def test_a_notification_of_another_amount_comes_before_the_true_one(struck, merchant, receiver, order):
    pay(struck.box, order, "pay.notify_amount;fen=-1")

    assert told(merchant, receiver) == [319_99, 320_00]


def test_a_payment_comes_through_after_the_order_was_closed(struck, merchant, receiver, order):
    struck.arm("pay.late_success_after_close")

    assert merchant.close(order).status_code == 204
    assert merchant.query(order).json()["trade_state"] == "SUCCESS"
    assert told(merchant, receiver) == [320_00]


def test_the_notification_comes_before_the_reply_to_the_order(struck, merchant, receiver):
    struck.arm("pay.notify_before_response")
    document = merchant.order("EARLY" + merchant.box.world[-8:], notify_url=receiver.url)

    reply = merchant.jsapi(document)

    merchant.check_reply(reply)
    assert told(merchant, receiver) == [320_00]


@pytest.mark.parametrize(("end", "state"), [("success", "SUCCESS"), ("failed", "NOTPAY")])
def test_nobody_knows_for_a_while_what_became_of_a_payment(struck, merchant, receiver, order, end, state):
    pay(struck.box, order, f"pay.unknown_then_{end};s=40")

    assert (merchant.query(order).status_code, receiver.got) == (500, [])
    struck.advance(41)
    assert merchant.query(order).json()["trade_state"] == state
    if end == "success":
        until(lambda: receiver.got, "the notification")


def test_a_receiver_that_is_down_hears_nothing_and_is_tried_again(struck, receiver, order):
    struck.arm("callback.down", match={"channel": "wechatpay"})

    assert [each["error"] for each in pay(struck.box, order)["deliveries"]] == ["ConnectionError"]
    assert receiver.got == []
    struck.advance(60)
    until(lambda: receiver.got, "the second attempt")


def test_a_receiver_that_is_slow_hears_it_twice(struck, receiver, order):
    struck.arm("callback.slow", match={"channel": "wechatpay"})

    assert [each["accepted"] for each in pay(struck.box, order)["deliveries"]] == [False]
    assert len(receiver.got) == 1
    struck.advance(60)
    until(lambda: len(receiver.got) == 2, "the second attempt")


def refund(merchant, order):
    amount = {"refund": 1, "total": 320_00, "currency": "CNY"}
    document = {"out_trade_no": order, "out_refund_no": f"R{order}", "amount": amount}
    return merchant.send("POST", "/v3/refund/domestic/refunds", document)


def test_a_refund_is_under_way_for_long(struck, merchant, order):
    pay(struck.box, order)
    struck.arm("refund.pending", params={"s": 3600})
    assert refund(merchant, order).json()["status"] == "PROCESSING"

    struck.advance(60)
    where = f"/v3/refund/domestic/refunds/R{order}"
    assert merchant.send("GET", where).json()["status"] == "PROCESSING"
    struck.advance(3600)
    until(lambda: merchant.send("GET", where).json()["status"] == "SUCCESS", "the refund")


def test_a_refund_is_refused_and_then_taken(struck, merchant, order):
    pay(struck.box, order)
    struck.arm("refund.fail_then_ok")

    refused = refund(merchant, order)
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ENOUGH")
    assert refund(merchant, order).status_code == 200


def test_of_insurance_and_cash_only_insurance_comes_through(struck, merchant):
    """The order is made by hand: who is asked what, its own tests tell."""
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    key = load_pem_x509_certificate(merchant.keys["plat_cert"].encode()).public_key()
    sealed = [base64.b64encode(key.encrypt(text.encode(), oaep)).decode() for text in ("张三", "0" * 32)]
    name = "MIX" + merchant.box.world[-8:]
    prepaid = merchant.jsapi(merchant.order(name, 1)).json()
    fees = {"total_fee": 4, "wechat_pay_cash_fee": 1, "med_ins_gov_fee": 3, "med_ins_cash_fee": 1}
    facts = {"pay_order_id": "O", "pay_auth_no": "A", "geo_location": "1,1", "city_id": "510400", "serial_no": "S"}
    facts |= {"mix_pay_type": "CASH_AND_INSURANCE", "order_type": "REG_PAY", "appid": merchant.keys["appid"]}
    facts |= {"payer": {"name": sealed[0], "id_digest": sealed[1], "card_type": "ID_CARD"}, "openid": "oMerchantTest"}
    facts |= {"med_inst_name": "H", "med_inst_no": "H", "callback_url": "http://127.0.0.1:9/m", "out_trade_no": name}
    facts |= {"med_ins_order_create_time": "2025-11-20T10:00:00+08:00", "med_ins_self_fee": 0, "med_ins_other_fee": 0}
    headers = {"Wechatpay-Serial": merchant.keys["plat_serial"]}
    made = merchant.send("POST", "/v3/med-ins/orders", prepaid | facts | fees, headers=headers)
    assert made.status_code == 200, made.text

    assert pay(struck.box, name, "mix.fund_ok_cash_fail") == {"state": "MIX_PAY_FAIL", "deliveries": []}
    shown = merchant.send("GET", f"/v3/med-ins/orders/out-trade-no/{name}").json()
    assert (shown["self_pay_status"], shown["med_ins_pay_status"]) == ("SELF_PAY_FAIL", "MED_INS_PAY_SUCCESS")


@pytest.mark.parametrize("first", ["wechat", "alipay"])
def test_a_bill_is_paid_in_both_wallets_and_once_goes_back(struck, first):
    student = taxpayer(struck.box)
    bill = student.bill()
    code = student.box.ask("POST", "/alipay/login", {"psn_no": student.psn_no})["auth_code"]
    student.ask("POST", "/session/alipay", {"code": code})
    place = f"/bills/{bill['bill_id']}/orders"
    orders = {name: student.ask("POST", place, {"channel": name}) for name in ("wechat", "alipay")}
    second = "alipay" if first == "wechat" else "wechat"

    headers = {"X-Sandbox-Fault": "pay.double_channel"}
    paid = struck.box.post(f"/_sandbox/v1/{first}/pay/{orders[first]['out_trade_no']}", {}, headers=headers)
    assert paid.ok, paid.text

    def gone():
        struck.advance(5)
        return [each["state"] for each in student.show(orders[second])["refunds"]] == ["DONE"]

    until(gone, "the money that was paid twice")
    assert student.shown_bill(bill)["channel"] == first
    assert sum(student.entries(f"CASH:{second}")) == 0
    assert struck.log()[0]["name"] == "pay.double_channel"


def test_without_an_order_in_the_other_wallet_nothing_is_paid_twice(struck):
    student = taxpayer(struck.box)
    order = student.order(student.bill())
    before = struck.fired()
    headers = {"X-Sandbox-Fault": "pay.double_channel"}
    struck.box.post(f"/_sandbox/v1/wechat/pay/{order['out_trade_no']}", {}, headers=headers)

    assert struck.fired() == before
