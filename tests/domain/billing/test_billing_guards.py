"""Bills, orders, payments, refunds, receipts: the nouns, and each trigger and constraint by raw SQL."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from ground import ANNA, BORIS, grant
from yibaobox.domain import ledger
from yibaobox.domain.billing import bills, orders, payments, receipts, sessions
from yibaobox.domain.billing.bills import NewBill, Premium
from yibaobox.domain.billing.orders import NewOrder
from yibaobox.domain.billing.payments import Success
from yibaobox.domain.errors import NotFound, NotSignedIn
from yibaobox.domain.ledger import Entry
from yibaobox.domain.store import Conflict
from yibaobox.domain.store.migrations import guards_0003

PREMIUM = Premium(ANNA, "511700", "390", 2026)
REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError, DBAPIError, Conflict)


def new_bill(tx, total=320_00, before=0, premium=PREMIUM):
    return bills.issue(tx, NewBill(premium, 1, "student", "normal", total, before, total - before))


def enter(tx, psn_no=ANNA, fen=320_00, account="PREM:511700:2026"):
    return ledger.post(tx, "premium", [Entry(psn_no, "CASH:wechat", -fen), Entry(psn_no, account, fen)])


def pay(tx, bill, payer="o1"):
    order = orders.create(tx, bill, NewOrder("wechat", payer, tx.now_us + 1))
    success = Success("wechat", f"42{order.order_id}", order.amount_fen, tx.now_us)
    txn_id = enter(tx, fen=order.amount_fen)
    payment = payments.record(tx, order, success, txn_id)
    orders.finish(tx, order, "SUCCESS")
    return payment, bills.mark_paid(tx, bill, "wechat", txn_id, tx.now_us)


class Done(Exception):
    """The end of a transaction that is to leave nothing."""


@pytest.fixture
def tx(store):
    with pytest.raises(Done), store.write() as open_tx:
        yield open_tx
        raise Done


@pytest.fixture
def refused(tx):
    """Runs a statement that a guard refuses, and leaves the transaction usable."""

    def run(sql, *params, match=None):
        tx.run("SAVEPOINT before")
        with pytest.raises(REFUSED, match=match):
            tx.run(sql, *params)
        tx.run("ROLLBACK TO SAVEPOINT before")

    return run


def test_a_bill_asks_for_the_difference(tx):
    bill = new_bill(tx, 460_00, 320_00)

    assert (bill.due_fen, bill.state, bill.premium) == (140_00, "UNPAID", PREMIUM)
    assert bills.find_open(tx, PREMIUM) == bill


def test_what_was_paid_of_a_premium_is_net_of_refunds(tx):
    payment, _ = pay(tx, new_bill(tx))
    pay(tx, new_bill(tx, 460_00, 320_00))
    assert bills.paid_fen(tx, PREMIUM) == 460_00
    assert bills.paid_fen(tx, Premium(BORIS, "511700", "390", 2026)) == 0

    payments.owe(tx, payment, enter(tx, account="REFUND_DUE:wechat"), "test")
    assert bills.paid_fen(tx, PREMIUM) == 140_00


def test_a_bill_of_somebody_else_is_not_there(tx):
    bill = new_bill(tx)
    with pytest.raises(NotFound):
        bills.get(tx, BORIS, bill.bill_id)


def test_an_order_of_somebody_else_is_not_there(tx):
    order = orders.create(tx, new_bill(tx), NewOrder("wechat", "o1", tx.now_us))
    assert orders.by_trade_no(tx, order.out_trade_no, ANNA) == order
    for psn_no, name in ((BORIS, order.out_trade_no), (None, "SB000000"), (None, "\0")):
        with pytest.raises(NotFound):
            orders.by_trade_no(tx, name, psn_no)


def test_a_new_receipt_takes_the_room_of_the_old_one(tx):
    _, bill = pay(tx, new_bill(tx))
    receipts.issue(tx, bill, 320_00)
    old = receipts.valid(tx, bill)
    receipts.issue(tx, bill, 460_00)

    new = receipts.valid(tx, bill)
    assert (old.amount_fen, new.amount_fen) == (320_00, 460_00)
    assert receipts.get(tx, ANNA, old.receipt_no).state == "REPLACED"


def test_a_session_is_found_by_its_token_only(tx):
    sessions.begin(tx, ANNA, "token")
    assert sessions.current(tx, "token").psn_no == ANNA
    sessions.bind_openid(tx, "token", "o1")
    assert sessions.current(tx, "token").openid == "o1"
    assert tx.query("SELECT 1 FROM tax_sessions WHERE token_hash = 'token'") == []
    with pytest.raises(NotSignedIn):
        sessions.current(tx, "\ud800")


def test_a_premium_has_one_open_bill(tx, refused):
    new_bill(tx)
    columns = "psn_no, part_id, region, insutype, capacity, year, manner, total_fen, paid_before_fen, due_fen, state"
    sql = f"INSERT INTO bills ({columns}, created_us, bill_id) SELECT {columns}, created_us, bill_id + 1000 FROM bills"
    refused(sql)


@pytest.mark.parametrize(
    "change",
    [
        "due_fen = 1",
        "total_fen = 460_00",
        "year = 2027",
        "psn_no = 'x'",
        "state = 'PAID'",
        "state = 'POSTED'",
        "channel = 'wechat'",
        "txn_id = 1",
        "state = 'GONE'",
    ],
)
def test_a_bill_goes_no_other_way(tx, refused, change):
    new_bill(tx)
    refused(f"UPDATE bills SET {change.replace('460_00', '46000')}")


def test_a_void_bill_stays_void(tx, refused):
    bills.step(tx, new_bill(tx), "VOID")
    refused("UPDATE bills SET state = 'UNPAID'")


@pytest.mark.parametrize("state", ["CREATED", "CLOSED", "FAILED", "PAYING", "PARTIAL", "REFUNDED"])
def test_an_order_that_succeeded_can_only_be_refunded(tx, refused, state):
    pay(tx, new_bill(tx))
    refused("UPDATE pay_orders SET state = ?", state)
    tx.run("UPDATE pay_orders SET state = 'REFUNDING'")


@pytest.mark.parametrize("end", ["CLOSED", "FAILED"])
@pytest.mark.parametrize("state", ["CREATED", "PAYING", "SUCCESS", "REFUNDING"])
def test_no_edge_leads_out_of_an_order_that_is_over(tx, refused, end, state):
    orders.finish(tx, orders.create(tx, new_bill(tx), NewOrder("wechat", "o1", 0)), end)
    refused("UPDATE pay_orders SET state = ?", state)


def test_an_order_ends_by_way_of_paying(tx, refused):
    orders.create(tx, new_bill(tx), NewOrder("wechat", "o1", 0))
    for state in ("SUCCESS", "CLOSED", "FAILED"):
        refused("UPDATE pay_orders SET state = ?", state)


def test_a_payer_has_one_open_order_of_a_bill(tx):
    bill = new_bill(tx)
    orders.create(tx, bill, NewOrder("wechat", "o1", 0))
    orders.create(tx, bill, NewOrder("wechat", "o2", 0))
    with pytest.raises(REFUSED):
        orders.create(tx, bill, NewOrder("wechat", "o1", 0))


@pytest.mark.parametrize("change", [{"channel": "alipay"}, {"amount_fen": 1}])
def test_a_payment_is_what_its_order_asked_for(tx, change):
    order = orders.create(tx, new_bill(tx), NewOrder("wechat", "o1", 0))
    facts = {"channel": "wechat", "channel_txn": "42", "amount_fen": order.amount_fen, "paid_us": 0} | change
    txn_id = enter(tx)
    with pytest.raises(REFUSED, match="a payment is one of an order"):
        payments.record(tx, order, Success(**facts), txn_id)


def test_a_bill_has_one_applied_payment(tx):
    bill = new_bill(tx)
    first, second = (orders.create(tx, bill, NewOrder("wechat", payer, 0)) for payer in ("o1", "o2"))
    payments.record(tx, first, Success("wechat", "42-1", bill.due_fen, 0), enter(tx))
    payments.record(tx, second, Success("wechat", "42-2", bill.due_fen, 0), enter(tx), "BILL_PAID")
    txn_id = enter(tx)
    with pytest.raises(REFUSED):
        payments.record(tx, second, Success("wechat", "42-3", bill.due_fen, 0), txn_id)


def test_a_number_of_a_channel_comes_once(tx):
    payment, bill = pay(tx, new_bill(tx))
    order = orders.get(tx, ANNA, payment.order_id)
    txn_id = enter(tx)
    with pytest.raises(REFUSED):
        payments.record(tx, order, Success("wechat", payment.channel_txn, bill.due_fen, 0), txn_id, "BILL_PAID")


def test_no_more_is_returned_than_was_paid(tx, refused):
    payment, _ = pay(tx, new_bill(tx))
    payments.owe(tx, payment, enter(tx), "test")
    sql = "INSERT INTO refunds (psn_no, refund_id, payment_id, out_refund_no, amount_fen, state, reason, txn_id,"
    sql += " created_us) VALUES (?, 9, ?, 'x', 1, 'DUE', 'r', 9, 0)"
    refused(sql, ANNA, payment.payment_id, match="more is returned than was paid")


@pytest.mark.parametrize("change", ["amount_fen = 1", "state = 'DONE'", "out_refund_no = 'y'"])
def test_a_refund_goes_no_other_way(tx, refused, change):
    payment, _ = pay(tx, new_bill(tx))
    payments.owe(tx, payment, enter(tx), "test")
    refused(f"UPDATE refunds SET {change}")


def test_a_payment_never_changes(tx, refused):
    pay(tx, new_bill(tx))
    refused("UPDATE payments SET paid_us = 1", match="a payment never changes")


@pytest.mark.parametrize("change", ["amount_fen = 1", "year = 2027", "state = 'VALID'"])
def test_a_receipt_loses_its_validity_once(tx, refused, change):
    _, bill = pay(tx, new_bill(tx))
    receipts.issue(tx, bill, 320_00)
    receipts.issue(tx, bill, 460_00)
    refused(f"UPDATE receipts SET {change}")


@pytest.mark.parametrize("table", guards_0003._KEPT)
def test_rows_are_kept(tx, refused, table):
    payment, bill = pay(tx, new_bill(tx))
    payments.owe(tx, payment, enter(tx), "test")
    receipts.issue(tx, bill, 320_00)
    grant(tx, BORIS, 1)
    refused(f"DELETE FROM {table}", match="are kept")
