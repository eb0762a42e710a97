"""A notification is written with its cause: whoever ends the process in between, the merchant hears of the payment."""

from __future__ import annotations

import json

import pytest

from boxes import Server
from merchant import Merchant, open_sealed, trade_no
from receiver import Receiver
from striking import until


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def test_a_payment_is_told_after_the_process_was_killed(tmp_path, receiver):
    server = Server(tmp_path, "--population", "0")
    merchant, name = Merchant(server.box()), trade_no()
    merchant.jsapi(merchant.order(name, notify_url=receiver.url))
    merchant.box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T10:00:00+08:00"})
    merchant.box.ask("POST", "/faults", {"name": "callback.down", "match": {"channel": "wechatpay"}})
    merchant.box.ask("POST", f"/wechat/pay/{name}", {})
    server.kill()
    assert receiver.got == []

    server.start_again()
    again = Merchant(server.box())
    [event] = again.box.ask("GET", "/events")["items"]
    assert (event["state"], event["attempts"]) == ("pending", 1)
    again.box.ask("POST", "/clock/advance", {"by": "PT1M"})
    until(lambda: receiver.got, "the notification")
    told = open_sealed(again.keys["apiv3_key"], json.loads(receiver.got[0])["resource"])
    assert told == again.query(name).json()
    server.audited_stop()
