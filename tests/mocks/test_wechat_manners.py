"""How WeChat Pay behaves to different payers and merchants: magic payers, and the switches of a world."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from merchant import Sink, error, trade_no
from yibaobox_mocks.wechatpay.magic import PAYERS

OPEN, PAID = "NOTPAY", "SUCCESS"


@pytest.fixture
def sink(app, monkeypatch):
    made = Sink(app.installation.courier)
    monkeypatch.setattr(app.installation.courier, "session", made)
    return made


def ordered(merchant, **changed):
    name = trade_no()
    assert merchant.jsapi(merchant.order(name, **changed)).status_code == 200
    return name


def paid(merchant, name, **given):
    return merchant.box.ask("POST", f"/wechat/pay/{name}", given)


def state(merchant, name):
    return merchant.query(name).json()["trade_state"]


def later(merchant, by="PT40S"):
    merchant.box.ask("POST", "/clock/advance", {"by": by})
    merchant.box.ask("GET", "/clock")  # the next request lets due events go


@pytest.mark.parametrize(
    ("manner", "at_once", "in_the_end"),
    [
        ("not_enough", (OPEN, 0), (OPEN, 0)),
        ("cancel", (OPEN, 0), (OPEN, 0)),
        ("slow", (OPEN, 0), (PAID, 1)),
        ("lost", (PAID, 0), (PAID, 0)),
        ("twice", (PAID, 2), (PAID, 2)),
        ("late", (PAID, 0), (PAID, 1)),
        ("forged", (PAID, 2), (PAID, 2)),
        ("half", (PAID, 1), (PAID, 1)),
    ],
)
def test_a_magic_payer_has_a_manner(merchant, sink, manner, at_once, in_the_end):
    name = ordered(merchant, payer={"openid": f"oMagic_{manner}"})
    paid(merchant, name)
    assert (state(merchant, name), len(sink.seen)) == at_once

    later(merchant)
    assert (state(merchant, name), len(sink.seen)) == in_the_end


def test_each_magic_payer_is_tried_and_told_of():
    docs = (Path(__file__).parents[2] / "docs" / "gateways.md").read_text(encoding="utf-8")
    assert [openid for openid in PAYERS if f"| `{openid}` |" not in docs] == []
    assert len(PAYERS) == 8


def test_what_is_said_comes_before_a_manner(merchant):
    name = ordered(merchant, payer={"openid": "oMagic_cancel"})

    assert paid(merchant, name, outcome="success")["state"] == PAID


def test_a_payer_who_is_slow_finds_the_order_closed(merchant, sink):
    name = ordered(merchant, payer={"openid": "oMagic_slow"})
    paid(merchant, name)
    merchant.close(name)
    later(merchant)

    assert (state(merchant, name), sink.seen) == ("CLOSED", [])


def switch(merchant, **positions):
    merchant.box.ask("PUT", "/switches", positions)


@pytest.mark.parametrize(("position", "least", "most"), [("cert", 0, 0), ("pubkey", 20, 20), ("mixed:50", 1, 19)])
def test_call_backs_are_signed_as_the_vendor_moves_merchants(merchant, sink, position, least, most):
    switch(merchant, wechat_sign_with=position)
    for number in range(20):
        name = f"SIGNED-{number:04d}"
        merchant.jsapi(merchant.order(name))
        paid(merchant, name)

    by_key = [headers for _, headers, _ in sink.seen if headers["Wechatpay-Serial"] == merchant.keys["pub_key_id"]]
    assert len(sink.seen) == 20
    assert least <= len(by_key) <= most  # a name decides, so the share is the same in every run


def test_a_refund_is_told_under_the_same_rule(merchant, sink):
    switch(merchant, wechat_sign_with="pubkey")
    name = ordered(merchant)
    paid(merchant, name)
    amount = {"refund": 1, "total": 320_00, "currency": "CNY"}
    document = {"out_trade_no": name, "out_refund_no": name, "amount": amount, "notify_url": "http://127.0.0.1:9/r"}
    assert merchant.send("POST", "/v3/refund/domestic/refunds", document).status_code == 200
    merchant.box.ask("POST", f"/wechat/refund/{name}", {})

    assert sink.seen[-1][1]["Wechatpay-Serial"] == merchant.keys["pub_key_id"]


def test_a_request_of_another_time_is_taken_where_that_is_allowed(merchant):
    old = {"timestamp": str(int(time.time()) - 86_400)}
    assert error(merchant.jsapi(merchant.order(trade_no()), **old)) == (401, "SIGN_ERROR")
    switch(merchant, strict_timestamps="off")

    assert merchant.jsapi(merchant.order(trade_no()), **old).status_code == 200
    assert error(merchant.jsapi(merchant.order(trade_no()), timestamp="soon")) == (401, "SIGN_ERROR")


def test_a_merchant_of_recent_days_has_no_certificate_to_fetch(merchant):
    switch(merchant, wechat_certificates="none")

    assert error(merchant.send("GET", "/v3/certificates")) == (404, "RESOURCE_NOT_EXISTS")


def test_a_number_that_is_taken_may_be_refused_in_the_other_way(merchant):
    name = ordered(merchant)
    switch(merchant, wechat_reentry="out_trade_no_used")

    assert error(merchant.jsapi(merchant.order(name, 1))) == (403, "OUT_TRADE_NO_USED")
    assert merchant.jsapi(merchant.order(name)).status_code == 200
