"""Alipay, bank card, campus card and kiosk: paid, refused, in doubt, twice; what comes too late goes back by itself."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest

from citizen import frozen
from paying_channels import BROKEN, GOOD, LOST, POOR, SLOW, at_alipay, buy, debit, wanted
from striking import until
from taxpayer import HIGH, LOW, Taxpayer, taxpayer

DIRECT = ("bank", "campus", "kiosk")


@pytest.fixture
def student(local_box):
    return taxpayer(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return taxpayer(frozen(any_box))


def home(payer, channel):
    def gone():
        payer.box.ask("POST", "/clock/advance", {"by": "PT5S"})
        payer.box.ask("GET", "/clock")
        return sum(payer.entries(f"REFUND_DUE:{channel}")) == 0

    until(gone, "the money")


@pytest.mark.parametrize("channel", DIRECT)
def test_an_account_is_debited_at_once(anywhere, channel):
    bill = anywhere.bill()
    order = debit(anywhere, bill, channel, GOOD[channel])

    assert (order["state"], order["invoke"], order["prepay_id"]) == ("SUCCESS", None, "2025-11-20")
    paid = anywhere.shown_bill(bill)
    assert (paid["state"], paid["channel"]) == ("PAID", channel)
    assert paid["receipt_no"].startswith("SBX")
    assert anywhere.entries(f"CASH:{channel}") == [-LOW]


def test_alipay_pays_and_tells(anywhere):
    bill = anywhere.bill()
    order = at_alipay(anywhere, bill)
    assert (order["state"], order["invoke"]) == ("PAYING", None)
    assert order["prepay_id"]

    told = buy(anywhere, order)
    assert [(one["status"], one["accepted"]) for one in told["deliveries"]] == [(200, True)]
    assert anywhere.shown_bill(bill)["channel"] == "alipay"
    assert anywhere.entries("CASH:alipay") == [-LOW]


def test_a_lost_notification_of_alipay_is_asked_for(student):
    bill = student.bill()
    order = at_alipay(student, bill, "2088000000000044")
    buy(student, order)
    assert student.shown_bill(bill)["state"] == "PAYING"

    assert student.ask("POST", f"/orders/{order['out_trade_no']}/refresh")["state"] == "SUCCESS"
    assert student.shown_bill(bill)["state"] == "PAID"


@pytest.mark.parametrize("buyer", ["2088000000000055", "2088000000000066", "2088000000000077", "2088000000000088"])
def test_notifications_that_come_twice_late_forged_or_wrong_pay_once(student, buyer):
    order = at_alipay(student, student.bill(), buyer)
    buy(student, order)
    student.box.ask("POST", "/clock/advance", {"by": "PT1H"})
    student.box.ask("GET", "/clock")

    assert student.entries("PREM:511700:2026") == [LOW]


def test_a_notification_that_alipay_did_not_sign_has_no_effect(student, app):
    order = at_alipay(student, student.bill())
    form = {"app_id": "x", "out_trade_no": order["out_trade_no"], "trade_status": "TRADE_SUCCESS", "sign": "AAAA"}
    for body in (urlencode(form), "", "a=%ff&b", "sign=%00"):
        reply = student.box.request("POST", "/tax/v1/notify/alipay", data=body.encode())
        assert (reply.status_code, reply.json()["code"]) == (403, "CHECK_FAILED")
    assert dict(parse_qsl(urlencode(form))) == form
    assert student.show(order)["state"] == "PAYING"


def test_without_a_log_in_alipay_is_not_asked(student):
    bill = student.bill()
    refused = student.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "alipay"})
    assert refused == (422, "INVALID_INPUT")
    assert student.refusal("POST", "/session/alipay", {"code": "nobody"}) == (422, "INVALID_INPUT")


@pytest.mark.parametrize("channel", DIRECT)
def test_a_reply_that_is_lost_is_asked_for_again(student, channel):
    bill = student.bill()
    body = wanted(channel, LOST[channel])
    assert student.refusal("POST", f"/bills/{bill['bill_id']}/orders", body) == (504, "PARTY_TIMEOUT")
    assert student.shown_bill(bill)["state"] == "PAYING"

    name = order_of(student, bill)
    assert student.ask("POST", f"/orders/{name}/refresh")["state"] == "SUCCESS"
    assert student.shown_bill(bill)["state"] == "PAID"


def order_of(payer, bill):
    return payer.ask("GET", f"/bills/{bill['bill_id']}/orders")["items"][0]["out_trade_no"]


@pytest.mark.parametrize("channel", DIRECT)
def test_a_debit_under_way_is_asked_for_and_what_is_closed_is_reversed(student, channel):
    bill = student.bill()
    order = debit(student, bill, channel, SLOW[channel])
    assert order["state"] == "PAYING"
    assert student.ask("POST", f"/orders/{order['out_trade_no']}/refresh")["state"] == "PAYING"
    student.box.ask("POST", "/clock/advance", {"by": "PT20S"})

    assert student.ask("POST", f"/orders/{order['out_trade_no']}/close")["state"] == "CLOSED"
    assert student.shown_bill(bill)["state"] == "UNPAID"
    account = student.box.ask("GET", f"/channels/{channel}/accounts/{SLOW[channel]}")
    assert account["balance_fen"] == 10_000_00
    assert debit(student, bill, channel, GOOD[channel])["state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("channel", "changed", "answer"),
    [
        ("bank", {"account_no": POOR["bank"]}, (409, "INSUFFICIENT_BALANCE")),
        ("campus", {"account_no": POOR["campus"]}, (409, "INSUFFICIENT_BALANCE")),
        ("bank", {"account_no": BROKEN["bank"]}, (422, "NOT_ELIGIBLE")),
        ("campus", {"account_no": BROKEN["campus"]}, (422, "NOT_ELIGIBLE")),
        ("bank", {"holder": "某人"}, (403, "CHECK_FAILED")),
        ("campus", {"password": "654321"}, (403, "CHECK_FAILED")),
        ("campus", {"account_no": "2025999999"}, (422, "INVALID_INPUT")),
        ("bank", {"account_no": "00gyEvi"}, (422, "INVALID_INPUT")),
        ("bank", {"account_no": "621700000000000"}, (422, "INVALID_INPUT")),
        ("kiosk", {"account_no": "2" * 21}, (422, "INVALID_INPUT")),
        ("bank", {"password": "123456"}, (422, "INVALID_INPUT")),
        ("wechat", {}, (422, "INVALID_INPUT")),
    ],
)
def test_refusals_leave_the_bill_unpaid(student, channel, changed, answer):
    bill = student.bill()
    body = wanted(channel, GOOD.get(channel, "2025000055")) | changed

    assert student.refusal("POST", f"/bills/{bill['bill_id']}/orders", body) == answer
    assert student.shown_bill(bill)["state"] == "UNPAID"
    assert student.entries("PREM:511700:2026") == []


@pytest.mark.parametrize("missing", ["account_no", "password", "terminal"])
def test_a_kiosk_needs_card_password_and_its_own_number(student, missing):
    bill = student.bill()
    body = {name: value for name, value in wanted("kiosk", GOOD["kiosk"]).items() if name != missing}
    assert student.refusal("POST", f"/bills/{bill['bill_id']}/orders", body) == (422, "INVALID_INPUT")


def test_ones_own_card_needs_no_holder(student):
    number = "6217000000000000099"
    name = student.person["name"]
    student.box.ask("PUT", f"/channels/bank/accounts/{number}", {"holder": name, "balance_fen": LOW})
    bill = student.bill()
    body = {"channel": "bank", "account_no": number}
    assert student.ask("POST", f"/bills/{bill['bill_id']}/orders", body)["state"] == "SUCCESS"


@pytest.mark.parametrize("channel", DIRECT)
def test_cards_and_banks_take_nothing_outside_the_window(local_box, channel):
    """Dazhou's neighbour lets people pay late; these channels do not (T6)."""
    late = taxpayer(frozen(local_box, "2025-03-20T10:00:00+08:00"), region="510400", capacity="resident")
    bill = late.bill(400_00, year=2025, manner="assessed")
    body = wanted(channel, GOOD[channel])
    assert late.refusal("POST", f"/bills/{bill['bill_id']}/orders", body) == (422, "WINDOW_CLOSED")
    assert late.act(late.order(bill))["state"] == "SUCCESS"


def test_after_the_cut_a_debit_belongs_to_the_next_day(student):
    student.box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T22:30:00+08:00"})
    student.identify()
    order = debit(student, student.bill(), "bank", GOOD["bank"])
    assert (order["state"], order["prepay_id"]) == ("SUCCESS", "2025-11-21")


@pytest.mark.parametrize("second", [*DIRECT, "alipay", "wechat"])
def test_a_second_success_on_another_channel_goes_back_in_full(student, second, monkeypatch):
    """Each channel holds an open order; the first success cannot close the other there, and both take the money."""
    monkeypatch.setattr("yibaobox.tax.pay.withdraw", lambda *_: None)
    bill = student.bill()
    held = hold(student, bill, second)
    first = "campus" if second != "campus" else "bank"
    assert debit(student, bill, first, GOOD[first])["state"] == "SUCCESS"

    succeed(student, held, second)
    home(student, second)
    assert sum(student.entries(f"CASH:{second}")) == 0
    assert student.entries("PREM:511700:2026") == [LOW]
    (owed,) = student.show(held)["refunds"]
    assert (owed["amount_fen"], owed["state"]) == (LOW, "DONE")


def hold(payer, bill, channel):
    """Order, and do not pay yet."""
    if channel == "wechat":
        return payer.order(bill)
    return at_alipay(payer, bill) if channel == "alipay" else debit(payer, bill, channel, SLOW[channel])


def succeed(payer, held, channel):
    """Let the held order be paid."""
    if channel == "wechat":
        payer.act(held)
    elif channel == "alipay":
        buy(payer, held)
    else:
        payer.box.ask("POST", "/clock/advance", {"by": "PT20S"})
        payer.ask("POST", f"/orders/{held['out_trade_no']}/refresh")


@pytest.mark.parametrize("second", [*DIRECT, "alipay", "wechat"])
def test_the_first_success_closes_what_others_hold(student, second):
    bill = student.bill()
    held = hold(student, bill, second)
    first = "campus" if second != "campus" else "bank"
    debit(student, bill, first, GOOD[first])

    assert student.show(held)["state"] == "CLOSED"
    if second in DIRECT:
        student.box.ask("POST", "/clock/advance", {"by": "PT20S"})
        account = student.box.ask("GET", f"/channels/{second}/accounts/{SLOW[second]}")
        assert account["balance_fen"] == 10_000_00


@pytest.mark.parametrize("channel", [*DIRECT, "alipay"])
def test_a_premium_goes_back_the_way_it_came(student, channel):
    bill = student.bill(HIGH)
    if channel == "alipay":
        buy(student, at_alipay(student, bill))
    else:
        debit(student, bill, channel, GOOD[channel])
    student.ask("POST", "/refunds", {"bill_id": bill["bill_id"], "reason": "withdrawal"})
    home(student, channel)

    assert student.shown_bill(bill)["state"] == "REFUNDED"
    assert sum(student.entries(f"CASH:{channel}")) == 0
    if channel != "alipay":
        account = student.box.ask("GET", f"/channels/{channel}/accounts/{GOOD[channel]}")
        assert account["balance_fen"] == 10_000_00


def test_the_last_second_counts_and_the_next_goes_back(local_box):
    """Paid at 23:59:59 and told the day after, it counts; paid at midnight it does not enrol."""
    town = frozen(local_box, "2025-12-31T23:00:00+08:00")
    early, late = taxpayer(town), taxpayer(town)
    orders = [at_alipay(payer, payer.bill(), "2088000000000044") for payer in (early, late)]
    for payer, order, at in zip((early, late), orders, ("2025-12-31T23:59:59", "2026-01-01T00:00:00"), strict=True):
        town.ask("PUT", "/clock", {"mode": "frozen", "at": f"{at}+08:00"})
        town.request("POST", f"/_sandbox/v1/alipay/pay/{order['out_trade_no']}", json={})
        payer.identify()
        payer.ask("POST", f"/orders/{order['out_trade_no']}/refresh")

    assert early.entries("PREM:511700:2026") == [LOW]
    assert late.entries("PREM:511700:2026") == []


def test_orders_of_a_bill_are_those_of_its_person(student):
    bill = student.bill()
    student.order(bill)
    other = Taxpayer(student.box, student.box.person(region="511700", capacity="student")).identify()
    assert len(student.ask("GET", f"/bills/{bill['bill_id']}/orders")["items"]) == 1
    assert other.refusal("GET", f"/bills/{bill['bill_id']}/orders") == (404, "NOT_FOUND")
