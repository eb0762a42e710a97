"""Payment through the wallet: orders; call-backs forged, twice, late, of another amount; money that is owed back."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
import requests

from boxes import KEPT, local, own_world
from citizen import frozen
from merchant import Merchant, notification, sign, verify
from taxpayer import HIGH, LOW, YEAR, Taxpayer, taxpayer
from yibaobox.app import Settings, create_app
from yibaobox.domain.errors import PartyRefused, PartyTimeout
from yibaobox.tax.wechat import Wallet

TRANSACTION = "4200000000000000000000009999"


@pytest.fixture
def student(local_box):
    return taxpayer(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return taxpayer(frozen(any_box))


@pytest.fixture(scope="module", params=["memory", "postgresql"])
def process(request):
    """An application in process on each database."""
    url = "memory://" if request.param == "memory" else request.getfixturevalue("postgres_url")
    made = create_app(Settings(db=url, ticker=False))
    KEPT.append(made)
    yield made
    KEPT.remove(made)
    made.close()


@pytest.fixture
def platform(process):
    """A student in a world of their own, and the keys of the platform, with which a test may sign as it does."""
    with own_world(local(process)) as box:
        keys = {**process.worlds.registry.installation(), **process.worlds.get(box.world).info.keys}
        yield taxpayer(frozen(box)), keys


def told(keys, order, **changed):
    """What the platform tells of a payment."""
    return {
        "mchid": keys["mchid"],
        "appid": keys["appid"],
        "out_trade_no": order["out_trade_no"],
        "transaction_id": TRANSACTION,
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "success_time": "2025-11-20T10:00:00+08:00",
        "amount": {"total": order["amount_fen"], "currency": "CNY"},
    } | changed


def notify(student, headers, body):
    address = f"{student.box.url}/w/{student.box.world}/tax/v1/notify/wechat"
    reply = student.box.session.post(address, data=body, headers=headers)
    return reply.status_code, reply.json()["code"]


def test_an_order_is_paid_and_the_bill_with_it(anywhere):
    bill = anywhere.bill()
    order = anywhere.order(bill)
    assert (order["state"], order["amount_fen"]) == ("PAYING", LOW)
    assert anywhere.shown_bill(bill)["state"] == "PAYING"

    done = anywhere.act(order)

    assert [(one["status"], one["accepted"]) for one in done["deliveries"]] == [(200, True)]
    assert anywhere.show(order)["state"] == "SUCCESS"
    paid = anywhere.shown_bill(bill)
    assert (paid["state"], paid["channel"], paid["paid_at"]) == ("PAID", "wechat", "2025-11-20T10:00:00+08:00")
    assert anywhere.entries("CASH:wechat") == [-LOW]
    assert anywhere.entries("PREM:511700:2026") == [LOW]
    receipt = anywhere.ask("GET", f"/receipts/{paid['receipt_no']}")
    assert (receipt["amount_fen"], receipt["state"], receipt["year"]) == (LOW, "VALID", YEAR)
    assert receipt["receipt_no"].startswith("SBX511700")


def test_what_the_wallet_is_invoked_with_is_signed_by_the_merchant(student):
    keys = Merchant(student.box).keys
    invoke = student.order(student.bill())["invoke"]

    text = f"{keys['appid']}\n{invoke['timeStamp']}\n{invoke['nonceStr']}\n{invoke['package']}\n"
    verify(keys["mch_cert"], text, invoke["paySign"])
    assert abs(int(invoke["timeStamp"]) - time.time()) < 60  # the wall's time, though the sandbox stands still


def test_the_order_at_the_gateway_is_the_one_that_was_made_here(student):
    order = student.order(student.bill())
    shown = Merchant(student.box).query(order["out_trade_no"]).json()

    assert (shown["amount"]["total"], shown["trade_state"]) == (LOW, "NOTPAY")


def test_ordered_again_the_payers_open_order_is_returned(student):
    bill = student.bill()

    assert student.order(bill)["out_trade_no"] == student.order(bill)["out_trade_no"]


def test_without_a_wallet_nothing_is_ordered(local_box):
    student = Taxpayer(frozen(local_box), local_box.person(region="511700", capacity="student", enrolled="2025-11-01"))
    bill = student.identify().bill()

    refused = student.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
    assert refused == (422, "INVALID_INPUT")
    assert student.refusal("POST", "/session/wechat", {"code": "unknown"}) == (422, "INVALID_INPUT")


def test_a_paid_bill_is_not_paid_again(student):
    paid = student.pay()

    assert student.refusal("POST", f"/bills/{paid['bill_id']}/orders", {"channel": "wechat"}) == (409, "ALREADY_PAID")


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_a_payment_that_fails_leaves_the_order_open(student, outcome):
    order = student.order(student.bill())

    assert student.act(order, outcome=outcome) == {"state": "NOTPAY", "deliveries": []}
    assert student.show(order)["state"] == "PAYING"
    assert student.act(order)["state"] == "SUCCESS"


def test_a_notification_that_comes_twice_changes_nothing(anywhere):
    anywhere.pay()
    before = anywhere.box.ask("GET", "/audit")["head"]
    (event,) = anywhere.box.ask("GET", "/events")["items"]

    assert anywhere.box.ask("POST", f"/events/{event['id']}/resend")["state"] == "delivered"
    (event,) = anywhere.box.ask("GET", "/events")["items"]
    assert [one["status"] for one in event["deliveries"]] == [200, 200]
    assert anywhere.box.ask("GET", "/audit")["head"] == before
    assert anywhere.entries("PREM:511700:2026") == [LOW]


def test_the_answer_to_a_query_counts_as_a_notification(student, app, monkeypatch):
    order = student.order(student.bill())
    with monkeypatch.context() as deaf:
        deaf.setattr(type(app.installation.courier), "resend", lambda *_: "pending")
        student.act(order)
    assert student.show(order)["state"] == "PAYING"

    assert student.ask("POST", f"/orders/{order['out_trade_no']}/refresh")["state"] == "SUCCESS"
    student.box.ask("POST", "/clock/advance", {"by": "PT1M"})  # then the notification comes as well
    assert student.entries("PREM:511700:2026") == [LOW]


def test_a_query_before_the_payment_changes_nothing(student):
    order = student.order(student.bill())

    assert student.ask("POST", f"/orders/{order['out_trade_no']}/refresh")["state"] == "PAYING"


def test_an_order_that_is_given_up_is_closed_on_both_sides(student):
    bill = student.bill()
    order = student.order(bill)

    assert student.ask("POST", f"/orders/{order['out_trade_no']}/close")["state"] == "CLOSED"
    assert student.shown_bill(bill)["state"] == "UNPAID"
    assert Merchant(student.box).query(order["out_trade_no"]).json()["trade_state"] == "CLOSED"
    assert student.refusal("POST", f"/orders/{order['out_trade_no']}/close") == (409, "CONFLICT")
    assert student.order(bill)["out_trade_no"] != order["out_trade_no"]


def test_a_paid_order_cannot_be_given_up(student, app, monkeypatch):
    order = student.order(student.bill())
    with monkeypatch.context() as deaf:
        deaf.setattr(type(app.installation.courier), "resend", lambda *_: "pending")
        student.act(order)

    assert student.refusal("POST", f"/orders/{order['out_trade_no']}/close") == (502, "PARTY_REFUSED")


def test_an_order_lives_two_hours_and_not_beyond_the_window(student):
    order = student.order(student.bill())
    assert order["expires_at"] == "2025-11-20T12:00:00+08:00"

    student.box.ask("POST", "/clock/advance", {"by": "PT3H"})
    student.identify().log_in()
    fresh = student.order(student.bill())
    assert fresh["out_trade_no"] != order["out_trade_no"]
    assert student.show(order)["state"] == "CLOSED"

    frozen(student.box, "2025-12-31T23:30:00+08:00")
    student.identify().log_in()
    assert student.order(student.bill())["expires_at"] == "2026-01-01T00:00:00+08:00"


def test_a_signed_notification_pays(platform):
    student, keys = platform
    order = student.order(student.bill())

    assert notify(student, *notification(keys, told(keys, order))) == (200, "SUCCESS")
    assert student.show(order)["state"] == "SUCCESS"


@pytest.mark.parametrize(
    "forged",
    [
        {"headers": {"Wechatpay-Signature": "AAAA"}},
        {"headers": {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/AAAA"}},
        {"headers": {"Wechatpay-Serial": "0" * 40}},
        {"headers": {"Wechatpay-Nonce": "another"}},
        {"stamp": "1763604000"},
        {"stamp": "yesterday"},
        {"key": "mch_key"},
        {"apiv3_key": "x" * 32},
        {"transaction": {"mchid": "1900000001"}},
        {"transaction": {"appid": "wx0"}},
    ],
    ids=lambda one: json.dumps(one)[:40],
)
def test_a_forged_notification_has_no_effect(platform, forged):
    student, keys = platform
    order, how = student.order(student.bill()), dict(forged)
    transaction = told(keys, order, **how.pop("transaction", {}))
    signing = {**keys, "plat_key": keys[how.pop("key", "plat_key")]}
    signing["apiv3_key"] = how.pop("apiv3_key", keys["apiv3_key"])

    assert notify(student, *notification(signing, transaction, **how)) == (403, "CHECK_FAILED")
    assert student.show(order)["state"] == "PAYING"
    assert student.entries("PREM:511700:2026") == []


def test_a_body_changed_on_its_way_has_no_effect(platform):
    student, keys = platform
    order = student.order(student.bill())
    headers, body = notification(keys, told(keys, order))

    assert notify(student, headers, body.replace("EV-1", "EV-2")) == (403, "CHECK_FAILED")
    assert student.show(order)["state"] == "PAYING"


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"amount": {"total": LOW + 1, "currency": "CNY"}}, (422, "AMOUNT_MISMATCH")),
        ({"amount": {"total": LOW - 1, "currency": "CNY"}}, (422, "AMOUNT_MISMATCH")),
        ({"amount": {"total": f"{LOW}"}}, (502, "PARTY_REFUSED")),
        ({"amount": None}, (502, "PARTY_REFUSED")),
        ({"success_time": "soon"}, (422, "INVALID_INPUT")),
        ({"out_trade_no": "T00000000"}, (404, "NOT_FOUND")),
    ],
)
def test_a_notification_that_is_not_the_orders_has_no_effect(platform, changed, answer):
    student, keys = platform
    order = student.order(student.bill())

    assert notify(student, *notification(keys, told(keys, order, **changed))) == answer
    assert student.show(order)["state"] == "PAYING"
    assert student.entries("CASH:wechat") == []


def test_a_notification_of_something_else_is_taken_and_forgotten(platform):
    student, keys = platform
    order = student.order(student.bill())
    other = notification(keys, told(keys, order), document={"event_type": "MEDICAL_INSURANCE.SUCCESS"})

    assert notify(student, *other) == (200, "SUCCESS")
    assert student.show(order)["state"] == "PAYING"


def suspended(student, order, reason):
    """Money of an order lies in suspense, and is owed back in full."""
    (refund,) = student.show(order)["refunds"]
    assert refund["state"] in {
        "DUE",
        "PROCESSING",
    }  # the gateway is asked for it, and knows nothing of what a test forged
    assert (refund["amount_fen"], refund["reason"]) == (order["amount_fen"], reason)
    assert sum(student.entries("SUSP:wechat")) == 0
    assert student.entries("REFUND_DUE:wechat")[-1] == order["amount_fen"]
    assert student.box.violations() == []


def test_a_late_success_on_a_closed_order_is_owed_back(platform):
    student, keys = platform
    bill = student.bill()
    order = student.order(bill)
    student.ask("POST", f"/orders/{order['out_trade_no']}/close")

    assert notify(student, *notification(keys, told(keys, order))) == (200, "SUCCESS")
    assert student.show(order)["state"] == "CLOSED"
    assert student.shown_bill(bill)["state"] == "UNPAID"
    suspended(student, order, "ORDER_CLOSED")


def test_a_success_on_a_bill_that_was_replaced_is_owed_back(platform):
    student, keys = platform
    order = student.order(student.bill(LOW))
    student.bill(HIGH)

    assert notify(student, *notification(keys, told(keys, order))) == (200, "SUCCESS")
    suspended(student, order, "BILL_VOID")


def test_a_second_success_is_owed_back(platform):
    student, keys = platform
    bill = student.bill()
    order = student.order(bill)
    student.act(order)

    again = told(keys, order)  # another number of the channel: the payer was charged twice
    assert notify(student, *notification(keys, again)) == (200, "SUCCESS")
    assert student.shown_bill(bill)["state"] == "PAID"
    suspended(student, order, "BILL_PAID")
    assert notify(student, *notification(keys, again)) == (200, "SUCCESS")
    assert student.entries("REFUND_DUE:wechat") == [LOW]


def test_paid_in_the_last_second_and_told_after_it_counts(platform):
    student, keys = platform
    frozen(student.box, "2025-12-31T23:00:00+08:00")
    order = student.identify().log_in().order(student.bill())
    frozen(student.box, "2026-01-01T08:00:00+08:00")

    late = told(keys, order, success_time="2025-12-31T23:59:59+08:00")
    assert notify(student, *notification(keys, late)) == (200, "SUCCESS")
    assert student.identify().show(order)["state"] == "SUCCESS"
    assert student.entries("PREM:511700:2026") == [LOW]


def test_paid_after_the_window_is_owed_back_and_does_not_enrol(platform):
    student, keys = platform
    frozen(student.box, "2025-12-31T23:00:00+08:00")
    bill = student.identify().log_in().bill()
    order = student.order(bill)
    frozen(student.box, "2026-01-01T08:00:00+08:00")
    student.identify()

    late = told(keys, order, success_time="2026-01-01T00:00:00+08:00")
    assert notify(student, *notification(keys, late)) == (200, "SUCCESS")
    assert student.shown_bill(bill)["state"] == "EXPIRED"
    suspended(student, order, "WINDOW_CLOSED")
    assert student.entries("PREM:511700:2026") == []


def test_of_two_payers_of_one_bill_the_second_gets_the_money_back(anywhere):
    """The others' orders are closed when the bill is paid; at the gateway too, so nobody can pay any more."""
    bill = anywhere.bill()
    mine = anywhere.order(bill)
    anywhere.identify().log_in("oMotherOfThem")
    hers = anywhere.order(bill)
    assert mine["out_trade_no"] != hers["out_trade_no"]

    anywhere.act(mine)
    assert anywhere.show(hers)["state"] == "CLOSED"
    assert anywhere.box.refusal("POST", f"/wechat/pay/{hers['out_trade_no']}", {}) == (409, "CONFLICT")


class Broken(requests.Session):
    """A way to the gateway on which everything is lost, or everything is answered alike."""

    def __init__(self, reply=None):
        super().__init__()
        self.reply = reply

    def send(self, *_, **__):
        if self.reply is None:
            raise requests.ConnectionError
        made = requests.Response()
        made.status_code, made._content = self.reply
        return made


def wallet(student, session):
    keys = Merchant(student.box).keys
    return Wallet(session, "http://127.0.0.1:9", keys, "http://127.0.0.1:9/notify")


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        (None, PartyTimeout),
        ((500, b"{}"), PartyTimeout),
        ((503, b""), PartyTimeout),
        ((400, b'{"code": "PARAM_ERROR"}'), PartyRefused),
        ((400, b"<html>"), PartyRefused),
        ((200, b'{"trade_state": "SUCCESS"}'), PartyRefused),  # signed by nobody
    ],
)
def test_an_answer_of_the_gateway_that_cannot_be_trusted_is_no_payment(student, reply, refusal):
    with pytest.raises(refusal):
        wallet(student, Broken(reply)).success(SimpleNamespace(out_trade_no="SB202511200001"))


def test_an_order_whose_answer_was_lost_is_sent_again_under_its_name(student, app, monkeypatch):
    bill = student.bill()
    session = app.installation.courier.session
    with monkeypatch.context() as cut:
        cut.setattr(session, "send", Broken().send)
        refused = student.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
    assert refused == (504, "PARTY_TIMEOUT")

    order = student.order(bill)
    assert order["state"] == "PAYING"
    assert student.act(order)["state"] == "SUCCESS"
    assert student.shown_bill(bill)["state"] == "PAID"


def test_an_order_that_the_gateway_refuses_has_failed(student, app, monkeypatch):
    bill = student.bill()
    with monkeypatch.context() as cut:
        cut.setattr(app.installation.courier.session, "send", Broken((400, b'{"code": "PARAM_ERROR"}')).send)
        refused = student.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})

    assert refused == (502, "PARTY_REFUSED")
    assert student.shown_bill(bill)["state"] == "UNPAID"
    assert student.order(bill)["state"] == "PAYING"


def test_the_two_implementations_of_the_signature_agree(student, app):
    """The tax channel's own signature, checked by the tests' certificate and by the tests' own signature."""
    keys = {**app.worlds.registry.installation(), **app.worlds.get("default").info.keys}
    header = Wallet(requests.Session(), "", keys, "")._authorization("POST", "/v3/x?a=1", '{"a":1}')
    scheme, _, rest = header.partition(" ")
    parts = dict(one.split("=", 1) for one in rest.replace('"', "").split(","))

    text = f'POST\n/v3/x?a=1\n{parts["timestamp"]}\n{parts["nonce_str"]}\n{{"a":1}}\n'
    assert (scheme, parts["signature"]) == ("WECHATPAY2-SHA256-RSA2048", sign(keys["mch_key"], text))
