"""Bills of WeChat Pay: when there is one, where it lies and for how long, and that its figures are those of the day."""

from __future__ import annotations

import gzip
import hashlib
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchant import error, trade_no
from yibaobox_mocks.written import yuan

DAY = "2025-11-20"
NEXT = "2025-11-21T10:00:00+08:00"
TOTAL = 320_00


def paid(merchant, **changed):
    name = trade_no()
    assert merchant.jsapi(merchant.order(name, TOTAL, **changed)).status_code == 200
    merchant.box.ask("POST", f"/wechat/pay/{name}", {})
    return name


def refund(merchant, name, fen):
    amount = {"refund": fen, "total": TOTAL, "currency": "CNY"}
    document = {"out_trade_no": name, "out_refund_no": f"R{trade_no()}", "amount": amount}
    assert merchant.send("POST", "/v3/refund/domestic/refunds", document).status_code == 200


def at(merchant, instant):
    merchant.box.ask("PUT", "/clock", {"mode": "frozen", "at": instant})


def asked(merchant, kind="tradebill", **query):
    given = "&".join(f"{name}={value}" for name, value in ({"bill_date": DAY} | query).items())
    return merchant.send("GET", f"/v3/bill/{kind}?{given}")


def fetched(merchant, told):
    return merchant.send("GET", told["download_url"].removeprefix(merchant.box.url))


def table(content):
    """The head, the rows and the sums of a bill."""
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    lines = content.decode("utf-8-sig").split("\r\n")[:-1]
    cells = [[cell.removeprefix("`") for cell in line.split(",`")] for line in lines[1:-2]]
    head, foot = lines[0].split(","), lines[-2].split(",")
    sums = dict(zip(foot, [cell.removeprefix("`") for cell in lines[-1].split(",`")], strict=True))
    return [dict(zip(head, row, strict=True)) for row in cells], sums


def test_a_bill_tells_what_was_paid_and_what_goes_back(anywhere):
    merchant = anywhere
    before = paid(merchant, attach="期,一", description="居民医保`缴费")
    refund(merchant, before, 120_00)
    at(merchant, NEXT)
    told = asked(merchant)
    merchant.check_reply(told)
    file = fetched(merchant, told.json())

    assert "Wechatpay-Signature" not in file.headers
    assert told.json()["hash_value"] == hashlib.sha1(file.content).hexdigest()
    rows, sums = table(file.content)
    assert len(rows[0]) == 27
    assert [(row["交易状态"], row["订单金额"], row["申请退款金额"], row["退款状态"]) for row in rows] == [
        ("SUCCESS", "320.00", "0.00", ""),
        ("REFUND", "0.00", "120.00", "PROCESSING"),
    ]
    assert (rows[0]["商户订单号"], rows[0]["商户数据包"], rows[0]["商品名称"]) == (before, "期\\ 一", "居民医保 缴费")
    assert (sums["总交易单数"], sums["订单总金额"], sums["申请退款总金额"]) == ("2", "320.00", "120.00")

    packed = asked(merchant, tar_type="GZIP").json()
    content = fetched(merchant, packed)
    assert gzip.decompress(content.content) == file.content
    assert packed["hash_value"] == told.json()["hash_value"]


@pytest.mark.parametrize(("kind", "rows", "columns"), [("SUCCESS", 1, 20), ("REFUND", 1, 29), ("ALL", 2, 27)])
def test_a_bill_may_tell_of_one_side_alone(merchant, kind, rows, columns):
    refund(merchant, paid(merchant), 1)
    at(merchant, NEXT)

    told, _ = table(fetched(merchant, asked(merchant, bill_type=kind).json()).content)
    assert (len(told), len(told[0])) == (rows, columns)


def test_the_account_moves_with_each_payment_and_each_refund(merchant):
    refund(merchant, paid(merchant), 120_00)
    merchant.box.ask("POST", "/clock/advance", {"by": "PT1M"})
    paid(merchant)
    at(merchant, NEXT)
    rows, sums = table(fetched(merchant, asked(merchant, "fundflowbill").json()).content)

    assert [(row["收支类型"], row["收支金额(元)"], row["账户结余(元)"]) for row in rows] == [
        ("收入", "320.00", "320.00"),
        ("支出", "120.00", "200.00"),
        ("收入", "320.00", "520.00"),
    ]
    assert (sums["资金流水总笔数"], sums["收入金额"], sums["支出金额"]) == ("3", "640.00", "120.00")
    assert error(asked(merchant, "fundflowbill", account_type="FEES")) == (400, "NO_STATEMENT_EXIST")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, TOTAL // 4), max_size=4))
def test_the_sums_of_a_bill_are_those_of_its_rows(merchant, parts):
    at(merchant, f"{DAY}T10:00:00+08:00")
    name = paid(merchant)
    for part in parts:
        refund(merchant, name, part)
    at(merchant, NEXT)
    rows, sums = table(fetched(merchant, asked(merchant).json()).content)

    for column, total in (("订单金额", "订单总金额"), ("申请退款金额", "申请退款总金额")):
        assert sum(Decimal(row[column]) for row in rows) == Decimal(sums[total])
    assert int(sums["总交易单数"]) == len(rows)


@given(st.integers(-(10**12), 10**12))
def test_an_amount_is_written_as_it_is(fen):
    assert Decimal(yuan(fen)) * 100 == fen


def test_a_bill_is_made_the_next_morning_and_kept_for_three_months(merchant):
    paid(merchant)
    assert error(asked(merchant)) == (400, "PARAM_ERROR")  # today
    at(merchant, "2025-11-21T08:59:59+08:00")
    assert error(asked(merchant)) == (400, "STATEMENT_CREATING")
    at(merchant, "2025-11-21T09:00:00+08:00")
    assert asked(merchant).status_code == 200
    assert error(asked(merchant, bill_date="2025-11-19")) == (400, "NO_STATEMENT_EXIST")
    at(merchant, "2026-02-20T09:00:00+08:00")
    assert asked(merchant).status_code == 200
    at(merchant, "2026-02-21T09:00:00+08:00")
    assert error(asked(merchant)) == (400, "PARAM_ERROR")


@pytest.mark.parametrize(
    "query", [{"bill_date": "20251120"}, {"bill_date": "x"}, {"bill_type": "MANY"}, {"tar_type": "ZIP"}]
)
def test_what_a_bill_is_asked_by_is_checked(merchant, query):
    at(merchant, NEXT)

    assert error(asked(merchant, **query)) == (400, "PARAM_ERROR")


def test_an_address_is_good_for_five_minutes_and_for_its_merchant(merchant):
    paid(merchant)
    at(merchant, NEXT)
    told = asked(merchant).json()

    target = told["download_url"].removeprefix(merchant.box.url)
    assert error(merchant.send("GET", target[:-1] + ("0" if target[-1] != "0" else "1"))) == (400, "INVALID_REQUEST")
    assert error(merchant.send("GET", target.partition("?")[0])) == (400, "INVALID_REQUEST")
    assert error(merchant.send("GET", target, signature="AAAA")) == (401, "SIGN_ERROR")
    merchant.box.ask("POST", "/clock/advance", {"by": "PT5M"})
    assert error(fetched(merchant, told)) == (400, "INVALID_REQUEST")
