"""The SDKs of WeChat Pay from npm as they come: at the sandbox's address, and at the vendor's own name by its CA."""

import hashlib

import pytest

from drivers import DriverError
from yibaobox.testing import mock_yibao, sinks

SDKS = ("wechatpay-node-v3.js", "wechatpay-axios-plugin.js")
TOTAL = 380_00
AGAIN = {"code": "INVALID_REQUEST", "message": "请求重入时，参数与首次请求时不一致"}


class Shop:
    """A merchant's server in Node, the box behind it and the receiver of its notifications."""

    def __init__(self, box, sink, driver):
        self.box, self.sink, self.ask, self.at_once = box, sink, driver.ask, driver.at_once

    def order(self, name, total=TOTAL):
        return self.ask("order", name=name, total=total)

    def refund(self, refund, fen, name="ORDER-0001"):
        return self.ask("refund", name=name, refund=refund, fen=fen, total=TOTAL)

    def opened(self, came, **changed):
        headers = {name.lower(): value for name, value in came.headers.items()} | changed
        return self.ask("opened", headers=headers, body=came.body.decode())

    def payer(self, path):
        return self.box.control("POST", path, {})


@pytest.fixture(params=SDKS)
def sdk(request):
    return request.param


@pytest.fixture
def live(sdk, node, yibaobox_server):
    with yibaobox_server.box() as box:
        with sinks.opened(box) as sink:
            keys = box.credentials["wechat"]
            yield Shop(box, sink, node(sdk, base=box.url, keys=keys, notify_url=sink.url))
        assert box.audit()["violations"] == []


@pytest.fixture
def named(sdk, node):
    """In process; the SDK dials the vendor's own host, whose name leads to a port of loopback."""
    with mock_yibao() as box, box.tls() as server, sinks.opened(box) as sink:
        keys = box.credentials["wechat"]
        yield Shop(box, sink, node(sdk, server.env, port=server.port, keys=keys, notify_url=sink.url))
        assert box.audit()["violations"] == []


@pytest.fixture(params=["live", "named"])
def shop(request, sdk):
    return request.getfixturevalue(request.param)


def test_order_pay_refund_close(shop):
    assert shop.ask("query", name="ORDER-0001")[0] == 404
    assert [shop.order("ORDER-0001")[0] for _ in range(2)] == [200, 200]
    assert shop.order("ORDER-0001", 1) == [400, AGAIN]
    assert shop.ask("query", name="ORDER-0001")[1]["trade_state"] == "NOTPAY"

    shop.payer("/wechat/pay/ORDER-0001")
    [came] = shop.sink.wait()
    paid = shop.opened(came)
    assert paid == shop.ask("query", name="ORDER-0001")[1]
    assert (paid["trade_state"], paid["amount"]["total"]) == ("SUCCESS", TOTAL)
    assert shop.opened(came, **{"wechatpay-nonce": "another"}) is None
    assert shop.ask("close", name="ORDER-0001")[0] == 400

    assert shop.refund("R1", 100_00)[1]["status"] == "PROCESSING"
    assert shop.refund("R1", 100_00)[0] == 200
    assert shop.refund("R1", 1)[0] == 400
    assert shop.refund("R2", 280_01)[0] == 400
    shop.payer("/wechat/refund/R1")
    back = shop.opened(shop.sink.wait(2)[-1])
    assert (back["refund_status"], back["amount"]["refund"]) == ("SUCCESS", 100_00)
    assert shop.ask("query_refund", refund="R1")[1]["status"] == "SUCCESS"
    assert shop.refund("R2", 280_00)[0] == 200
    assert shop.refund("R3", 1)[0] == 400


def test_an_order_that_is_closed_stays_closed(shop):
    assert shop.order("ORDER-0002")[0] == 200
    assert [shop.ask("close", name="ORDER-0002")[0] for _ in range(2)] == [204, 204]
    assert shop.ask("query", name="ORDER-0002")[1]["trade_state"] == "CLOSED"
    assert shop.order("ORDER-0002")[1]["code"] == "ORDER_CLOSED"


def test_thirty_of_one_number_are_one(live):
    orders = live.at_once("order", [{"name": "ORDER-0001", "total": TOTAL}] * 30)
    assert {status for status, _ in orders} == {200}

    live.payer("/wechat/pay/ORDER-0001")
    wanted = {"name": "ORDER-0001", "refund": "R1", "fen": 100_00, "total": TOTAL}
    made = live.at_once("refund", [wanted] * 30)
    assert {(status, told["refund_id"]) for status, told in made} == {(200, made[0][1]["refund_id"])}
    assert live.refund("R2", 280_00)[0] == 200


def test_a_bill_is_what_it_says_it_is(shop, sdk):
    shop.box.control("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T10:00:00+08:00"})
    shop.order("ORDER-0001")
    shop.payer("/wechat/pay/ORDER-0001")
    assert shop.ask("bill", date="2025-11-20")[0] == 400
    shop.box.control("PUT", "/clock", {"mode": "frozen", "at": "2025-11-21T10:00:00+08:00"})
    status, told = shop.ask("bill", date="2025-11-20")

    assert status == 200, told
    text = "\ufeff" + told["text"].removeprefix("\ufeff")
    assert hashlib.sha1(text.encode()).hexdigest() == told["hash_value"]
    assert "`ORDER-0001" in text
    if sdk == "wechatpay-axios-plugin.js":  # which also reads what it fetched
        assert told["sha1"] == told["hash_value"]
        [row] = told["rows"]["rows"]
        assert (row["商户订单号"], row["订单金额"], told["rows"]["summary"]["总交易单数"]) == (
            "ORDER-0001",
            "380.00",
            "1",
        )


def test_without_the_ca_nobody_is_reached(sdk, node):
    with mock_yibao() as box, box.tls() as server:
        driver = node(sdk, port=server.port, keys=box.credentials["wechat"], notify_url="https://merchant.example/")
        if sdk == "wechatpay-node-v3.js":  # it tells of a failure by a status that is none
            assert driver.ask("query", name="ORDER-0001")[0] is None
            return
        with pytest.raises(DriverError, match="unable to verify"):
            driver.ask("query", name="ORDER-0001")
