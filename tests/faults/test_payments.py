"""Faults of payment: what a merchant's server hears, and when."""

import pytest

from merchant import Merchant, open_sealed
from receiver import Receiver
from striking import until


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
