"""Alipay's SDKs as their registries give them: at the sandbox's address, and at the vendor's own name by its CA."""

from __future__ import annotations

import csv
import io
import zipfile
from urllib.parse import parse_qsl

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from drivers import DriverError
from forwarding import forwarded
from yibaobox.testing import mock_yibao, sinks

BUYER, TOTAL, SUBJECT = "2088000000001111", "380.00", "城乡居民医保/缴费 {2026}"
SDKS = ("python-alipay-sdk key", "python-alipay-sdk cert", "alipay-sdk-python key", "alipay-sdk key", "alipay-sdk cert")
AT = "2025-11-20T10:00:00+08:00"


class Shop:
    """An application's server, the box behind it and the receiver of its notifications."""

    def __init__(self, box, sink, driver):
        self.box, self.sink, self.ask, self.at_once = box, sink, driver.ask, driver.at_once

    def create(self, name="T1", yuan=TOTAL):
        return self.ask("create", name=name, yuan=yuan, subject=SUBJECT, buyer=BUYER)

    def refund(self, request, yuan, name="T1"):
        told = self.ask("refund", name=name, request=request, yuan=yuan)
        return told.get("sub_code") or (told["fund_change"], told["refund_fee"])

    def state(self, name="T1"):
        told = self.ask("query", name=name)
        return told.get("trade_status") or told["sub_code"]

    def opened(self, came, **changed):
        form = dict(parse_qsl(came.body.decode(), keep_blank_values=True))
        return self.ask("opened", form=form | changed)

    def buyer(self, path, body=None):
        return self.box.control("POST", f"/alipay/{path}", body or {})


def _pem(key, form):
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


@pytest.fixture(params=SDKS)
def sdk(request):
    return request.param.split()


@pytest.fixture
def started(request, sdk):
    """Start the driver of an SDK."""
    name, mode = sdk
    if name == "alipay-sdk":
        node = request.getfixturevalue("node")
        return lambda env=None, **given: node("alipay-sdk.js", env, mode=mode, **given)
    sdk_set = request.getfixturevalue("sdk_set")
    return lambda env=None, **given: sdk_set(name, env, mode=mode, **given)


@pytest.fixture
def live(sdk, started, yibaobox_server):
    with yibaobox_server.box(at=AT) as box:
        with sinks.opened(box) as sink, forwarded(box.url, privileged=sdk[0] == "alipay-sdk-python") as base:
            yield Shop(box, sink, started(base=base, keys=box.credentials["alipay"], notify_url=sink.url))
        assert box.audit()["violations"] == []


@pytest.fixture
def named(started):
    """In process; the SDK dials the vendor's own host, whose name leads to a port of loopback."""
    with mock_yibao(at=AT) as box, box.tls() as server, sinks.opened(box) as sink:
        yield Shop(
            box, sink, started(server.env, port=server.port, keys=box.credentials["alipay"], notify_url=sink.url)
        )
        assert box.audit()["violations"] == []


@pytest.fixture(params=["live", "named"])
def shop(request, sdk):
    return request.getfixturevalue(request.param)


def test_trade_pay_refund_close(shop):
    assert shop.state() == "ACQ.TRADE_NOT_EXIST"
    first = shop.create()
    assert first["code"] == "10000"
    assert shop.create()["trade_no"] == first["trade_no"]
    assert shop.create(yuan="1.00")["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"
    assert shop.state() == "WAIT_BUYER_PAY"

    shop.buyer("pay/T1")
    [came] = shop.sink.wait()
    paid = shop.opened(came)
    assert (paid["trade_status"], paid["total_amount"], paid["subject"]) == ("TRADE_SUCCESS", TOTAL, SUBJECT)
    assert not shop.opened(came, total_amount="1.00")
    assert shop.state() == "TRADE_SUCCESS"
    assert shop.ask("close", name="T1")["sub_code"] == "ACQ.REASON_TRADE_STATUS_INVALID"

    assert shop.refund("R1", "100.00") == ("Y", "100.00")
    assert shop.refund("R1", "100.00") == ("N", "100.00")
    assert shop.refund("R2", "280.01") == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    back = shop.opened(shop.sink.wait(2)[-1])
    assert (back["refund_fee"], back["out_biz_no"]) == ("100.00", "R1")
    assert shop.ask("query_refund", name="T1", request="R1")["refund_status"] == "REFUND_SUCCESS"
    assert "refund_status" not in shop.ask("query_refund", name="T1", request="R9")
    assert shop.refund("R2", "280.00") == ("Y", "380.00")
    assert shop.state() == "TRADE_CLOSED"

    shop.create("T2")
    assert shop.ask("close", name="T2")["code"] == "10000"
    assert shop.state("T2") == "TRADE_CLOSED"


def test_codes_app_strings_and_a_bill(live):
    code = live.ask("precreate", name="T1", yuan=TOTAL, subject=SUBJECT)["qr_code"]
    assert live.state() == "ACQ.TRADE_NOT_EXIST"
    assert live.buyer("open", {"given": code})["state"] == "TRADE_SUCCESS"
    string = live.ask("app", name="T2", yuan="20.00", subject=SUBJECT)
    assert live.buyer("open", {"given": string})["state"] == "TRADE_SUCCESS"
    live.refund("R1", "0.01")

    live.box.clock.advance("P1D")
    told = live.ask("bill", day="2025-11-20")
    with zipfile.ZipFile(io.BytesIO(requests.get(told["bill_download_url"], timeout=10).content)) as bundle:
        sums = list(csv.reader(io.StringIO(bundle.read(bundle.namelist()[1]).decode("gbk"))))
    assert (sums[-1][2:4], sums[-1][-1]) == (["2", "1"], "399.99")


def test_thirty_of_one_number_are_one(live):
    asked = {"name": "T1", "yuan": TOTAL, "subject": SUBJECT, "buyer": BUYER}
    made = live.at_once("create", [asked] * 30)
    assert {(told["code"], told["trade_no"]) for told in made} == {("10000", made[0]["trade_no"])}

    live.buyer("pay/T1")
    back = live.at_once("refund", [{"name": "T1", "request": "R1", "yuan": "100.00"}] * 30)
    assert sorted(told["fund_change"] for told in back) == ["N"] * 29 + ["Y"]
    assert live.refund("R2", "280.00") == ("Y", "380.00")


def test_who_signs_with_another_key_is_told_what_was_to_be_signed(sdk, started, yibaobox_server):
    with yibaobox_server.box() as box, forwarded(box.url, privileged=sdk[0] == "alipay-sdk-python") as base:
        keys = box.credentials["alipay"]
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        wrong = {
            "app_key": _pem(other, PrivateFormat.PKCS8),
            "app_key_pkcs1": _pem(other, PrivateFormat.TraditionalOpenSSL),
        }
        driver = started(base=base, keys=keys | wrong, notify_url="http://127.0.0.1:9/x")
        told = driver.ask("query", name="T1")
        assert told["sub_code"] == "isv.invalid-signature"
        assert f"app_id={keys['app_id']}" in told["sub_msg"]


@pytest.mark.parametrize("sdk", [["python-alipay-sdk", "key"]], ids=["python-alipay-sdk"])
def test_a_reason_with_an_odd_brace_breaks_an_sdk_that_counts_them(live):
    """It finds the end of what was signed by counting braces, as it does at the real gateway."""
    live.create()
    live.buyer("pay/T1")
    assert live.ask("refund", name="T1", request="R1", yuan="1", refund_reason="{")["code"] == "10000"
    with pytest.raises(DriverError, match="AliPayValidationError"):
        live.ask("query_refund", name="T1", request="R1")
