"""Each of F1 to F8 finds what it is for: rows changed by hand behind every guard, one at a time."""

from __future__ import annotations

import pytest

from boxes import Box
from citizen import frozen
from taxpayer import HIGH, LOW, Taxpayer, taxpayer
from yibaobox.sandbox.audit import RULES, billing
from yibaobox.sandbox.audit.rows import Entry, load

KINDS = {
    "bills": billing.Bill,
    "pay_orders": billing.Order,
    "payments": billing.Payment,
    "refunds": billing.Refund,
    "receipts": billing.Receipt,
}


@pytest.fixture
def rows(local_box: Box, app, monkeypatch):
    """Two bills of one year, the second posted; a payment of the family account; one payment that is owed back."""
    town = frozen(local_box)
    student = taxpayer(town)
    bill = student.bill(LOW)
    orders = [student.identify().log_in(who).order(bill) for who in ("oOne", "oTwo")]
    monkeypatch.setattr("yibaobox.tax.wechat.Wallet.close", lambda *_: None)
    for order in orders:
        student.act(order)
    giver = Taxpayer(town, town.person(enrolled="2025-01-01", account_fen=1_000_00)).identify()
    town.ask("POST", f"/people/{giver.psn_no}/family", {"member_psn_no": student.psn_no, "relation": "child"})
    body = {"id_no": student.person["id_no"], "year": 2026, "total_fen": HIGH}
    giver.ask("POST", "/family/payments", body)
    town.ask("POST", "/clock/advance", {"by": "PT1H"})
    with app.worlds.get(town.world).read() as tx:
        found = load(tx)
    assert [said for rule in billing.RULES.values() for said in rule(found)] == []
    return found


def change(rows, table, number, **facts):
    """Change one row of a subject."""
    kind = KINDS[table]
    rows.subjects[table][number] = tuple(kind(*rows.subjects[table][number])._replace(**facts))


def drop(rows, table, number):
    """Take one row away."""
    rows.subjects[table].pop(number)


def double(rows, table, number):
    """Have one row twice."""
    rows.subjects[table].append(rows.subjects[table][number])


def found(rows):
    return {name for name, rule in billing.RULES.items() if any(rule(rows))}


def which(rows, table, **facts):
    """The place of the first row with these facts."""
    kind = KINDS[table]
    for place, row in enumerate(rows.subjects[table]):
        named = kind(*row)._asdict()
        if all(named[name] == value for name, value in facts.items()):
            return place
    raise AssertionError(facts)


def test_the_rules_are_part_of_the_audit():
    assert {f"F{number}" for number in range(1, 10)} == set(billing.RULES)
    assert billing.RULES.items() <= RULES.items()


def test_f1_sees_a_bill_that_was_paid_in_part(rows):
    change(rows, "payments", which(rows, "payments", disposition="APPLIED"), amount_fen=1)
    assert "F1" in found(rows)


def test_f1_sees_a_refund_of_a_part(rows):
    applied = billing.Payment(*rows.subjects["payments"][which(rows, "payments", disposition="APPLIED")])
    change(rows, "refunds", 0, payment_id=applied.payment_id, amount_fen=1)
    assert "F1" in found(rows)


def test_f2_sees_a_bill_that_was_paid_twice(rows):
    change(rows, "payments", which(rows, "payments", disposition="SUSPENSE"), disposition="APPLIED")
    assert "F2" in found(rows)


def test_f2_sees_money_in_suspense_that_nobody_owes_back(rows):
    drop(rows, "refunds", 0)
    assert found(rows) == {"F2", "F3"}  # the books owe what nobody is to get


def test_f2_sees_money_in_suspense_outside_the_books(rows):
    change(rows, "payments", which(rows, "payments", disposition="SUSPENSE"), txn_id=10**6)
    assert "F2" in found(rows)


def test_f3_sees_a_refund_over_the_amount(rows):
    change(rows, "refunds", 0, amount_fen=LOW + 1)
    assert "F3" in found(rows)


def test_f3_sees_two_refunds_of_one_name(rows):
    double(rows, "refunds", 0)
    assert "F3" in found(rows)


def test_f3_sees_a_refund_of_nothing(rows):
    change(rows, "refunds", 0, payment_id=10**6)
    assert "F3" in found(rows)


def test_f3_sees_a_refund_that_is_not_in_the_books(rows):
    change(rows, "refunds", 0, txn_id=10**6)
    assert found(rows) == {"F3"}


def test_f3_sees_money_that_is_said_to_be_back_and_is_not(rows):
    change(rows, "refunds", 0, state="DONE")
    assert found(rows) == {"F3"}


def test_f4_sees_a_success_without_a_payment(rows):
    drop(rows, "payments", which(rows, "payments", disposition="SUSPENSE"))
    change(rows, "pay_orders", which(rows, "pay_orders", channel="wechat", state="CLOSED"), state="SUCCESS")
    assert "F4" in found(rows)


def test_f4_sees_a_payment_of_an_open_order(rows):
    change(rows, "pay_orders", which(rows, "pay_orders", channel="family"), state="PAYING")
    assert found(rows) == {"F4"}


def test_f4_sees_an_applied_payment_of_a_closed_order(rows):
    change(rows, "pay_orders", which(rows, "pay_orders", channel="family"), state="CLOSED")
    assert found(rows) == {"F4"}


def test_f4_sees_a_payment_without_an_order(rows):
    drop(rows, "pay_orders", 0)
    assert {"F4", "F5"} <= found(rows)


def test_f5_sees_another_amount_or_channel_than_the_orders(rows):
    change(rows, "pay_orders", which(rows, "pay_orders", channel="family"), channel="wechat")
    assert found(rows) == {"F5"}


def test_f5_sees_a_number_of_a_channel_that_came_twice(rows):
    numbers = [billing.Payment(*row).channel_txn for row in rows.subjects["payments"]]
    change(rows, "payments", 1, channel_txn=numbers[0], channel="wechat")
    change(rows, "payments", 0, channel="wechat")
    assert "F5" in found(rows)


def test_f6_sees_a_bill_that_does_not_follow_the_one_before(rows):
    change(rows, "bills", which(rows, "bills", due_fen=HIGH - LOW), paid_before_fen=LOW - 1, total_fen=HIGH - 1)
    assert found(rows) == {"F6"}


def test_f6_sees_a_bill_over_another_sum_than_the_difference(rows):
    change(rows, "bills", which(rows, "bills", due_fen=HIGH - LOW), total_fen=HIGH + 1)
    assert found(rows) == {"F6"}


def test_f7_sees_a_paid_bill_without_a_premium(rows):
    rows.entries = [entry for entry in rows.entries if not entry.account.startswith("PREM:")]
    assert found(rows) == {"F7"}


def test_f7_sees_a_premium_without_a_bill(rows):
    entry = next(one for one in rows.entries if one.account.startswith("PREM:"))
    rows.entries.append(Entry(entry.psn_no, 10**6, 1, entry.account, LOW))
    assert found(rows) == {"F7"}


def test_f7_sees_a_posted_bill_without_a_benefit_period(rows):
    rows.subjects["benefit_periods"].clear()
    assert found(rows) == {"F7"}


def test_f7_sees_a_bill_that_is_paid_and_not_so_called(rows):
    change(rows, "bills", 0, state="UNPAID", txn_id=None, period_id=None)
    assert {"F7"} <= found(rows)


def test_f7_sees_a_bill_that_was_paid_after_its_window(rows):
    change(rows, "bills", 0, pay_by_us=1)
    assert found(rows) == {"F7"}


def test_f8_sees_a_receipt_over_another_sum(rows):
    change(rows, "receipts", which(rows, "receipts", state="VALID"), amount_fen=LOW)
    assert found(rows) == {"F8"}


def test_f8_sees_a_missing_receipt_and_one_too_many(rows):
    place = which(rows, "receipts", state="VALID")
    double(rows, "receipts", place)
    assert found(rows) == {"F8"}
    rows.subjects["receipts"] = []
    assert found(rows) == {"F8"}
