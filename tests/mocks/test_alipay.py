"""Alipay as an independent client sees it: signatures, trades, refunds, bills, notifications, log-in."""

from __future__ import annotations

import base64
import csv
import html
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alipay_app import App, plain, string
from citizen import frozen
from merchant import Sink
from yibaobox_mocks.alipay.notify import SCHEDULE

BUYER = "2088000000001111"


@pytest.fixture
def shop(local_box):
    return App(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return App(frozen(any_box))


@pytest.fixture
def sink(app, monkeypatch):
    made = Sink(app.installation.courier)
    monkeypatch.setattr(app.installation.courier, "session", made)
    return made


def pay(shop, name, **acted):
    return shop.box.ask("POST", f"/alipay/pay/{name}", acted)


def later(shop, span):
    shop.box.ask("POST", "/clock/advance", {"by": span})
    shop.box.ask("GET", "/clock")  # the next request lets due events go


def back(name, yuan, request):
    return {"out_trade_no": name, "refund_amount": yuan, "out_request_no": request}


def refund(shop, name, yuan, request="r1"):
    told = shop.ask("trade.refund", back(name, yuan, request))
    return told.get("sub_code") or (told["fund_change"], told["refund_fee"], told["send_back_fee"])


def test_a_trade_is_created_paid_and_returned_in_parts(anywhere):
    name = anywhere.created()
    shown = anywhere.ask("trade.query", {"out_trade_no": name})
    assert (shown["trade_status"], shown["total_amount"], shown["receipt_amount"]) == (
        "WAIT_BUYER_PAY",
        "380.00",
        "0.00",
    )

    assert pay(anywhere, name)["state"] == "TRADE_SUCCESS"
    shown = anywhere.ask("trade.query", {"trade_no": shown["trade_no"]})
    assert (shown["trade_status"], shown["receipt_amount"]) == ("TRADE_SUCCESS", "380.00")
    assert shown["send_pay_date"] == "2025-11-20 10:00:00"

    assert refund(anywhere, name, "100") == ("Y", "100.00", "100.00")
    assert refund(anywhere, name, 100) == ("N", "100.00", "0.00")
    assert refund(anywhere, name, "99") == "ACQ.DISCORDANT_REPEAT_REQUEST"
    assert refund(anywhere, name, "280.01", "r2") == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    assert anywhere.state(name) == "TRADE_SUCCESS"
    assert refund(anywhere, name, 280.00, "r2") == ("Y", "380.00", "280.00")
    assert anywhere.state(name) == "TRADE_CLOSED"
    found = anywhere.ask("trade.fastpay.refund.query", {"out_trade_no": name, "out_request_no": "r1"})
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "100.00")
    unknown = anywhere.ask("trade.fastpay.refund.query", {"out_trade_no": name, "out_request_no": "r9"})
    assert unknown == {"code": "10000", "msg": "Success"}


def test_a_number_is_one_trade(shop):
    asked = shop.trade(buyer_id=BUYER)
    first, again = (shop.ask("trade.create", asked) for _ in range(2))
    assert first == again
    assert shop.ask("trade.create", asked | {"total_amount": "1"})["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"
    assert shop.ask("trade.create", asked | {"buyer_id": "20880"})["sub_code"] == "ACQ.TRADE_BUYER_NOT_MATCH"

    pay(shop, asked["out_trade_no"])
    assert shop.ask("trade.create", asked)["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"
    refund(shop, asked["out_trade_no"], "380")
    assert shop.ask("trade.create", asked)["sub_code"] == "ACQ.TRADE_HAS_CLOSE"


@pytest.mark.parametrize("method", ["trade.precreate", "trade.page.pay", "trade.app.pay"])
def test_what_is_offered_does_not_exist_until_the_buyer_opens_it(shop, method):
    asked = shop.trade()
    name = asked["out_trade_no"]
    if method == "trade.precreate":
        given = shop.ask(method, asked)["qr_code"]
        assert shop.state(name) == "ACQ.TRADE_NOT_EXIST"
        assert shop.ask("trade.close", {"out_trade_no": name})["sub_code"] == "ACQ.TRADE_NOT_EXIST"
        given = shop.ask(method, asked | {"total_amount": "2"})["qr_code"]  # offered anew, at another price
        asked["total_amount"] = "2.00"
    else:
        given = string(shop.parameters(f"alipay.{method}", asked, return_url="https://shop.example/back?a=1"))

    assert shop.box.ask("POST", "/alipay/open", {"given": given, "outcome": "scan"})["state"] == "WAIT_BUYER_PAY"
    assert shop.ask("trade.query", {"out_trade_no": name})["total_amount"] == asked["total_amount"]
    acted = pay(shop, name)
    assert acted["state"] == "TRADE_SUCCESS"
    if method == "trade.precreate":
        assert "return_url" not in acted
    else:
        back = dict(parse_qsl(urlsplit(acted["return_url"]).query))
        del back["a"]
        signature, _ = back.pop("sign"), back.pop("sign_type")
        shop.verify(plain(back), signature)
        assert (back["out_trade_no"], back["total_amount"]) == (name, "380.00")


def test_a_browser_gets_a_page(shop):
    asked = shop.trade(subject="<b>&{}")
    reply = shop.send("alipay.trade.wap.pay", asked)

    assert reply.headers["Content-Type"].startswith("text/html")
    assert "&lt;b&gt;&amp;{}" in reply.text
    assert f"/_sandbox/v1/alipay/pay/{asked['out_trade_no']}" in reply.text


def test_a_string_that_was_changed_does_not_open_the_wallet(shop):
    given = string(shop.parameters("alipay.trade.app.pay", shop.trade(), unsigned={"notify_url": "http://x.example"}))

    assert shop.box.refusal("POST", "/alipay/open", {"given": given}) == (403, "CHECK_FAILED")
    assert shop.box.refusal("POST", "/alipay/open", {"given": "https://qr.alipay.com/none"}) == (404, "NOT_FOUND")


def test_a_till_takes_the_money_of_whoever_shows_a_code(shop):
    code = shop.box.ask("POST", "/alipay/login", {"buyer_id": BUYER, "kind": "till"})["auth_code"]
    asked = shop.trade(auth_code=code, scene="bar_code")
    told = shop.ask("trade.pay", asked)

    assert (told["code"], told["buyer_user_id"], told["buyer_pay_amount"]) == ("10000", BUYER, "380.00")
    assert shop.ask("trade.pay", asked | {"out_trade_no": "T2"})["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert shop.ask("trade.pay", shop.trade(auth_code="1234"))["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"


def test_magic_buyers_at_a_till(shop):
    poor, slow = (shop.trade(auth_code=f"282088000000000{end}") for end in ("011", "033"))
    told = shop.ask("trade.pay", poor)
    assert (told["code"], told["sub_code"]) == ("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    assert shop.state(poor["out_trade_no"]) == "WAIT_BUYER_PAY"

    assert shop.ask("trade.pay", slow)["code"] == "10003"
    later(shop, "PT19S")
    assert shop.state(slow["out_trade_no"]) == "WAIT_BUYER_PAY"
    later(shop, "PT1S")
    assert shop.state(slow["out_trade_no"]) == "TRADE_SUCCESS"


@pytest.mark.parametrize(
    ("end", "bodies"),
    [("044", []), ("055", [True, True]), ("077", [False, True]), ("088", ["380.01", True])],
)
def test_magic_buyers_are_told_of_in_their_way(shop, sink, end, bodies):
    asked = shop.trade(buyer_id=f"2088000000000{end}")
    shop.ask("trade.create", asked, notify_url="http://127.0.0.1:9/notify")
    pay(shop, asked["out_trade_no"])

    assert len(sink.seen) == len(bodies)
    for (_, _, body), wanted in zip(sink.seen, bodies, strict=True):
        if wanted is False:
            with pytest.raises(InvalidSignature):
                shop.notified(body)
        else:
            told = shop.notified(body)
            assert told["total_amount"] == ("380.00" if wanted is True else wanted)


def test_cancel_undoes_whatever_there_is(shop):
    waiting, paid = shop.created(), shop.paid()
    refund(shop, paid, "80")
    offered = shop.trade()
    shop.ask("trade.precreate", offered)

    def cancel(name):
        return shop.ask("trade.cancel", {"out_trade_no": name}).get("action")

    assert [cancel(name) for name in (waiting, paid, offered["out_trade_no"], "none")] == [
        "close",
        "refund",
        None,
        None,
    ]
    assert [shop.state(name) for name in (waiting, paid)] == ["TRADE_CLOSED", "TRADE_CLOSED"]
    assert shop.box.refusal("POST", f"/alipay/pay/{offered['out_trade_no']}", {}) == (404, "NOT_FOUND")
    assert cancel(paid) == "refund"


def test_a_trade_times_out_and_becomes_final(shop):
    late, paid = shop.created(timeout_express="5m"), shop.paid()
    later(shop, "PT5M")
    assert shop.state(late) == "TRADE_CLOSED"
    assert shop.box.refusal("POST", f"/alipay/pay/{late}", {}) == (409, "CONFLICT")

    later(shop, "P365D")
    assert shop.state(paid) == "TRADE_FINISHED"
    assert refund(shop, paid, "1") == "ACQ.TRADE_HAS_FINISHED"


def test_the_application_is_told_until_it_says_success(shop, sink):
    asked = shop.trade(buyer_id=BUYER, body="居民", passback_params="bill=1&x=é")
    shop.ask("trade.create", asked, notify_url="http://127.0.0.1:9/notify?a=1")
    name = asked["out_trade_no"]
    [delivery] = pay(shop, name)["deliveries"]
    assert (delivery["status"], delivery["accepted"]) == (200, False)  # 200, but not the word

    told = shop.notified(sink.seen[0][2])
    assert (told["trade_status"], told["out_trade_no"], told["total_amount"]) == ("TRADE_SUCCESS", name, "380.00")
    assert (told["passback_params"], told["gmt_payment"]) == ("bill=1&x=é", "2025-11-20 10:00:00")
    assert told["fund_bill_list"] == '[{"amount":"380.00","fundChannel":"ALIPAYACCOUNT"}]'
    for wait in (*SCHEDULE, 86_400):
        later(shop, f"PT{wait}S")
    assert len({body for _, _, body in sink.seen}) == 1
    assert len(sink.seen) == 1 + len(SCHEDULE) == 8

    refund(shop, name, "100")
    later(shop, "PT1S")
    told = shop.notified(sink.seen[-1][2])
    assert (told["refund_fee"], told["out_biz_no"], told["trade_status"]) == ("100.00", "r1", "TRADE_SUCCESS")
    refund(shop, name, "280", "r2")
    later(shop, "PT1S")
    assert shop.notified(sink.seen[-1][2])["gmt_close"] > "2025-11-21 10:00:01"


@pytest.mark.parametrize(("method", "told"), [("precreate", 0), ("wap", 1), ("app", 1)])
def test_only_phones_are_told_that_a_trade_was_closed(shop, sink, method, told):
    asked, url = shop.trade(), "http://127.0.0.1:9/notify"
    if method == "precreate":
        shop.ask("trade.precreate", asked, notify_url=url)
        pay(shop, asked["out_trade_no"], outcome="scan")
    else:
        given = string(shop.parameters(f"alipay.trade.{method}.pay", asked, notify_url=url))
        shop.box.ask("POST", "/alipay/open", {"given": given, "outcome": "scan"})
    shop.ask("trade.close", {"out_trade_no": asked["out_trade_no"]})
    later(shop, "PT1S")

    assert [shop.notified(body)["trade_status"] for _, _, body in sink.seen] == ["TRADE_CLOSED"] * told


def test_a_day_s_bill_adds_up(shop):
    paid = [shop.paid() for _ in range(3)]
    refund(shop, paid[0], "80.50")
    day = {"bill_type": "trade", "bill_date": "2025-11-20"}
    assert shop.ask("data.dataservice.bill.downloadurl.query", day)["sub_code"] == "isp.bill_not_exist"
    later(shop, "P1D")

    told = shop.ask("data.dataservice.bill.downloadurl.query", day)
    fetched = shop.box.session.get(told["bill_download_url"], timeout=10)
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as bundle:
        lines, sums = (list(csv.reader(io.StringIO(bundle.read(name).decode("gbk")))) for name in bundle.namelist())
    rows = [line for line in lines if not line[0].startswith("#")]
    amounts = [row[rows[0].index("商家实收（元）")] for row in rows[1:]]
    assert sorted(amounts) == ["-80.50", "380.00", "380.00", "380.00"]
    assert {row[1].strip() for row in rows[1:]} == set(paid)
    assert (sums[-1][2:5], sums[-1][-1]) == (["3", "1", "1059.50"], "1059.50")

    month = shop.ask("data.dataservice.bill.downloadurl.query", day | {"bill_date": "2025-10"})
    assert month["bill_file_code"] == "EMPTY_DATA_WITH_BILL_FILE"
    assert shop.box.session.get(f"{told['bill_download_url']}0", timeout=10).status_code == 403


def test_who_logs_in_is_always_the_same(shop):
    person = shop.box.person()
    codes = [shop.box.ask("POST", "/alipay/login", {"psn_no": person["psn_no"]}) for _ in range(2)]
    told = [shop.ask("system.oauth.token", grant_type="authorization_code", code=each["auth_code"]) for each in codes]

    assert told[0]["user_id"] == told[1]["user_id"] == codes[0]["buyer_id"]
    assert told[0]["access_token"] != told[1]["access_token"]
    spent = shop.send("alipay.system.oauth.token", grant_type="authorization_code", code=codes[0]["auth_code"])
    assert spent.text.startswith('{"error_response":')
    assert shop.content(spent)["sub_code"] == "isv.code-invalid"
    assert shop.box.refusal("POST", "/alipay/login", {"buyer_id": BUYER, "app_id": "2021"}) == (409, "CONFLICT")


def test_a_wrong_signature_is_answered_with_what_was_to_be_signed(shop):
    wanted = shop.parameters("alipay.trade.query", {"out_trade_no": "x"}, unsigned={"timestamp": "2025-11-20 10:00:01"})
    reply = shop.box.session.get(shop.box.url + "/gateway.do", params=wanted, timeout=10)
    told = shop.content(reply)

    assert (told["code"], told["sub_code"]) == ("40002", "isv.invalid-signature")
    assert html.unescape(told["sub_msg"]).endswith(plain(wanted))


@pytest.mark.parametrize(
    ("unsigned", "sub_code"),
    [
        ({"sign": None}, "isv.missing-signature"),
        ({"method": None}, "isv.missing-method"),
        ({"app_id": "2021000000000000"}, "isv.invalid-app-id"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
    ],
)
def test_strangers_are_refused_and_nobody_signs_that(shop, unsigned, sub_code):
    asked = shop.parameters("alipay.trade.query", {"out_trade_no": "x"}, unsigned=unsigned)
    reply = shop.box.session.post(f"{shop.box.url}/w/{shop.box.world}/gateway.do", data=asked, timeout=10)
    [told] = reply.json().values()

    assert (reply.status_code, told["sub_code"]) == (200, sub_code)


@pytest.mark.parametrize(
    ("more", "sub_code"),
    [
        ({"timestamp": "today"}, "isv.invalid-timestamp"),
        ({"method": "alipay.trade.steal"}, "isv.invalid-method"),
        ({"app_cert_sn": "0" * 32}, "isv.invalid-app-cert-sn"),
        ({"biz_content": "[]"}, "isv.invalid-parameter"),
        ({"biz_content": '{"out_trade_no": NaN}'}, "isv.invalid-parameter"),
        ({"biz_content": '{"out_trade_no": "\\ud800"}'}, "ACQ.INVALID_PARAMETER"),
        ({"biz_content": "{}"}, "ACQ.INVALID_PARAMETER"),
        ({"biz_content": '{"out_trade_no": 7}'}, "ACQ.INVALID_PARAMETER"),
    ],
)
def test_each_parameter_is_checked(shop, more, sub_code):
    told = shop.content(shop.send(more.pop("method", "alipay.trade.query"), **more))

    assert told["sub_code"] == sub_code


@pytest.mark.parametrize(
    ("changed", "sub_code"),
    [
        ({"total_amount": "0"}, "ACQ.TOTAL_FEE_EXCEED"),
        ({"total_amount": "100000000.01"}, "ACQ.TOTAL_FEE_EXCEED"),
        ({"total_amount": "1.005"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "1e2"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": True}, "ACQ.INVALID_PARAMETER"),
        ({"subject": ""}, "ACQ.INVALID_PARAMETER"),
        ({"subject": "x" * 257}, "ACQ.INVALID_PARAMETER"),
        ({"out_trade_no": "a b"}, "ACQ.INVALID_PARAMETER"),
        ({"buyer_id": None}, "ACQ.INVALID_PARAMETER"),
        ({"timeout_express": "16d"}, "ACQ.INVALID_PARAMETER"),
        ({"time_expire": "2025-13-01 00:00:00"}, "ACQ.INVALID_PARAMETER"),
    ],
)
def test_each_field_of_a_trade_is_checked(shop, changed, sub_code):
    asked = shop.trade(buyer_id=BUYER) | changed

    assert shop.ask("trade.create", asked)["sub_code"] == sub_code
    assert (
        shop.ask("trade.create", shop.trade(buyer_id=BUYER), notify_url="shop")["sub_code"] == "ACQ.INVALID_PARAMETER"
    )


def test_gbk_is_spoken_with_who_asks_for_it(shop):
    asked = shop.parameters("alipay.trade.precreate", shop.trade(), charset="GBK")
    signed = {name: value for name, value in asked.items() if name != "sign"}
    key = load_pem_private_key(shop.keys["app_key"].encode(), None)
    raw = key.sign(plain(signed).encode("gbk"), padding.PKCS1v15(), hashes.SHA256())
    body = urlencode(signed | {"sign": base64.b64encode(raw).decode()}, encoding="gbk")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = shop.box.session.post(shop.box.url + "/gateway.do", data=body, headers=form, timeout=10)

    assert reply.json()["alipay_trade_precreate_response"]["code"] == "10000"
    assert reply.headers["Content-Type"] == "application/json;charset=gbk"


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, 20_000), min_size=1, max_size=4), total=st.integers(1, 30_000))
def test_never_more_goes_back_than_was_paid(shop, parts, total):
    name = shop.paid(total_amount=f"{total // 100}.{total % 100:02d}")
    gone = 0
    for number, fen in enumerate(parts):
        told = refund(shop, name, f"{fen // 100}.{fen % 100:02d}", f"r{number}")
        fits = gone < total and gone + fen <= total
        assert isinstance(told, tuple) is fits
        gone += fen if fits else 0

    assert shop.state(name) == ("TRADE_CLOSED" if gone == total else "TRADE_SUCCESS")


def test_thirty_at_once_are_one(anywhere):
    asked = anywhere.trade(buyer_id=BUYER)
    create = anywhere.parameters("alipay.trade.create", asked)
    name = asked["out_trade_no"]

    def sent(form):
        return anywhere.content(anywhere.box.session.post(anywhere.box.url + "/gateway.do", data=form, timeout=30))

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: sent(create), range(30)))
        pay(anywhere, name)
        once = anywhere.parameters("alipay.trade.refund", back(name, "100", "r1"))
        same = list(pool.map(lambda _: sent(once), range(30)))
        each = [anywhere.parameters("alipay.trade.refund", back(name, "100", f"o{number}")) for number in range(6)]
        other = list(pool.map(sent, each))

    assert all(one == made[0] for one in made)
    assert sorted(one["fund_change"] for one in same) == ["N"] * 29 + ["Y"]
    assert [one["code"] for one in other].count("10000") == 2
